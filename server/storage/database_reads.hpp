// What the stores read with: which database each key is read from. One an event loop; not thread-safe.
//
// An object is read from its replica (see replica_set) once that has replayed all that this server heard of
// the object; else from the primary. So a replica shows nothing older than what this server has heard,
// written or shown before.
#pragma once

#include <algorithm>

#include "storage/database_reader.hpp"

namespace linnet::storage {

namespace detail {

// What somebody asked for. Its keys may be read in parts, from several databases.
template <class Key, class Row>
struct question {
  using rows = std::vector<std::vector<Row>>;
  const read_statement<Key, Row>& what;
  std::vector<Key> keys;
  rows found;
  std::size_t open_parts;
  std::shared_ptr<ticket<rows>> asker;
};

template <class Key, class Row>
int cost_of(const read_statement<Key, Row>& what, const Key& key) {
  return what.cost ? what.cost(key) : 1;
}

template <class Key, class Row>
class part_of_question final : public pending_read {
 public:
  part_of_question(std::shared_ptr<question<Key, Row>> whole, std::vector<std::size_t> places, lsn needs)
      : whole_(std::move(whole)), places_(std::move(places)), needs_(needs) {}

  std::size_t keys() const override { return places_.size(); }
  std::size_t weight() const override {
    std::size_t sum = 0;
    for (const auto place : places_)
      sum +=
          static_cast<std::size_t>(std::max(whole_->what.weight, cost_of(whole_->what, whole_->keys[place])));
    return sum;
  }
  bool abandoned() const override { return whole_->asker->settled(); }
  lsn needs() const override { return needs_; }
  bool misses_rows() const override {
    return whole_->what.use != replica_use::read &&
           std::any_of(places_.begin(), places_.end(), [this](auto at) { return whole_->found[at].empty(); });
  }
  void note(change_positions& noted, lsn at) const override {
    if (!whole_->what.subject) return;
    for (const auto place : places_) noted.note(whole_->what.subject(whole_->keys[place]), at);
  }
  void bind(std::vector<array_text>& parameters) const override {
    for (const auto place : places_) whole_->what.bind(whole_->keys[place], parameters);
  }
  void add_row(std::size_t key, const pqxx::row& row) override {
    whole_->found[places_[key]].push_back(whole_->what.parse(row));
  }
  void restart() override {
    for (const auto place : places_) whole_->found[place].clear();
  }
  void finish(resumptions& resumed) override {
    if (--whole_->open_parts > 0) return;
    if (whole_->asker->set_value(std::move(whole_->found))) resumed.add(whole_->asker);
  }
  void fail(std::exception_ptr error, resumptions& resumed) override {
    if (whole_->asker->set_error(std::move(error))) resumed.add(whole_->asker);
  }

 private:
  std::shared_ptr<question<Key, Row>> whole_;
  std::vector<std::size_t> places_;  // of the keys that are its own
  lsn needs_;
};

}  // namespace detail

class database_reads {
 public:
  using replica_readers = std::vector<std::unique_ptr<database_reader>>;  // in the order of the set

  database_reads(deadlines& d, database_reader& primary, const replica_readers& replicas, replica_set& set,
                 const change_positions& positions)
      : deadlines_(d), primary_(primary), replicas_(replicas), set_(set), positions_(positions) {}

  bool from_replicas() const { return !replicas_.empty(); }
  // Whether an object that was read along with another, where that is read, may be older than what this
  // server knows or has shown of it.
  bool may_be_late(const cache_key& key, const cache_key& along_with) const {
    if (!from_replicas()) return false;
    return set_.reader_of(key) != set_.reader_of(along_with) || set_.may_lack(positions_.of(key));
  }

  // The rows of each key, in the order of the keys; of no keys at once. Throws problem: overloaded or
  // unavailable.
  template <class Key, class Row>
  awaitable<std::vector<std::vector<Row>>> fetch(const read_statement<Key, Row>& what,
                                                 std::vector<Key> keys) {
    if (keys.empty()) return nothing<Row>();
    if (from_replicas() && !set_.primary_answers(waiter::clock::now()))
      return fetch_while_away(what, std::move(keys));
    auto parts = divide(what, keys, false);
    return ask(what, std::move(keys), std::move(parts));
  }

