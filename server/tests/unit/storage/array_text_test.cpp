#include <limits>

#include <catch2/catch.hpp>

#include "storage/statement.hpp"
#include "tests/unit/support/postgres_server.hpp"

namespace linnet::storage {
namespace {

std::string texts(const std::vector<std::string>& values) {
  return array_of(values, [](const auto& v) { return std::string_view(v); });
}

}  // namespace

TEST_CASE("arrays are written as PostgreSQL reads them", "[array_text]") {
  CHECK(array_text().str() == "{}");
  CHECK(texts({""}) == R"({""})");
  CHECK(texts({"a", "b c", "NULL"}) == R"({"a","b c","NULL"})");
  CHECK(texts({"\"", "\\", "{,}"}) == R"({"\"","\\","{,}"})");
  array_text numbers;
  numbers.add(std::int64_t{1});
  numbers.add(std::numeric_limits<std::int64_t>::min());
  CHECK(numbers.str() == "{1,-9223372036854775808}");
}

TEST_CASE("PostgreSQL reads back what was written", "[array_text][postgres]") {
  const std::vector<std::string> values{"",
                                        "a",
                                        "NULL",
                                        "null",
                                        " x ",
                                        "\"",
                                        "\\",
                                        "\\\"",
                                        "'",
                                        "{a,b}",
                                        "\xF0\x9F\x98\x80",
                                        "line\nbreak\ttab",
                                        "\\N",
                                        "$1",
                                        "--",
                                        "/*"};
  pqxx::connection link(testing::postgres_server::instance().conninfo());
  pqxx::work tx(link);
  tx.exec("PREPARE echo(text[]) AS SELECT v FROM unnest($1) WITH ORDINALITY AS a(v, n) ORDER BY n");
  const auto rows = execute(tx, statement{"echo", "text[]", ""}, texts(values));
  std::vector<std::string> back;
  for (const auto& row : rows) back.push_back(row[0].as<std::string>());
  CHECK(back == values);
}

}  // namespace linnet::storage
