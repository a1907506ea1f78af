// linnet-server: arguments -> configuration -> application.
#include <cstdio>
#include <exception>

#include <sodium/core.h>
#include <sysexits.h>

#include "app/application.hpp"
#include "app/promises.hpp"
#include "app/shared.hpp"
#include "core/log.hpp"

int main(int argc, char** argv) {
  using namespace linnet;
  if (sodium_init() < 0) return 1;
  const auto [settings, exit_code] = app::parse_config(argc, argv);
  if (exit_code) return *exit_code;
  try {
    if (settings.print_routes) {
      std::puts(app::routes_json().c_str());
    } else if (settings.print_statements) {
      std::puts(app::statements_json().c_str());
    } else {
      return app::run(settings);
    }
  } catch (const app::interrupted_start&) {
    return 0;
  } catch (const app::wrong_setting& e) {
    log_event(log_level::error, "server failed", {{"error", e.what()}});
    return EX_CONFIG;
  } catch (const std::exception& e) {
    log_event(log_level::error, "server failed", {{"error", e.what()}});
    return 1;
  }
  return 0;
}
