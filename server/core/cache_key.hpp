// Names of everything that is cached: small values without allocation in this server's memory, text in
// memcached.
#pragma once

#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/paging.hpp"

namespace linnet {

// Part of keys in memcached: never reuse a letter for another encoding of the value. 'q' begins those of
// quotas.
enum class cache_kind : char {
  user = 'u',          // profile by id
  username = 'n',      // id by lower-case name
  tweet = 't',         // tweet by id
  followee_ids = 'g',  // whom a user follows
  follower_ids = 'h',  // who follows a user
  favorite_ids = 'i',  // what a user favorited last
  first_page = 'p',    // first page of a list, as ids; of some lists in memory only: see is_shared()
  // Kept in this server's memory only:
  relation = 'r',  // who of two users follows whom
  favorite = 'f',  // whether a user favorited a tweet
  session = 's',   // who a token belongs to
  // Nothing that is held, but told to the other servers like what is:
  posted = 'w',  // a new tweet, by its author and id
  not_voided =
      'v',  // the writer could not reach memcached: whoever can voids the other keys of the row there
};

struct cache_key {
  cache_kind kind;
  std::uint64_t a = 0;
  std::uint64_t b = 0;

  static cache_key user(user_id id) { return {cache_kind::user, static_cast<std::uint64_t>(id), 0}; }
  static cache_key tweet(tweet_id id) { return {cache_kind::tweet, static_cast<std::uint64_t>(id), 0}; }
  static cache_key followee_ids(user_id id) {
    return {cache_kind::followee_ids, static_cast<std::uint64_t>(id), 0};
  }
  static cache_key follower_ids(user_id id) {
    return {cache_kind::follower_ids, static_cast<std::uint64_t>(id), 0};
  }
  static cache_key favorite_ids(user_id id) {
    return {cache_kind::favorite_ids, static_cast<std::uint64_t>(id), 0};
  }
  static cache_key relation(user_id viewer, user_id other) {
    return {cache_kind::relation, static_cast<std::uint64_t>(viewer), static_cast<std::uint64_t>(other)};
  }
  static cache_key favorite(user_id user, tweet_id tweet) {
    return {cache_kind::favorite, static_cast<std::uint64_t>(user), static_cast<std::uint64_t>(tweet)};
  }
  static cache_key first_page(list_kind list, std::int64_t owner) {
    return {cache_kind::first_page, static_cast<std::uint64_t>(list), static_cast<std::uint64_t>(owner)};
  }
  static cache_key posted(user_id author, tweet_id tweet) {
    return {cache_kind::posted, static_cast<std::uint64_t>(author), static_cast<std::uint64_t>(tweet)};
  }
  static cache_key not_voided() { return {cache_kind::not_voided, 0, 0}; }
  // A username has at most 15 characters: it is its own key.
  static cache_key username(std::string_view lower) { return from_bytes(cache_kind::username, lower); }
  static cache_key session(std::string_view token_hash) {
    return from_bytes(cache_kind::session, token_hash);
  }

  // Whether memcached may hold it. Of lists those that a crowd may ask for, of a celebrity or a viral tweet:
  // for the others a tombstone at each change costs more than they are read.
  bool is_shared() const {
    switch (kind) {
      case cache_kind::relation:
      case cache_kind::favorite:
      case cache_kind::session:
      case cache_kind::posted:
      case cache_kind::not_voided:
        return false;
      case cache_kind::first_page:
        return a == static_cast<std::uint64_t>(list_kind::user_tweets) ||
               a == static_cast<std::uint64_t>(list_kind::followers) ||
               a == static_cast<std::uint64_t>(list_kind::tweet_favorites);
      default:
        return true;
    }
  }

  // Printable, unique, at most 36 characters: the key in memcached.
  std::string text() const {
    std::string out(1, static_cast<char>(kind));
    append_hex(out, a);
    if (b != 0) {
      out += '.';
      append_hex(out, b);
    }
    return out;
  }

  friend auto operator<=>(const cache_key&, const cache_key&) = default;

 private:
  static cache_key from_bytes(cache_kind kind, std::string_view bytes) {
    std::uint64_t words[2] = {0, 0};
    std::memcpy(words, bytes.data(), bytes.size() < sizeof words ? bytes.size() : sizeof words);
    return {kind, words[0], words[1]};
  }
  static void append_hex(std::string& out, std::uint64_t value) {
    constexpr char digits[] = "0123456789abcdef";
    int shift = 60;
    while (shift > 0 && (value >> shift) == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) out += digits[(value >> shift) & 15];
  }
};

struct cache_key_hash {
  using is_avalanching = void;  // as Boost's tables ask: any of its bits will do
  std::size_t operator()(const cache_key& key) const {
    // Two rounds of a 64-bit mix (Steele, Lea, Flood: SplitMix).
    std::uint64_t h = key.a * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(key.kind);
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9ULL + key.b;
    h = (h ^ (h >> 27)) * 0x94D049BB133111EBULL;
    return static_cast<std::size_t>(h ^ (h >> 31));
  }
};

}  // namespace linnet
