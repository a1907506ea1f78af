#include "http/dispatcher.hpp"

#include "core/request_context.hpp"
#include "http/middleware/conditional.hpp"
#include "http/middleware/preconditions.hpp"

namespace linnet::http {

dispatcher::dispatcher(event_loop& loop, const dispatcher_options& options, const router& routes,
                       authenticator& sessions, sightings& seen, rate_limiter& limiter,
                       metric_registry& metrics, const std::atomic<bool>& draining)
    : options_(options),
      router_(routes),
      authenticator_(sessions),
      sightings_(seen),
      rate_limiter_(limiter),
      draining_(draining),
      client_addresses_(options.trusted_proxies),
      cors_(options.cors_origins),
      observer_(routes, metrics, options.log),
      turns_(loop) {
  metrics.add("linnet_kept_answers_total", "Reads answered by bytes that were kept.", {}, kept_answers_sent_);
  metrics.add_gauge("linnet_queue_depth", "What waits in a queue.", {{"queue", "requests"}},
                    [this] { return static_cast<double>(turns_.waiting()); });
}

const response* dispatcher::answer_at_hand(request& r) {
  const auto begin = std::chrono::steady_clock::now();
  if (r.header(known_header::origin).data() != nullptr) return nullptr;    // CORS has more to say
  if (r.header(known_header::if_match).data() != nullptr) return nullptr;  // rare
  const kept_answer* found = kept_.find(r, begin);
  if (!found || (found->viewer && (!authenticator_.remembers() || is_behind(r)))) return nullptr;
  request_ids_.assign(r);
  client_addresses_.resolve(r);
  r.viewer = found->viewer;
  if (r.viewer) r.seen = sightings_.up_to(found->landed);
  const response* answer = &found->answer;
  if (is_not_modified(*answer, r)) {
    not_modified_ = not_modified(*answer);
    answer = &not_modified_;
  }
  kept_answers_sent_.add();
  observer_.record(r, found->to, answer->status, std::chrono::steady_clock::now() - begin);
  return answer;
}

// Whether the client has seen what this server hasn't heard of.
bool dispatcher::is_behind(const request& r) const {
  const auto seen = r.header(known_header::linnet_seen);
  return seen.data() != nullptr && sightings_.is_behind(seen);
}

awaitable<response> dispatcher::handle(request& r) {
  const auto begin = std::chrono::steady_clock::now();
  request_context::set({.deadline = begin + options_.request_timeout});
  request_ids_.assign(r);
  client_addresses_.resolve(r);
  progress so_far;
  response answer;
  try {
    answer = co_await route_and_answer(r, so_far);
  } catch (const problem& p) {
    answer = problem_response(p, r);
    if (p.type() == problem_type::rate_limited) so_far.quota_headers.clear();  // it tells of its own quota
  } catch (const std::exception& e) {
    observer_.log_failure(r, e.what());
    answer = problem_response(problem(problem_type::internal_error, "Something went wrong on our side."), r);
  }
  if (so_far.to && so_far.to->who != access::anyone)  // logins and registrations have quotas of their own
    rate_limiter_.charge_reads(r, request_context::current().database_cost);
  answer.headers += so_far.quota_headers;
  if (r.viewer) r.seen = sightings_.up_to(so_far.landed);
  cors_.apply(answer, r);
  observer_.record(r, so_far.to, answer.status, std::chrono::steady_clock::now() - begin);
  co_return answer;
}

awaitable<response> dispatcher::route_and_answer(request& r, progress& so_far) {
  parse_target(r);
  if (r.method == verb::options) {
    response answer = no_content();
    answer.add_header("Allow",
                      r.path == "*" ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : router_.allowed(r));
    co_return answer;
  }
  const route& to = router_.find(r);
  so_far.to = &to;
  // Probes don't stand in line, nor do logins and registrations, which have a queue of their own.
  if (to.who != access::anyone && turns_.is_crowded()) co_await turns_.wait();
  const turns::place under_way(turns_);
  std::optional<recording> read(std::in_place);
  co_await authenticate(r, to, options_.public_reads, authenticator_);
  if (r.viewer && is_behind(r)) {
    co_await sightings_.catch_up(r.header(known_header::linnet_seen));
    read.emplace();
    recording::keep_nothing();  // the session is not in it
  }
  so_far.quota_headers = rate_limiter_.apply(r, to);
  if (to.limit != quota::reads && preconditions(r).given())
    rate_limiter_.check_reads(r);  // it reads, to compare
  response answer = co_await to.handle(r);
  so_far.landed = read->landed();
  add_validators(answer, r);
  keep(r, to, answer, *read);
  if (!answer.tag.empty() && fails_if_match(r.header(known_header::if_match), answer.tag))
    fail_precondition();
  if (is_not_modified(answer, r)) answer = not_modified(answer);
  co_return answer;
}

void dispatcher::keep(const request& r, const route& to, const response& answer, recording& read) {
  if (!read.is_whole() || answer.tag.empty() || to.limit != quota::reads || !kept_.admits(r)) return;
  response kept = answer;
  cors_.vary(kept);
  kept_.keep({std::string(r.target), std::string(r.header(known_header::authorization)), &to, r.viewer,
              std::move(kept), read.take_parts(), read.until(), read.landed()});
}

response dispatcher::refuse(const problem& p, request& r) {
  request_ids_.assign(r);
  client_addresses_.resolve(r);
  response answer = problem_response(p, r);
  cors_.apply_to_refusal(answer, r);
  observer_.record(r, nullptr, answer.status, {});
  return answer;
}

}  // namespace linnet::http
