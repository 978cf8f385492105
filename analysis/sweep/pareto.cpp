// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/pareto.hpp"

#include <algorithm>

namespace macroscope::sweep {
namespace {

bool dominates(std::size_t i, std::size_t j, const std::vector<Criterion>& criteria) {
  bool less_somewhere = false;
  for (const Criterion& criterion : criteria) {
    const Order order = criterion(i, j);
    if (order == Order::greater || order == Order::unknown) return false;
    less_somewhere |= order == Order::less;
  }
  return less_somewhere;
}

}  // namespace

std::vector<std::size_t> pareto_front(std::size_t count, const std::vector<Criterion>& criteria) {
  std::vector<std::size_t> front;
  for (std::size_t candidate = 0; candidate < count; ++candidate) {
    bool beaten = false;
    for (std::size_t other = 0; other < count && !beaten; ++other)
      beaten = other != candidate && dominates(other, candidate, criteria);
    if (!beaten) front.push_back(candidate);
  }
  return front;
}

}  // namespace macroscope::sweep
