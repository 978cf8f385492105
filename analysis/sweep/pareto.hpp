// SPDX-License-Identifier: Apache-2.0
// Pareto fronts when differences below the method's own error are ties.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace macroscope::sweep {

enum class Order { less, tie, greater, unknown };

/// Orders candidates `i` and `j` on one criterion of which less is better.
using Criterion = std::function<Order(std::size_t i, std::size_t j)>;

/// The candidates of 0..count-1 that no other one dominates. One candidate dominates another when it is less on at least
/// one criterion and greater or unknown on none: a tie alone neither saves nor sinks a candidate.
std::vector<std::size_t> pareto_front(std::size_t count, const std::vector<Criterion>& criteria);

}  // namespace macroscope::sweep
