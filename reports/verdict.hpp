// SPDX-License-Identifier: Apache-2.0
// Smaller, larger, or a tie: no difference below the method's own error is reported as one.
#pragma once

#include <optional>
#include <string>

#include "analysis/result.hpp"
#include "analysis/sweep/pareto.hpp"

namespace macroscope::reports {

using sweep::Order;

/// The error of a synthesis script: the same unit moves by 1 to 11 % in area between two equally good abc scripts, and
/// energy comes from the same netlist.
inline constexpr double hardware_error = 0.10;

struct Verdict {
  Order order = Order::unknown;
  std::optional<double> ratio;       // a / b
  std::optional<double> difference;  // a − b
  std::optional<double> ci95;        // of the difference, when the metric is a sample mean
};

/// Compares a metric of two rows.
/// - `kl`, `kl_top25`, `perplexity`, `top1_agreement`: sample means over the same tokens. The paired difference is the
///   metric NAME_difference/OTHER of row a (value and ci95); a tie when the interval contains zero. Without it the two
///   ci95 are added, which is wider than the paired one; without those either, only equal values tie.
/// - area, time and energy: a tie within `hardware_error`.
/// - anything else (counts, cycles, SQNR): a tie when equal.
Verdict compare(const ResultRow* a, const ResultRow* b, const std::string& metric);

/// Is the ratio of two hardware figures a tie?
bool is_hardware_tie(double ratio);

}  // namespace macroscope::reports
