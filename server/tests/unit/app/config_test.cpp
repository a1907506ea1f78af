#include "app/config.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <catch2/catch.hpp>
#include <unistd.h>

namespace linnet::app {
namespace {

using namespace std::chrono_literals;

// What a refused setting says goes to standard error: kept out of the tests' own output.
class quiet {
 public:
  ~quiet() {
    std::cerr.rdbuf(errors_);
    std::cout.rdbuf(output_);
  }
  std::string said() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* errors_ = std::cerr.rdbuf(text_.rdbuf());
  std::streambuf* output_ = std::cout.rdbuf(text_.rdbuf());
};

parsed parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "linnet-server");
  std::vector<char*> argv;
  for (auto& a : arguments) argv.push_back(a.data());
  return parse_config(static_cast<int>(argv.size()), argv.data());
}

config accepted(std::vector<std::string> arguments) {
  const auto p = parse(std::move(arguments));
  CHECK_FALSE(p.exit_code);
  return p.settings;
}

class environment {
 public:
  environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~environment() { unsetenv(name_); }

 private:
  const char* name_;
};

class toml_file {
 public:
  explicit toml_file(const std::string& text) {
    close(mkstemps(path.data(), 5));
    std::ofstream(path) << text;
  }
  ~toml_file() { unlink(path.c_str()); }
  std::string path = "/tmp/linnet-config-XXXXXX.toml";
};

}  // namespace

TEST_CASE("settings have defaults", "[config]") {
  const auto c = accepted({});
  CHECK(c.address == "127.0.0.1");
  CHECK(c.port == 8080);
  CHECK(c.loops == 0);
  CHECK_FALSE(c.dispatcher.public_reads);
  CHECK(c.dispatcher.log == http::access_log::errors);
  CHECK(c.limits.writes == 600);
  CHECK(c.limits.logins == 30);
  CHECK(c.limits.registrations == 30);
  CHECK(c.sessions.request.max_body_bytes == 16384);
  CHECK(c.sessions.request.max_header_bytes == 16384);
  CHECK(c.sessions.request.max_target_bytes == 8192);
  CHECK(c.request_timeout == 5s);
  CHECK(c.memcached.nodes.empty());
}

TEST_CASE("flags set them", "[config]") {
  const auto c = accepted({"--port",
                           "0",
                           "--reads",
                           "public",
                           "--memcached",
                           "a:1",
                           "--memcached",
                           "[::1]:65535",
                           "--rate-limit-writes",
                           "0",
                           "--request-timeout-ms",
                           "250",
                           "--access-log",
                           "all",
                           "--trusted-proxy",
                           "192.0.2.1",
                           "--trusted-proxy",
                           "::1",
                           "--cors-origin",
                           "https://a.example",
                           "--session-lifetime-hours",
                           "1",
                           "--address",
                           "::"});
  CHECK(c.port == 0);
  CHECK(c.dispatcher.public_reads);
  CHECK(c.memcached.nodes == std::vector<std::string>{"a:1", "[::1]:65535"});
  CHECK(c.limits.writes == 0);
  CHECK(c.request_timeout == 250ms);
  CHECK(c.dispatcher.log == http::access_log::all);
  REQUIRE(c.dispatcher.trusted_proxies.size() == 2);
  CHECK(c.dispatcher.trusted_proxies[1].contains(boost::asio::ip::make_address("::1")));
  CHECK(c.dispatcher.cors_origins == std::vector<std::string>{"https://a.example"});
  CHECK(c.session_lifetime == 1h);
  CHECK(c.address == "::");
}

