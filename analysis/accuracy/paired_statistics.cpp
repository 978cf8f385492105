// SPDX-License-Identifier: Apache-2.0
#include "analysis/accuracy/paired_statistics.hpp"

#include <cmath>

namespace macroscope::accuracy {

std::optional<double> Estimate::ci95() const {
  if (!standard_error) return std::nullopt;
  return 1.96 * *standard_error;
}

Estimate mean_over_windows(const std::vector<double>& values, std::int64_t window) {
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = sum / count;
  const std::int64_t windows = static_cast<std::int64_t>(values.size()) / window;
  const bool clustered = windows >= fewest_clusters;
  const auto cluster = static_cast<std::size_t>(clustered ? window : 1);
  double squares = 0, groups = 0;
  for (std::size_t begin = 0; begin < values.size(); begin += cluster, groups += 1) {
    double deviation = 0;
    for (std::size_t i = begin; i < begin + cluster && i < values.size(); ++i) deviation += values[i] - mean;
    squares += deviation * deviation;
  }
  if (groups < 2) return {mean, std::nullopt};
  return {mean, std::sqrt(groups / (groups - 1) * squares) / count};
}

const char* error_method(std::int64_t windows) {
  return windows >= fewest_clusters ? "ci95 = 1.96 SE, clustered by window"
                                    : "ci95 = 1.96 SE by token (few windows; correlation within a window not counted)";
}

std::vector<double> paired_difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b.at(i);
  return difference;
}

}  // namespace macroscope::accuracy
