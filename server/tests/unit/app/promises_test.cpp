#include "app/promises.hpp"

#include <stdexcept>

#include <catch2/catch.hpp>

namespace linnet::app {

TEST_CASE("connections are divided among the event loops, to the last one", "[promises]") {
  config c;
  c.loops = GENERATE(1U, 2U, 3U, 7U);
  c.max_connections = GENERATE(7U, 10U, 16000U);
  std::size_t sum = 0;
  for (unsigned i = 0; i < c.loops; ++i) {
    CHECK(connections_of_loop(c, i) >= c.max_connections / c.loops);
    sum += connections_of_loop(c, i);
  }
  CHECK(sum == c.max_connections);
}

TEST_CASE("each connection of a client and each to a backend needs a descriptor", "[promises]") {
  config c;
  c.loops = 2;
  c.max_connections = 1000;
  const auto least = descriptors_needed(c);
  CHECK(least > 1000 + c.loops * c.reader.connections + c.writer.threads);
  c.max_connections = 1001;
  CHECK(descriptors_needed(c) == least + 1);
  c.replicas = {"a", "b"};
  CHECK(descriptors_needed(c) > least + 2 * c.loops * c.reader.connections);
}

TEST_CASE("a promise that can't be kept is refused", "[promises]") {
  config c;
  c.loops = 2;
  c.max_connections = 1;
  CHECK_THROWS_AS(see_to_promises(c), std::runtime_error);
  c.max_connections = 2'000'000'000;
  CHECK_THROWS_AS(see_to_promises(c), std::runtime_error);
  c.max_connections = 2;
  CHECK_NOTHROW(see_to_promises(c));
}

}  // namespace linnet::app
