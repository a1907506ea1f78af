#include "core/log_output.hpp"

#include <thread>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

namespace linnet {

namespace {

constexpr std::size_t limit = 10000;
constexpr std::size_t pipe_size = 4096;  // the least there is: one page

struct pipe_fixture {
  pipe_fixture() {
    REQUIRE(pipe(ends) == 0);
    REQUIRE(fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(pipe_size)) == static_cast<int>(pipe_size));
    REQUIRE(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  }
  ~pipe_fixture() {
    close(ends[0]);
    close(ends[1]);
  }
  std::string read_some() const {
    std::string buffer(pipe_size, ' ');
    const auto count = ::read(ends[0], buffer.data(), buffer.size());
    buffer.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return buffer;
  }
  int ends[2] = {};
};

// One of 100 bytes, that differs from its neighbours.
std::string line(int number) {
  return std::string(97, static_cast<char>('a' + number % 26)) + std::to_string(10 + number % 90) + '\n';
}

}  // namespace

TEST_CASE("a line is there at once, and a reader that keeps up misses none", "[log]") {
  const pipe_fixture p;
  log_output out(p.ends[1], limit);
  for (int i = 0; i < 200; ++i) {
    out.write(line(i));
    CHECK(p.read_some() == line(i));
  }
  CHECK(out.dropped() == 0);
}

TEST_CASE("lines that nobody reads are kept up to the limit, in order, then dropped and counted", "[log]") {
  const pipe_fixture p;
  log_output out(p.ends[1], limit);
  std::string kept;
  for (int i = 0; i < 1000; ++i) {
    const auto before = out.dropped();
    out.write(line(i));
    if (out.dropped() == before) kept += line(i);
  }
  CHECK(out.dropped() == 1000 - kept.size() / 100);
  CHECK(kept.size() > limit);
  CHECK(kept.size() <= limit + pipe_size);

  std::string came;
  for (auto more = p.read_some(); !more.empty(); more = p.read_some()) {
    came += more;
    out.flush({});
  }
  CHECK(came == kept);
  out.write(line(7));
  CHECK(p.read_some() == line(7));
}

TEST_CASE("a line longer than the pipe comes whole, if there is room for it", "[log]") {
  const pipe_fixture p;
  log_output out(p.ends[1], limit);
  const std::string longest = std::string(limit - 1, 'x') + '\n';
  out.write(longest);
  out.write(line(1) + longest);
  CHECK(out.dropped() == 1);
  std::string came;
  for (auto more = p.read_some(); !more.empty(); more = p.read_some()) {
    came += more;
    out.flush({});
  }
  CHECK(came == longest);
}

TEST_CASE("a flush waits for the reader, but not for ever", "[log]") {
  using namespace std::chrono_literals;
  const pipe_fixture p;
  log_output out(p.ends[1], limit);
  for (int i = 0; i < 100; ++i) out.write(line(i));
  const auto begun = std::chrono::steady_clock::now();
  out.flush(20ms);
  CHECK(std::chrono::steady_clock::now() - begun >= 20ms);

  std::string came;
  std::thread reader([&] {
    while (came.size() < 100 * 100) came += p.read_some();
  });
  out.flush(10s);
  reader.join();
  CHECK(came.substr(0, 200) == line(0) + line(1));
  CHECK(came.substr(9800) == line(98) + line(99));
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
}

}  // namespace linnet
