// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace macroscope::accuracy {

/// A mean and the standard error of it; no error can be given for a single value.
struct Estimate {
  double mean;
  std::optional<double> standard_error;

  /// Half width of the 95 % confidence interval by the normal approximation: 1.96 standard errors.
  std::optional<double> ci95() const;
};

/// Fewest windows from which the spread between windows says something.
inline constexpr std::int64_t fewest_clusters = 8;

/// Mean of values that come in windows of `window` consecutive ones. Tokens of one window are not independent, so with
/// fewest_clusters windows or more the error is the cluster-robust one,
///   SE^2 = G / (G - 1) * sum_g (sum_{i in g} (x_i - mean))^2 / N^2   (Cameron and Miller 2015, eq. 11, for a mean),
/// with fewer the plain one, sqrt(sum_i (x_i - mean)^2 / (N (N - 1))). For a paired difference pass the differences.
Estimate mean_over_windows(const std::vector<double>& values, std::int64_t window);

/// Says which of the two it was, for a metric's method.
const char* error_method(std::int64_t windows);

/// a[i] - b[i].
std::vector<double> paired_difference(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace macroscope::accuracy
