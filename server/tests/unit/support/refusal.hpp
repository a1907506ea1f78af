// What a piece of code refuses with, so that a table of inputs can be checked in one line each.
#pragma once

#include <optional>

#include <catch2/catch.hpp>

#include "core/problem.hpp"

template <>
struct Catch::StringMaker<std::optional<linnet::problem_type>> {
  static std::string convert(const std::optional<linnet::problem_type>& type) {
    return type ? std::string(linnet::definition_of(*type).slug) : "accepted";
  }
};

namespace linnet::testing {

// The type of the problem that `code` throws; nullopt when it throws nothing. Other exceptions pass.
template <class Code>
std::optional<problem_type> refusal(Code code) {
  try {
    code();
  } catch (const problem& p) {
    return p.type();
  }
  return std::nullopt;
}

}  // namespace linnet::testing
