#include "app/config.hpp"

#include <cctype>

#include <CLI/CLI.hpp>
#include <sysexits.h>

#include "app/setting_values.hpp"

namespace linnet::app {

namespace {

// LINNET_REQUEST_TIMEOUT_MS for --request-timeout-ms.
std::string environment_name(const std::string& flag) {
  std::string name = "LINNET_";
  for (const char c : flag.substr(2)) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

// CLI11 asks for at least one value, which would forbid the empty list of TOML: [] is an empty text, as
// elsewhere.
class toml_settings : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& file) const override {
    auto settings = CLI::ConfigTOML::from_config(file);
    for (auto& setting : settings) {
      if (setting.inputs.empty()) setting.inputs.emplace_back();
    }
    return settings;
  }
};

class options {
 public:
  explicit options(CLI::App& app) : app_(app) {}

  template <class T>
  CLI::Option* text(const std::string& flag, T& value, const std::string& help) {
    return app_.add_option(flag, value, help)->envname(environment_name(flag))->capture_default_str();
  }
  // One value that `check` may refuse.
  void checked(const std::string& flag, std::string& value, const std::string& help,
               void (*check)(const std::string&)) {
    text(flag, value, help)
        ->check(CLI::Validator(
            [check](std::string& s) {
              try {
                check(s);
                return std::string();
              } catch (const bad_value& e) {
                return std::string(e.what());
              }
            },
            ""));
  }
  // Any number of values, each read by `read`. A list of several flags, or of TOML, is taken together.
  template <class T>
  void list(const std::string& flag, std::vector<T>& values, const std::string& help,
            T (*read)(const std::string&)) {
    const CLI::callback_t take = [flag, &values, read](const CLI::results_t& given) {
      try {
        values.clear();
        for (const auto& item : list_items(given)) values.push_back(read(item));
        return true;
      } catch (const bad_value& e) {
        throw CLI::ValidationError(flag, e.what());
      }
    };
    app_.add_option(flag, take, help + "; a list: a,b")
        ->envname(environment_name(flag))
        ->type_name("TEXT,...")
        ->expected(1, CLI::detail::expected_max_vector_size)
        ->allow_extra_args(false);
  }
  template <class T>
  void number(const std::string& flag, T& value, double least, double most, const std::string& help) {
    text(flag, value, help)->check(CLI::Range(least, most));
  }
  template <class Duration>
  void duration(const std::string& flag, Duration& value, double least, double most,
                const std::string& help) {
    app_.add_option_function<std::int64_t>(
            flag, [&value](const std::int64_t& n) { value = Duration(n); }, help)
        ->envname(environment_name(flag))
        ->default_str(std::to_string(value.count()))
        ->check(CLI::Range(least, most));
  }

