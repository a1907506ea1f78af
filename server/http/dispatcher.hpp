// The way of every request through the middleware to its handler and back. One per event loop.
#pragma once

#include "http/kept_answers.hpp"
#include "http/middleware/authentication.hpp"
#include "http/middleware/client_address.hpp"
#include "http/middleware/cors.hpp"
#include "http/middleware/observe.hpp"
#include "http/middleware/rate_limit.hpp"
#include "http/middleware/request_id.hpp"
#include "http/middleware/sightings.hpp"
#include "http/session.hpp"
#include "http/turns.hpp"

namespace linnet::http {

struct dispatcher_options {
  bool public_reads = false;
  std::vector<network> trusted_proxies;
  std::vector<std::string> cors_origins;
  access_log log = access_log::errors;
  std::chrono::milliseconds request_timeout{5000};  // from the request to its answer; beyond it: 503
};

class dispatcher : public request_handler {
 public:
  // The router must be complete; `draining` is shared by all loops.
  dispatcher(event_loop&, const dispatcher_options&, const router&, authenticator&, sightings&, rate_limiter&,
             metric_registry&, const std::atomic<bool>& draining);

  const response* answer_at_hand(request&) override;
  awaitable<response> handle(request&) override;
  response refuse(const problem&, request&) override;
  // To be called several times a second.
  void tick(std::chrono::steady_clock::time_point now) { observer_.tell_left_out(now); }
  bool draining() const override { return draining_.load(std::memory_order_relaxed); }

 private:
  // What a request collects on its way, whether it ends in an answer or in a problem.
  struct progress {
    const route* to = nullptr;
    std::string quota_headers;
    recording::clock::time_point landed = recording::clock::time_point::max();  // see recording
  };
  bool is_behind(const request&) const;
  awaitable<response> route_and_answer(request&, progress&);
  void keep(const request&, const route&, const response&, recording&);

  const dispatcher_options& options_;
  const router& router_;
  authenticator& authenticator_;
  sightings& sightings_;
  rate_limiter& rate_limiter_;
  const std::atomic<bool>& draining_;
  request_ids request_ids_;
  client_addresses client_addresses_;
  cors cors_;
  observer observer_;
  turns turns_;
  kept_answers kept_;
  counter kept_answers_sent_;
  response not_modified_;  // the last 304 at hand
};

}  // namespace linnet::http
