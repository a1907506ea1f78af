// A bounded queue that its owners share: whoever takes from it serves one of each owner in turn, and each
// owner's in their order. So one who has little waits for as many turns as there are others, whatever they
// have.
//
// Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <utility>

namespace linnet {

template <class Owner, class Item>
class fair_queue {
 public:
  // Of `limit` places one owner has at most `limit_each`.
  fair_queue(std::size_t limit, std::size_t limit_each) : limit_(limit), limit_each_(limit_each) {}

  std::size_t size() const { return size_; }

  // Returns what finds no place, if anything: the item itself; or, where all places are taken, the last one
  // of who has the most of them, if its owner has fewer.
  std::optional<Item> push(const Owner& owner, Item item) {
    auto own = std::find_if(lines_.begin(), lines_.end(), [&](const line& l) { return l.owner == owner; });
    const std::size_t has = own == lines_.end() ? 0 : own->items.size();
    if (has >= limit_each_) return item;
    std::optional<Item> displaced;
    if (size_ >= limit_) {
      const auto longest = std::max_element(lines_.begin(), lines_.end(), [](const line& a, const line& b) {
        return a.items.size() < b.items.size();
      });
      if (longest->items.size() <= has + 1) return item;
      displaced = std::move(longest->items.back());
      longest->items.pop_back();
      --size_;
    }
    if (own == lines_.end()) own = lines_.insert(lines_.end(), line{owner, {}});
    own->items.push_back(std::move(item));
    ++size_;
    return displaced;
  }

  // The next one; the owner's next is taken after one of each other owner.
  std::optional<Item> pop() {
    if (lines_.empty()) return std::nullopt;
    auto& first = lines_.front();
    Item next = std::move(first.items.front());
    first.items.pop_front();
    --size_;
    if (first.items.empty()) {
      lines_.pop_front();
    } else {
      lines_.splice(lines_.end(), lines_, lines_.begin());
    }
    return next;
  }

  // Gives up the places of what nobody waits for any more.
  template <class Predicate>
  void drop_if(Predicate is_over) {
    for (auto at = lines_.begin(); at != lines_.end();) {
      size_ -= std::erase_if(at->items, is_over);
      at = at->items.empty() ? lines_.erase(at) : std::next(at);
    }
  }

 private:
  struct line {
    Owner owner;
    std::deque<Item> items;  // at least one
  };

  const std::size_t limit_;
  const std::size_t limit_each_;
  std::list<line> lines_;  // in the order of their turns; few, so that they are looked through
  std::size_t size_ = 0;
};

}  // namespace linnet
