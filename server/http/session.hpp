// One client connection: reads requests, has each answered in order, writes the responses. Lives and dies on
// one event loop.
//
// Pipelined requests are answered one after another and their responses written together. A malformed request
// is answered (400, 408, 413, 431, or 503 where it takes more memory than is left) before the connection is
// closed, and what the client still sends is read for a while so that the answer is not lost to a reset.
#pragma once

#include <chrono>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/intrusive/list.hpp>

#include "core/async.hpp"
#include "http/buffer_budget.hpp"
#include "http/request_parser.hpp"
#include "http/response.hpp"

namespace linnet::http {

struct session_limits {
  request_limits request;
  std::chrono::milliseconds header_timeout{
      10000};                                     // from the first byte of a request to the end of its header
  std::chrono::milliseconds body_timeout{10000};  // from there to the end of its body; also for each write
  std::chrono::milliseconds idle_timeout{60000};  // between requests
  buffer_budget* buffers = nullptr;               // of all sessions together; null: without bound
};

// Answers a request; never throws.
class request_handler {
 public:
  virtual ~request_handler() = default;
  virtual awaitable<response> handle(request&) = 0;
  // The answer, if there is one that needs no work: null else. Valid until the next call of any.
  virtual const response* answer_at_hand(request&) = 0;
  // A request that could not even be parsed; no handler saw it.
  virtual response refuse(const problem&, request&) = 0;
  // True once the server is going down: keep-alive ends with the next response.
  virtual bool draining() const = 0;
};

class session
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using clock = std::chrono::steady_clock;

  session(tcp_socket socket, const session_limits& limits, request_handler& handler);
  // Serves the connection until it ends. The caller keeps the session alive until then.
  awaitable<void> run();

  // Called by the listener's sweep, on the loop. Ends waits that took too long.
  void check_deadline(clock::time_point now);
  // Closes the connection if it still waits for a request at `patience`; until then its next response ends
  // it.
  void drain(clock::time_point now, clock::time_point patience);

 private:
  enum class phase { idle, header, body, handling, writing, lingering };

  awaitable<bool> serve_one();
  awaitable<void> refuse_and_end(const problem&);
  awaitable<bool> receive_more();
  bool write_now();
  awaitable<bool> flush();
  awaitable<void> linger();
  void skip_empty_line();
  void enter(phase, clock::duration timeout);
  bool account();
  std::string_view buffered() const;
  void refuse(const problem&);

  tcp_socket socket_;
  const session_limits& limits_;
  request_handler& handler_;
  boost::asio::ip::address client_;
  buffer_budget::share held_;
  boost::beast::flat_buffer in_;
  std::string out_;
  phase phase_ = phase::idle;
  clock::time_point deadline_;
  bool timed_out_ = false;
};

}  // namespace linnet::http