TEST_CASE("wrong values end the start with an exit code and a reason", "[config]") {
  const auto arguments = GENERATE(values<std::vector<std::string>>({
      {"--port", "65536"},
      {"--port", "-1"},
      {"--port", "http"},
      {"--port", ""},
      {"--port", "80.5"},
      {"--loops", "257"},
      {"--loops", "-1"},
      {"--reads", "nobody"},
      {"--reads", "Public"},
      {"--address", "localhost"},
      {"--address", "1.2.3"},
      {"--memcached", "a"},
      {"--memcached", "a:0"},
      {"--memcached", "a:65536"},
      {"--memcached", ":11211"},
      {"--memcached", "a:b"},
      {"--rate-limit-writes", "-1"},
      {"--rate-limit-writes", "many"},
      {"--max-body-bytes", "1023"},
      {"--max-header-bytes", "0"},
      {"--max-target-bytes", "99999999"},
      {"--request-timeout-ms", "0"},
      {"--request-timeout-ms", "600001"},
      {"--request-timeout-ms", "5s"},
      {"--log-level", "loud"},
      {"--access-log", "some"},
      {"--trusted-proxy", "proxy.example"},
      {"--trusted-proxy", "10.0.0.1/8"},
      {"--trusted-proxy", "10.0.0.0/33"},
      {"--trusted-proxy", "10.0.0.1,,10.0.0.2"},
      {"--trusted-proxy", "10.0.0.1,"},
      {"--memcached", "a:1,b"},
      {"--memcached", "a:1x"},
      {"--memcached", "a:1:2"},
      {"--memcached", "::1:11211"},
      {"--memcached", "a:1 b:2"},
      {"--memcached", "a:1;b:2"},
      {"--cors-origin", "*"},
      {"--cors-origin", "null"},
      {"--cors-origin", "a.example"},
      {"--cors-origin", "https://a.example/"},
      {"--cors-origin", "https://a.example/app"},
      {"--cors-origin", "https://A.example"},
      {"--cors-origin", "https://a.example:443"},
      {"--cors-origin", "http://a.example:80"},
      {"--cors-origin", "https://me@a.example"},
      {"--cors-origin", "https://"},
      {"--cors-origin", "https://a.example https://b.example"},
      {"--cors-origin", "https://a.example;https://b.example"},
      {"--cors-origin", "https://*.example"},
      {"--replica", "host=a,b port=1"},
      {"--replica", "nonsense"},
      {"--database", "host"},
      {"--database", "bogus=1"},
      {"--node", "1024"},
      {"--node", "-2"},
      {"--unknown"},
      {"--port"},
      {"stray"},
      {"--config", "/nonexistent.toml"},
  }));
  INFO(arguments[0] << " " << (arguments.size() > 1 ? arguments[1] : ""));
  const quiet output;
  const auto p = parse(arguments);
  REQUIRE(p.exit_code);
  CHECK(*p.exit_code != 0);
  CHECK_FALSE(output.said().empty());
}

TEST_CASE("a list is written with commas, wherever it is written", "[config]") {
  const std::vector<std::string> nodes{"a:1", "[::1]:2"};
  const std::vector<std::string> origins{"https://a.example", "http://b.example:8080"};
  const auto holds = [&](const config& c) {
    CHECK(c.memcached.nodes == nodes);
    CHECK(c.dispatcher.cors_origins == origins);
    CHECK(c.dispatcher.trusted_proxies.size() == 2);
    CHECK(c.replicas == std::vector<std::string>{"host=a dbname=x", "postgresql://b/x"});
  };
  holds(accepted({"--memcached", "a:1,[::1]:2", "--cors-origin", "https://a.example, http://b.example:8080",
                  "--trusted-proxy", "10.0.0.0/8,::1", "--replica", "host=a dbname=x,postgresql://b/x"}));
  {
    const environment memcached("LINNET_MEMCACHED", "a:1,[::1]:2");
    const environment cors("LINNET_CORS_ORIGIN", "https://a.example,http://b.example:8080");
    const environment proxies("LINNET_TRUSTED_PROXY", "10.0.0.0/8, ::1");
    const environment replicas("LINNET_REPLICA", "host=a dbname=x,postgresql://b/x");
    holds(accepted({}));
  }
  const toml_file file(
      "memcached = \"a:1,[::1]:2\"\ncors-origin = \"https://a.example,http://b.example:8080\"\n"
      "trusted-proxy = \"10.0.0.0/8,::1\"\nreplica = \"host=a dbname=x,postgresql://b/x\"\n");
  holds(accepted({"--config", file.path}));
}

TEST_CASE("a comma within quotes is part of its item", "[config]") {
  const auto c = accepted({"--replica", "host=a password='b,c',host=d password='e\\',f'"});
  CHECK(c.replicas == std::vector<std::string>{"host=a password='b,c'", "host=d password='e\\',f'"});
}

