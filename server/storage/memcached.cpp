#include "storage/memcached.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

#include <libmemcached/memcached.h>

#include "storage/memcached_node.hpp"

namespace linnet::storage {

memcached::memcached(const memcached_options& options, memcached_metrics& metrics)
    : ring_(memcached_create(nullptr), memcached_free) {
  memcached_behavior_set(ring_.get(), MEMCACHED_BEHAVIOR_KETAMA, 1);
  for (const auto& node : options.nodes) {
    const auto colon = node.rfind(':');
    if (colon == std::string::npos) throw std::invalid_argument("memcached wants host:port, not " + node);
    const std::string host = node.substr(0, colon);
    const auto port = static_cast<std::uint16_t>(std::stoi(node.substr(colon + 1)));
    memcached_server_add(ring_.get(), host.c_str(), port);
    nodes_.push_back(std::make_unique<memcached_node>(host, port, options, metrics));
  }
}

memcached::~memcached() {
  stop();
}

void memcached::stop() {
  for (auto& node : nodes_) node->stop();
}

std::size_t memcached::nodes_up() const {
  return static_cast<std::size_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [](const auto& n) { return n->up(); }));
}

std::size_t memcached::queued() const {
  std::size_t total = 0;
  for (const auto& node : nodes_) total += node->queued();
  return total;
}

std::size_t memcached::node_of(const std::string& key) const {
  if (nodes_.size() == 1) return 0;
  return memcached_generate_hash(ring_.get(), key.data(), key.size());
}

awaitable<std::vector<cache_entry>> memcached::get(deadlines& d, std::vector<cache_key> keys) {
  assert(!keys.empty());
  std::vector<std::vector<std::pair<std::size_t, std::string>>> by_node(nodes_.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::string text = keys[i].text();
    const auto node = node_of(text);
    by_node[node].emplace_back(i, std::move(text));
  }
  auto start = [this, by_node = std::move(by_node),
                total = keys.size()](std::shared_ptr<ticket<std::vector<cache_entry>>> left) mutable {
    auto request = std::make_shared<get_request>();
    request->waiting = std::move(left);
    request->result.resize(total);
    request->remaining = total;
    for (std::size_t n = 0; n < by_node.size(); ++n) {
      if (!by_node[n].empty()) nodes_[n]->get(request, std::move(by_node[n]));
    }
  };
  return d.wait<std::vector<cache_entry>>(std::move(start));
}

void memcached::fill(const cache_key& key, std::uint64_t cas, std::string bytes) {
  std::string text = key.text();
  const auto node = node_of(text);
  nodes_[node]->fill(std::move(text), cas, std::move(bytes));
}

bool memcached::append(log_record record) {
  if (!enabled()) return false;
  const auto node = node_of(record.key);
  return nodes_[node]->append(std::move(record));
}

void memcached::invalidate(const std::vector<cache_key>& keys, std::uint64_t at, voided done) {
  std::vector<std::vector<std::string>> by_node(nodes_.size());
  auto request = std::make_shared<invalidate_request>();
  for (const auto& key : keys) {
    if (!enabled() || !key.is_shared()) continue;
    std::string text = key.text();
    const auto node = node_of(text);
    by_node[node].push_back(std::move(text));
    ++request->remaining;
  }
  if (request->remaining == 0) {
    if (done) done(true);
    return;
  }
  request->done = std::move(done);
  for (std::size_t n = 0; n < by_node.size(); ++n) {
    if (!by_node[n].empty()) nodes_[n]->invalidate(request, std::move(by_node[n]), at);
  }
}

}  // namespace linnet::storage