 private:
  CLI::App& app_;
};

template <void (*check)(const std::string&)>
std::string as_it_is(const std::string& item) {
  check(item);
  return item;
}

void add_serving(options& o, config& c) {
  o.text("--address", c.address, "Address to listen on")
      ->check(CLI::ValidIPV4 | CLI::Validator(
                                   [](std::string& s) {
                                     boost::system::error_code ec;
                                     boost::asio::ip::make_address(s, ec);
                                     return ec ? s + " is no IP address" : std::string();
                                   },
                                   "IP"));
  o.number("--port", c.port, 0, 65535, "Port to listen on; 0 takes a free one and logs it");
  o.number("--loops", c.loops, 0, 256, "Event loops; 0 means one for each core");
  o.number("--max-connections", c.max_connections, 1, 1e6,
           "Client connections, divided among the event loops; beyond it: 503");
  o.number("--request-memory-mib", c.request_memory_mib, 1, 1 << 20,
           "What requests that arrive and answers that leave may hold beyond 8 KiB for each connection; "
           "beyond it: "
           "503");
  o.text("--reads", c.reads, "Who may read users, tweets, connections and favorites")
      ->check(CLI::IsMember({"authenticated", "public"}));
  o.list("--cors-origin", c.dispatcher.cors_origins,
         "Origins that browsers may call from, as https://app.example", as_it_is<check_origin>);
  o.list("--trusted-proxy", c.dispatcher.trusted_proxies,
         "Addresses or networks (10.0.0.0/8) whose X-Forwarded-For or Forwarded counts", parse_network);
  o.number("--max-header-bytes", c.sessions.request.max_header_bytes, 1024, 1 << 20,
           "Largest header fields of a request, all together, and longest first line; beyond it: 431");
  o.number("--max-body-bytes", c.sessions.request.max_body_bytes, 1024, 1 << 24,
           "Largest request body; beyond it: 413");
  o.number("--max-target-bytes", c.sessions.request.max_target_bytes, 256, 1 << 20,
           "Longest request target; beyond it: 414");
  o.duration("--header-timeout-ms", c.sessions.header_timeout, 10, 600000,
             "For a request's header to arrive, once begun");
  o.duration("--body-timeout-ms", c.sessions.body_timeout, 10, 600000,
             "For a request's body to arrive; for each write");
  o.duration("--idle-timeout-ms", c.sessions.idle_timeout, 10, 3600000,
             "Between the requests of a connection");
  o.duration("--request-timeout-ms", c.request_timeout, 10, 600000,
             "For a request to be answered; beyond it: 503");
  o.duration("--drain-timeout-ms", c.drain_timeout, 100, 600000, "For running requests to end after SIGTERM");
  o.duration("--drain-grace-ms", c.drain_grace, 0, 60000,
             "How long idle connections may still send after SIGTERM");
}

void add_limits(options& o, config& c) {
  o.number("--rate-limit-reads", c.limits.reads, 0, 1e9,
           "Objects a minute that an account, or an address without a token, has the database look up; 0: no "
           "limit");
  o.number("--rate-limit-writes", c.limits.writes, 0, 1e9, "Writes a minute and account; 0: no limit");
  o.number("--rate-limit-logins", c.limits.logins, 0, 1e9,
           "Logins a minute and address, ten times as many of a name; 0: no limit");
  o.number("--rate-limit-registrations", c.limits.registrations, 0, 1e9,
           "Registrations a minute and address; 0: no limit");
  o.number("--password-threads", c.passwords.threads, 1, 64, "Threads that hash passwords");
  o.number("--password-queue", c.passwords.queue_limit, 1, 10000,
           "Password checks that may wait; beyond it: 503");
  o.number("--password-memory-kib", c.passwords.memory_kib, 8, 1 << 22, "argon2id: memory of one hash");
  o.number("--password-iterations", c.passwords.iterations, 1, 100, "argon2id: passes over that memory");
  o.duration("--session-lifetime-hours", c.session_lifetime, 1, 24 * 3650, "Until a token expires");
}

void add_backends(options& o, config& c) {
  o.checked("--database", c.database, "How to connect to the primary (libpq)", check_conninfo);
  o.list("--replica", c.replicas,
         "How to connect to replicas that reads may go to (libpq); all servers name the same",
         as_it_is<check_conninfo>);
  o.number("--database-readers", c.reader.connections, 1, 64, "Connections that read, for each event loop");
  o.number("--database-writers", c.writer.threads, 1, 64, "Connections that write");
  o.number("--read-batch", c.reader.batch_cap, 1, 10000, "Keys of one read, at most; 1: no batching");
  o.number("--write-batch", c.writer.batch_cap, 1, 10000,
           "Requests of one transaction, at most; 1: no batching");
  o.number("--read-queue", c.reader.queue_limit, 1, 1e6,
           "Keys that may wait on an event loop; beyond it: 503");
  o.number("--write-queue", c.writer.queue_limit, 1, 1e6, "Writes that may wait; beyond it: 503");
  o.list("--memcached", c.memcached.nodes, "Memcacheds as host:port; none: no shared cache",
         as_it_is<check_memcached_node>);
  o.duration("--memcached-timeout-ms", c.memcached.timeout, 1, 10000, "For a memcached to answer");
  o.duration("--memcached-ttl-s", c.memcached.ttl, 1, 86400, "How long values stay in memcached");
  o.number("--memory-entries", c.memory.max_entries, 64, 1e9, "Objects in this server's own cache");
  o.duration("--memory-ttl-ms", c.memory.ttl, 0, 60000,
             "How long an object stays there while changes are not heard of; 0: nothing is kept");
  o.duration("--memory-told-ttl-s", c.memory.told_ttl, 1, 86400,
             "How long an object stays there while this server hears of every change");
  o.number("--recent-tweets-mib", c.recent_tweets_mib, 0, 1 << 20,
           "Memory for the newest tweets, of which timelines are made, 65,536 a MiB; 0: by the database");
  o.duration(
      "--purge-interval-s", c.purge_interval, 1, 1800,
      "How often to look for expired sessions and idempotency keys; as long as there are some, at once");
  o.duration("--cleaning-interval-s", c.cleaning_interval, 1, 1800,
             "How often to look for rows that other servers left of deleted users and tweets");
  o.number("--node", c.node, -1, id_generator::max_node,
           "This server's part of ids; -1: the database hands one out");
}

}  // namespace

parsed parse_config(int argc, char** argv) {
  parsed result;
  config& c = result.settings;
  CLI::App app("The Linnet server: users, tweets, connections and favorites over HTTP.");
  app.set_config("--config", "", "Read settings from a TOML file; flags win over it")
      ->envname("LINNET_CONFIG");
  app.config_formatter(std::make_shared<toml_settings>());
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.set_version_flag("--version", "linnet-server " LINNET_RELEASE)->configurable(false);
  options o(app);
  add_serving(o, c);
  add_limits(o, c);
  add_backends(o, c);
  o.text("--log-level", c.log_level, "Least severe events to log")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  o.text("--access-log", c.access_log, "Requests to log")->check(CLI::IsMember({"off", "errors", "all"}));
  app.add_flag("--print-routes", c.print_routes, "Print all routes as JSON and exit")->configurable(false);
  app.add_flag("--print-statements", c.print_statements, "Print all SQL statements as JSON and exit")
      ->configurable(false);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    result.exit_code = app.exit(e) == 0 ? 0 : EX_CONFIG;
    return result;
  }
  c.dispatcher.public_reads = c.reads == "public";
  c.dispatcher.request_timeout = c.request_timeout;
  c.dispatcher.log = c.access_log == "all"   ? http::access_log::all
                     : c.access_log == "off" ? http::access_log::off
                                             : http::access_log::errors;
  return result;
}

}  // namespace linnet::app
