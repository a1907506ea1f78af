// The typed half of database_writer: queues and jobs of one kind of write.
#pragma once

namespace linnet::storage::detail {

template <class Request, class Outcome>
struct pending_write {
  Request request;
  std::shared_ptr<ticket<committed<Outcome>>> waiting;
};

template <class Request, class Outcome>
class batch_job final : public write_job {
 public:
  using operation = write_operation<Request, Outcome>;
  explicit batch_job(const operation& o) : operation_(o) {}

  void add(pending_write<Request, Outcome> w) {
    requests_.push_back(std::move(w.request));
    tickets_.push_back(std::move(w.waiting));
  }
  std::string_view name() const override { return operation_.name; }
  std::size_t size() const override { return requests_.size(); }
  void run(transaction& tx) override { outcomes_ = operation_.run(tx, requests_); }
  changes changed() override {
    changes all;
    changed_.clear();
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      changed_.push_back(operation_.changed(requests_[i], outcomes_[i]));
      all.insert(all.end(), changed_.back().begin(), changed_.back().end());
    }
    return all;
  }
  bool settle(lsn at, resumptions& resumed) override {
    bool all = true;
    for (std::size_t i = 0; i < tickets_.size(); ++i) {
      if (tickets_[i]->set_value({std::move(outcomes_[i]), at, std::move(changed_[i])})) {
        resumed.add(tickets_[i]);
      } else {
        all = false;
      }
    }
    return all;
  }
  void fail(const std::exception_ptr& why, resumptions& resumed) override {
    for (auto& waiting : tickets_) {
      if (waiting->set_error(why)) resumed.add(waiting);
    }
  }
  std::vector<std::unique_ptr<write_job>> split() override {
    std::vector<std::unique_ptr<write_job>> singles;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      auto single = std::make_unique<batch_job>(operation_);
      single->add({std::move(requests_[i]), std::move(tickets_[i])});
      singles.push_back(std::move(single));
    }
    return singles;
  }

 private:
  const operation& operation_;
  std::vector<Request> requests_;
  std::vector<std::shared_ptr<ticket<committed<Outcome>>>> tickets_;
  std::vector<Outcome> outcomes_;
  std::vector<changes> changed_;  // by each
};

template <class Request, class Outcome>
class batch_queue final : public write_queue {
 public:
  explicit batch_queue(const write_operation<Request, Outcome>& o) : operation_(o) {}

  void push(pending_write<Request, Outcome> w) { waiting_.push_back(std::move(w)); }
  std::size_t size() const override { return waiting_.size(); }
  bool one_at_a_time() const override { return true; }
  std::unique_ptr<write_job> take(std::size_t cap) override {
    auto job = std::make_unique<batch_job<Request, Outcome>>(operation_);
    for (std::size_t n = 0; n < cap && !waiting_.empty(); ++n) {
      if (!waiting_.front().waiting->settled()) job->add(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    if (job->size() == 0) return nullptr;
    return job;
  }

 private:
  const write_operation<Request, Outcome>& operation_;
  std::deque<pending_write<Request, Outcome>> waiting_;
};

template <class Outcome>
class transaction_job final : public write_job {
 public:
  using function = std::function<Outcome(transaction&)>;
  using effect = std::function<changes(const Outcome&)>;
  transaction_job(std::string_view name, function work, effect changed,
                  std::shared_ptr<ticket<committed<Outcome>>> waiting)
      : name_(name), work_(std::move(work)), effect_(std::move(changed)), ticket_(std::move(waiting)) {}

  bool abandoned() const { return ticket_->settled(); }
  std::string_view name() const override { return name_; }
  std::size_t size() const override { return 1; }
  void run(transaction& tx) override { outcome_ = work_(tx); }
  changes changed() override { return changed_ = effect_(outcome_); }
  bool settle(lsn at, resumptions& resumed) override {
    const bool taken = ticket_->set_value({std::move(outcome_), at, std::move(changed_)});
    if (taken) resumed.add(ticket_);
    return taken;
  }
  void fail(const std::exception_ptr& why, resumptions& resumed) override {
    if (ticket_->set_error(why)) resumed.add(ticket_);
  }
  std::vector<std::unique_ptr<write_job>> split() override { return {}; }

 private:
  std::string_view name_;
  function work_;
  effect effect_;
  std::shared_ptr<ticket<committed<Outcome>>> ticket_;
  Outcome outcome_{};
  changes changed_;
};

template <class Outcome>
class transaction_queue final : public write_queue {
 public:
  void push(std::unique_ptr<transaction_job<Outcome>> job) { waiting_.push_back(std::move(job)); }
  std::size_t size() const override { return waiting_.size(); }
  bool one_at_a_time() const override { return false; }
  std::unique_ptr<write_job> take(std::size_t) override {
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    if (job->abandoned()) return nullptr;
    return job;
  }

 private:
  std::deque<std::unique_ptr<transaction_job<Outcome>>> waiting_;
};

}  // namespace linnet::storage::detail

namespace linnet::storage {

template <class Queue, class Item>
void database_writer::enqueue(const void* kind, const std::function<std::unique_ptr<write_queue>()>& make,
                              Item item) {
  {
    const std::lock_guard lock(mutex_);
    auto& queue = queues_[kind];
    if (!queue) queue = make();
    static_cast<Queue&>(*queue).push(std::move(item));
    queued_.fetch_add(1, std::memory_order_relaxed);
    if (queue->has_turn) return;
    pass_turn(*queue);
  }
  ready_.notify_one();
}

template <class Request, class Outcome>
awaitable<committed<Outcome>> database_writer::submit(deadlines& d,
                                                      const write_operation<Request, Outcome>& kind,
                                                      Request request) {
  admit();
  using queue = detail::batch_queue<Request, Outcome>;
  using item = detail::pending_write<Request, Outcome>;
  auto start = [this, &kind,
                request = std::move(request)](std::shared_ptr<ticket<committed<Outcome>>> left) mutable {
    enqueue<queue>(
        &kind, [&kind] { return std::make_unique<queue>(kind); }, item{std::move(request), std::move(left)});
  };
  return d.wait<committed<Outcome>>(std::move(start));
}

template <class Outcome>
awaitable<committed<Outcome>> database_writer::transact(deadlines& d, std::string_view name,
                                                        std::function<Outcome(transaction&)> work,
                                                        std::function<changes(const Outcome&)> changed) {
  admit();
  using job = detail::transaction_job<Outcome>;
  using queue = detail::transaction_queue<Outcome>;
  static const char kind = 0;  // one queue for each Outcome
  auto start = [this, name, work = std::move(work),
                changed = std::move(changed)](std::shared_ptr<ticket<committed<Outcome>>> left) mutable {
    enqueue<queue>(
        &kind, [] { return std::make_unique<queue>(); },
        std::make_unique<job>(name, std::move(work), std::move(changed), std::move(left)));
  };
  return d.wait<committed<Outcome>>(std::move(start));
}

}  // namespace linnet::storage
