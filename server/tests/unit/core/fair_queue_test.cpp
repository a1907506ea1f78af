#include "core/fair_queue.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace linnet {
namespace {

using queue = fair_queue<char, std::string>;

std::vector<std::string> all_of(queue& q) {
  std::vector<std::string> taken;
  while (const auto next = q.pop()) taken.push_back(*next);
  return taken;
}

// Each is its owner's letter and a number.
std::vector<std::string> push_all(queue& q, const std::vector<std::string>& items) {
  std::vector<std::string> out;
  for (const auto& item : items) {
    if (const auto left = q.push(item[0], item)) out.push_back(*left);
  }
  return out;
}

TEST_CASE("owners take turns, each in their order", "[fair_queue]") {
  queue q(10, 10);
  CHECK(push_all(q, {"a1", "a2", "a3", "b1", "a4", "b2", "c1"}).empty());
  CHECK(q.size() == 7);
  CHECK(all_of(q) == std::vector<std::string>{"a1", "b1", "c1", "a2", "b2", "a3", "a4"});
  CHECK(q.size() == 0);
}

TEST_CASE("who comes amid a flood is next but for those who have not had a turn since", "[fair_queue]") {
  queue q(100, 100);
  for (int i = 0; i < 50; ++i) push_all(q, {"a" + std::to_string(i)});
  CHECK(q.pop() == "a0");
  push_all(q, {"b1"});
  CHECK(q.pop() == "a1");
  CHECK(q.pop() == "b1");
  push_all(q, {"b2"});
  CHECK(q.pop() == "a2");
  CHECK(q.pop() == "b2");
}

TEST_CASE("one owner has so many places and no more", "[fair_queue]") {
  queue q(10, 3);
  CHECK(push_all(q, {"a1", "a2", "a3", "a4", "b1"}) == std::vector<std::string>{"a4"});
  CHECK(q.pop() == "a1");
  CHECK(push_all(q, {"a5", "a6"}) == std::vector<std::string>{"a6"});
  CHECK(all_of(q) == std::vector<std::string>{"b1", "a2", "a3", "a5"});
}

TEST_CASE("where all places are taken, the last of who has most makes room for who has less",
          "[fair_queue]") {
  queue q(5, 5);
  CHECK(push_all(q, {"a1", "a2", "a3", "b1", "b2"}).empty());
  CHECK(q.push('c', "c1") == "a3");
  CHECK(q.push('c', "c2") == "c2");  // then all would have as many, or fewer
  CHECK(q.push('a', "a4") == "a4");
  CHECK(q.push('d', "d1") == "a2");
  CHECK(q.push('e', "e1") == "b2");
  CHECK(q.push('f', "f1") == "f1");  // one each
  CHECK(all_of(q) == std::vector<std::string>{"a1", "b1", "c1", "d1", "e1"});
}

TEST_CASE("what is over gives up its place", "[fair_queue]") {
  queue q(3, 3);
  push_all(q, {"a1", "b1", "a2"});
  q.drop_if([](const std::string& item) { return item[1] == '1'; });
  CHECK(q.size() == 1);
  CHECK(push_all(q, {"b2", "c1"}).empty());
  CHECK(all_of(q) == std::vector<std::string>{"a2", "b2", "c1"});
  q.drop_if([](const std::string&) { return true; });
  CHECK_FALSE(q.pop());
}

}  // namespace
}  // namespace linnet