  // What one replica says, wherever it is.
  template <class Key, class Row>
  awaitable<std::vector<Row>> fetch_from_replica(std::size_t at, const read_statement<Key, Row>& what,
                                                 Key key) const {
    std::vector<Key> keys{std::move(key)};
    std::vector<share> whole{{replicas_[at].get(), {0}, 0}};
    auto rows = co_await ask(what, std::move(keys), std::move(whole));
    co_return std::move(rows.front());
  }

 private:
  template <class Row>
  static awaitable<std::vector<std::vector<Row>>> nothing() {
    co_return std::vector<std::vector<Row>>();
  }

  struct share {
    database_reader* reader;
    std::vector<std::size_t> places;
    lsn needs;
  };

  template <class Key, class Row>
  awaitable<std::vector<std::vector<Row>>> ask(const read_statement<Key, Row>& what, std::vector<Key> keys,
                                               std::vector<share> parts) const {
    using rows = std::vector<std::vector<Row>>;
    for (const auto& part : parts) part.reader->admit(part.places.size());
    for (const auto& key : keys) request_context::charge(detail::cost_of(what, key));
    auto start = [&what, keys = std::move(keys),
                  parts = std::move(parts)](std::shared_ptr<ticket<rows>> asker) mutable {
      rows found(keys.size());
      auto whole = std::make_shared<detail::question<Key, Row>>(detail::question<Key, Row>{
          what, std::move(keys), std::move(found), parts.size(), std::move(asker)});
      for (auto& part : parts) {
        part.reader->enqueue(
            what.sql, what.parameters,
            std::make_unique<detail::part_of_question<Key, Row>>(whole, std::move(part.places), part.needs));
      }
    };
    return deadlines_.wait<rows>(std::move(start));
  }

  template <class Key, class Row>
  awaitable<std::vector<std::vector<Row>>> fetch_while_away(const read_statement<Key, Row>& what,
                                                            std::vector<Key> keys) const {
    auto parts = divide(what, keys, true);
    const auto of_primary = [this](const share& part) { return part.reader == &primary_; };
    if (std::any_of(parts.begin(), parts.end(), of_primary)) {
      const bool answers = co_await set_.primary_answers_soon();
      if (!answers) throw problem(problem_type::unavailable, "The database is away.");
    }
    co_return co_await ask(what, std::move(keys), std::move(parts));
  }

  template <class Key, class Row>
  std::vector<share> divide(const read_statement<Key, Row>& what, const std::vector<Key>& keys,
                            bool away) const {
    std::vector<share> parts;
    const bool replicas_may = from_replicas() && what.subject && (away || what.use != replica_use::stand_in);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      database_reader* reader = &primary_;
      lsn needs = 0;
      if (replicas_may) {
        const auto subject = what.subject(keys[i]);
        needs = positions_.of(subject);
        if (auto* nearer = reader_of(subject, needs)) reader = nearer;
      }
      const auto known =
          std::find_if(parts.begin(), parts.end(), [&](const share& s) { return s.reader == reader; });
      auto& own = known == parts.end() ? parts.emplace_back(share{reader, {}, 0}) : *known;
      own.places.push_back(i);
      own.needs = std::max(own.needs, needs);
    }
    return parts;
  }

  // Null: no replica may read it now.
  database_reader* reader_of(const cache_key& subject, lsn needs) const {
    const int at = set_.reader_of(subject);
    if (at < 0) return nullptr;
    const auto place = static_cast<std::size_t>(at);
    const bool behind = set_.all()[place]->replayed.load(std::memory_order_acquire) < needs;
    return behind || !replicas_[place]->connected() ? nullptr : replicas_[place].get();
  }

  deadlines& deadlines_;
  database_reader& primary_;
  const replica_readers& replicas_;
  replica_set& set_;
  const change_positions& positions_;
};

}  // namespace linnet::storage
