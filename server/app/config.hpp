// Every setting of the server: by flag, by environment (LINNET_<NAME>), or in a TOML file; each with help,
// default and bounds. A wrong value is refused at start.
#pragma once

#include <iosfwd>

#include "http/dispatcher.hpp"
#include "storage/backends.hpp"
#include "users/passwords.hpp"

namespace linnet::app {

struct config {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  unsigned loops = 0;                   // 0: one for each core
  std::size_t max_connections = 16000;  // of all loops together
  std::size_t request_memory_mib = 128;
  std::string database = "dbname=linnet";
  std::string reads = "authenticated";
  std::string log_level = "info";
  std::string access_log = "errors";
  std::chrono::milliseconds request_timeout{5000};
  std::chrono::milliseconds drain_timeout{8000};
  std::chrono::milliseconds drain_grace{1000};
  std::chrono::hours session_lifetime{24 * 30};
  std::chrono::seconds purge_interval{600};
  std::chrono::seconds cleaning_interval{5};
  int node = -1;  // -1: the database hands one out

  http::session_limits sessions;
  http::dispatcher_options dispatcher;
  http::rate_limits limits;
  storage::reader_options reader;
  std::vector<std::string> replicas;  // libpq conninfos
  storage::writer_options writer;
  storage::memcached_options memcached;
  storage::local_cache_options memory;
  users::password_options passwords;
  std::size_t recent_tweets_mib = 256;

  bool print_routes = false;
  bool print_statements = false;
};

// Reads the settings. When the process shall end at once, returns its exit code instead, having said why: 0
// of
// --help and --version, EX_CONFIG (78, sysexits.h) of a wrong setting, with which no supervisor should start
// it again.
struct parsed {
  config settings;
  std::optional<int> exit_code;
};
parsed parse_config(int argc, char** argv);

}  // namespace linnet::app