TEST_CASE("an empty list is none", "[config]") {
  const auto is_empty = [](const config& c) {
    return c.memcached.nodes.empty() && c.dispatcher.cors_origins.empty() &&
           c.dispatcher.trusted_proxies.empty() && c.replicas.empty();
  };
  CHECK(is_empty(accepted({"--memcached", "", "--cors-origin", "", "--trusted-proxy", "", "--replica", ""})));
  {
    const environment memcached("LINNET_MEMCACHED", "");
    const environment cors("LINNET_CORS_ORIGIN", "");
    CHECK(is_empty(accepted({})));
  }
  for (const auto* none : {"\"\"", "[]"}) {
    INFO(none);
    const toml_file file("memcached = " + std::string(none) + "\ncors-origin = " + none +
                         "\ntrusted-proxy = " + none + "\nreplica = " + none + "\n");
    CHECK(is_empty(accepted({"--config", file.path})));
  }
  const environment memcached("LINNET_MEMCACHED", "a:1");
  CHECK(accepted({"--memcached", ""}).memcached.nodes.empty());
}

TEST_CASE("what is refused is told how to be written", "[config]") {
  struct expectation {
    const char* variable;
    const char* value;
    const char* said;
  };
  const auto [variable, value, said] = GENERATE(values<expectation>({
      {"LINNET_CORS_ORIGIN", "https://a.example/", "https://app.example"},
      {"LINNET_MEMCACHED", "cache-1", "cache-1:11211"},
      {"LINNET_TRUSTED_PROXY", "proxy.example", "10.0.0.0/8"},
      {"LINNET_REPLICA", "password=secret with blanks", "host=db-1"},
      {"LINNET_DATABASE", "password=secret with blanks", "host=db-1"},
  }));
  const environment set(variable, value);
  const quiet output;
  const auto p = parse({});
  REQUIRE(p.exit_code);
  CHECK(*p.exit_code != 0);
  CHECK(output.said().find(said) != std::string::npos);
  CHECK(output.said().find("blanks") == std::string::npos);  // there may be a password in it
}

TEST_CASE("--help ends well", "[config]") {
  const quiet output;
  CHECK(parse({"--help"}).exit_code == 0);
  CHECK(output.said().find("--rate-limit-registrations") != std::string::npos);
  CHECK(output.said().find("LINNET_PORT") != std::string::npos);
}

TEST_CASE("flags win over the environment, the environment over the file", "[config]") {
  const toml_file file(
      "port = 1\nloops = 1\nrate-limit-writes = 1\nmemcached = [\"a:1\", \"b:2\"]\nreads = \"public\"\n");
  const environment loops("LINNET_LOOPS", "2");
  const environment writes("LINNET_RATE_LIMIT_WRITES", "2");
  const environment timeout("LINNET_REQUEST_TIMEOUT_MS", "77");
  const auto c = accepted({"--config", file.path, "--rate-limit-writes", "3"});
  CHECK(c.port == 1);
  CHECK(c.limits.writes == 3);
  CHECK(c.request_timeout == 77ms);
  CHECK(c.memcached.nodes == std::vector<std::string>{"a:1", "b:2"});
  CHECK(c.dispatcher.public_reads);
  CHECK(accepted({}).loops == 2);
}

TEST_CASE("the environment and the file are checked as flags are", "[config]") {
  {
    const environment port("LINNET_PORT", "70000");
    const quiet output;
    CHECK(parse({}).exit_code.value_or(0) != 0);
  }
  for (const auto* text : {"port = 70000\n", "unknown = 1\n", "port = \n= 1\n", "print-routes = true\n"}) {
    INFO(text);
    const toml_file file(text);
    const quiet output;
    CHECK(parse({"--config", file.path}).exit_code.value_or(0) != 0);
  }
}

TEST_CASE("what only prints is asked for by flag", "[config]") {
  CHECK(accepted({"--print-routes"}).print_routes);
  CHECK(accepted({"--print-statements"}).print_statements);
  CHECK_FALSE(accepted({}).print_routes);
}

}  // namespace linnet::app
