#include "tests/unit/support/postgres_server.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <pwd.h>
#include <unistd.h>

namespace linnet::testing {

namespace {

std::string program(const std::string& name) {
  const char* folder = std::getenv("LINNET_PG_BIN");
  return (folder ? std::string(folder) : "/usr/lib/postgresql/15/bin") + "/" + name;
}

// A folder that the cluster's owner may write to.
std::string make_folder() {
  std::string name = "/tmp/linnet-unit-XXXXXX";
  if (!mkdtemp(name.data())) throw std::runtime_error("no folder for PostgreSQL");
  if (geteuid() == 0) {
    const passwd* owner = getpwnam("postgres");
    if (!owner || chown(name.c_str(), owner->pw_uid, owner->pw_gid) != 0)
      throw std::runtime_error("no user postgres");
  }
  return name;
}

}  // namespace

postgres_server& postgres_server::instance() {
  static postgres_server only;
  return only;
}

postgres_server::postgres_server() : folder_(make_folder()), port_(free_port()) {
  child_process initdb({program("initdb"), "-D", folder_ + "/data", "-U", "postgres", "-A", "trust", "-E",
                        "UTF8", "--locale=C.UTF-8", "--no-sync"},
                       "postgres");
  if (initdb.wait() != 0) throw std::runtime_error("initdb failed");
  const auto with = [](const std::string& setting) { return "--" + setting; };
  process_ = std::make_unique<child_process>(
      std::vector<std::string>{
          program("postgres"), "-D", folder_ + "/data", with("port=" + std::to_string(port_)),
          with("listen_addresses=127.0.0.1"), with("unix_socket_directories="), with("fsync=off"),
          with("shared_buffers=16MB"), with("deadlock_timeout=100ms"), with("timezone=UTC")},
      "postgres");
  for (int i = 0; i < 1000 && !ready(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

postgres_server::~postgres_server() {
  process_->stop(SIGQUIT);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void postgres_server::stop() {
  process_->stop(SIGINT);
}

void postgres_server::start() {
  process_->start();
  for (int i = 0; i < 1000 && !ready(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

bool postgres_server::ready() const {
  try {
    execute("SELECT 1");
    return true;
  } catch (const pqxx::failure&) {
    return false;
  }
}

std::string postgres_server::conninfo() const {
  return "host=127.0.0.1 port=" + std::to_string(port_) + " dbname=postgres user=postgres";
}

pqxx::result postgres_server::execute(const std::string& sql) const {
  pqxx::connection link(conninfo() + " application_name=test");
  pqxx::nontransaction tx(link);
  return tx.exec(sql);
}

std::size_t postgres_server::terminate(const std::string& condition) const {
  const std::string who = " FROM pg_stat_activity WHERE application_name = 'linnet-server' AND " + condition;
  const auto rows = execute("SELECT pg_terminate_backend(pid, 5000)" + who);
  return rows.size();
}

}  // namespace linnet::testing
