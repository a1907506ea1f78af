#include "http/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>

#include "http/date_cache.hpp"

namespace linnet::http {

namespace {

constexpr std::size_t first_read = 2048;     // holds the usual request
constexpr std::size_t flush_at = 64 * 1024;  // pipelined responses are written at the latest at this size
constexpr std::size_t keep_capacity = 4096;  // what an idle connection may keep of its buffers
constexpr std::size_t linger_bytes = 1 << 20;
constexpr auto linger_time = std::chrono::seconds(2);
constexpr auto as_tuple_awaitable = asio::as_tuple(use_awaitable);

}  // namespace

session::session(tcp_socket socket, const session_limits& limits, request_handler& handler)
    : socket_(std::move(socket)), limits_(limits), handler_(handler), held_(limits.buffers) {
  boost::system::error_code ec;
  const auto peer = socket_.remote_endpoint(ec);
  if (!ec) client_ = peer.address();
  socket_.set_option(asio::ip::tcp::no_delay(true), ec);
  socket_.non_blocking(true, ec);
  enter(phase::idle, limits_.idle_timeout);
}

awaitable<void> session::run() {
  bool open = true;
  while (open) {
    open = co_await serve_one();
  }
}

// Reads, answers and (unless more requests wait in the buffer) writes one request.
awaitable<bool> session::serve_one() {
  request_parser parser(limits_.request);
  bool continued = false;
  for (;;) {
    bool complete = false;
    std::optional<problem> malformed;
    try {
      if (phase_ == phase::idle) skip_empty_line();
      if (in_.size() != 0) {
        complete = parser.parse(buffered());
        if (phase_ == phase::idle) enter(phase::header, limits_.header_timeout);
        if (phase_ == phase::header && parser.is_header_done()) enter(phase::body, limits_.body_timeout);
      }
    } catch (const problem& p) {
      malformed = p;
    }
    if (malformed) {
      co_await refuse_and_end(*malformed);
      co_return false;
    }
    if (complete) break;
    if (parser.expects_continue() && !continued) {
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
      continued = true;
    }
    const auto before = phase_;
    if (!out_.empty()) {
      const bool written = co_await flush();
      if (!written) co_return false;
      phase_ = before;
    }
    const bool received = co_await receive_more();
    if (!received) co_return false;
  }

  request r = parser.finish(buffered());
  r.client = client_;
  enter(phase::handling, std::chrono::hours(1));  // the handler has deadlines of its own
  bool keep = r.keep_alive && !handler_.draining();
  if (const response* at_hand = handler_.answer_at_hand(r)) {
    append_response(out_, *at_hand, r, current_date(), keep);
  } else {
    const response answer = co_await handler_.handle(r);
    keep = r.keep_alive && !handler_.draining();
    append_response(out_, answer, r, current_date(), keep);
  }
  in_.consume(parser.consumed());
  const bool due = in_.size() == 0 || out_.size() > flush_at || !keep;
  if (due && !write_now()) {
    const bool written = co_await flush();
    if (!written) co_return false;
  }
  if (!keep) {
    co_await linger();
    co_return false;
  }
  enter(phase::idle, limits_.idle_timeout);
  if (in_.size() == 0 && in_.capacity() > keep_capacity) {
    in_.shrink_to_fit();
  }
  account();
  co_return true;
}

// False when the connection is over: closed by the client, failed, or out of time (then answered with 408).
awaitable<bool> session::receive_more() {
  const auto room = in_.prepare(std::max(first_read, in_.size()));
  if (!account()) {
    const problem busy(problem_type::overloaded, "Too many requests are on their way to the server.");
    co_await refuse_and_end(busy);
    co_return false;
  }
  const auto [ec, n] = co_await socket_.async_read_some(room, as_tuple_awaitable);
  const bool mid_request = phase_ == phase::header || phase_ == phase::body;
  if (timed_out_ && mid_request) {  // also where more bytes came at that very moment
    const problem late(problem_type::request_timeout, "The request did not arrive in time.");
    co_await refuse_and_end(late);
  } else if (!ec) {
    in_.commit(n);
    co_return true;
  } else if (ec == asio::error::eof && mid_request) {
    refuse(problem(problem_type::malformed_request, "The request ended before it was complete."));
    co_await flush();
  }
  co_return false;
}

// All that is to be written, without waiting, as nearly always works. False: flush() has to.
bool session::write_now() {
  boost::system::error_code ec;
  const std::size_t written = socket_.write_some(asio::buffer(out_), ec);
  out_.erase(0, written);
  if (out_.capacity() > keep_capacity) out_.shrink_to_fit();
  return out_.empty();
}

// For readers that are slow, or gone.
awaitable<bool> session::flush() {
  enter(phase::writing, limits_.body_timeout);
  if (!account()) co_return false;
  const auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(out_), as_tuple_awaitable);
  out_.clear();
  if (out_.capacity() > keep_capacity) out_.shrink_to_fit();
  co_return !ec;
}

awaitable<void> session::refuse_and_end(const problem& why) {
  refuse(why);
  in_.clear();  // so that there is memory for the answer
  in_.shrink_to_fit();
  co_await flush();
  co_await linger();
}

// Ends our side and reads what the client still sends, so that closing does not reset the answer away.
awaitable<void> session::linger() {
  enter(phase::lingering, linger_time);
  boost::system::error_code ec;
  socket_.shutdown(tcp_socket::shutdown_send, ec);
  in_.clear();
  in_.shrink_to_fit();
  account();
  std::size_t discarded = 0;
  while (!ec && discarded < linger_bytes) {
    const auto room = in_.prepare(first_read);
    const auto [error, n] = co_await socket_.async_read_some(room, as_tuple_awaitable);
    ec = error;
    discarded += n;
  }
  socket_.close(ec);
}

// RFC 9112, 2.2: some clients end a body with an empty line that does not belong to it.
void session::skip_empty_line() {
  if (buffered().starts_with("\r\n")) in_.consume(2);
}

void session::enter(phase next, clock::duration timeout) {
  phase_ = next;
  deadline_ = clock::now() + timeout;
}

// Tells the budget what the buffers hold, what arrived twice: the body is copied out of it. False where that
// is more than it has left.
bool session::account() {
  return held_.hold(2 * in_.capacity() + out_.capacity());
}

std::string_view session::buffered() const {
  const auto data = in_.data();
  return {static_cast<const char*>(data.data()), data.size()};
}

void session::refuse(const problem& why) {
  request nothing;
  nothing.client = client_;
  nothing.path = "/";
  nothing.headers[static_cast<std::size_t>(known_header::origin)] = origin_in(buffered());
  append_response(out_, handler_.refuse(why, nothing), nothing, current_date(), false);
}

void session::check_deadline(clock::time_point now) {
  if (now < deadline_ || phase_ == phase::handling) return;
  boost::system::error_code ec;
  timed_out_ = true;
  if (phase_ == phase::header || phase_ == phase::body) {
    socket_.cancel(ec);
  } else {
    socket_.close(ec);
  }
  deadline_ = clock::time_point::max();
}

void session::drain(clock::time_point now, clock::time_point patience) {
  if (now < patience) return;
  boost::system::error_code ec;
  if (phase_ == phase::idle) socket_.close(ec);
  if (phase_ == phase::header || phase_ == phase::body)
    deadline_ = now;  // half a request must not hold us up
}

}  // namespace linnet::http
