// SPDX-License-Identifier: Apache-2.0
#include "formats/fitted_table.hpp"

#include <algorithm>
#include <numeric>

namespace macroscope::formats {
namespace {

/// The numbers in ascending order with running sums of weights and of weighted numbers: a cluster is a range of them.
struct Sorted {
  std::vector<double> x, weight, moment;  ///< the sums over what comes before
};

Sorted sorted(const float* x, std::int64_t n, const float* weights) {
  std::vector<std::size_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  Sorted s{{}, {0}, {0}};
  for (const std::size_t i : order) {
    const double w = weights ? static_cast<double>(weights[i]) : 1.0;
    s.x.push_back(static_cast<double>(x[i]));
    s.weight.push_back(s.weight.back() + w);
    s.moment.push_back(s.moment.back() + w * s.x.back());
  }
  return s;
}

}  // namespace

std::vector<double> fit_table(const float* x, std::int64_t n, int entries, int rounds, const float* weights) {
  const Sorted s = sorted(x, n, weights);
  std::vector<double> centres(static_cast<std::size_t>(entries), 0.0);
  if (s.x.empty()) return centres;
  for (std::size_t i = 0; i < centres.size(); ++i) {
    const double quantile = s.weight.back() * (static_cast<double>(i) + 0.5) / entries;
    const auto at = std::lower_bound(s.weight.begin() + 1, s.weight.end(), quantile) - (s.weight.begin() + 1);
    centres[i] = s.x[std::min(static_cast<std::size_t>(at), s.x.size() - 1)];
  }
  for (int round = 0; round < rounds; ++round) {
    bool moved = false;
    std::size_t first = 0;
    for (std::size_t i = 0; i < centres.size(); ++i) {
      const bool last_one = i + 1 == centres.size();
      const auto end = last_one ? s.x.end() : std::upper_bound(s.x.begin() + static_cast<std::ptrdiff_t>(first), s.x.end(), (centres[i] + centres[i + 1]) / 2);
      const auto last = static_cast<std::size_t>(end - s.x.begin());
      const double weight = s.weight[last] - s.weight[first];
      if (last > first && weight > 0) {
        const double mean = (s.moment[last] - s.moment[first]) / weight;
        moved |= mean != centres[i];
        centres[i] = std::clamp(mean, s.x[first], s.x[last - 1]);
      }
      first = last;
    }
    if (!moved) break;
  }
  return centres;
}

Element fitted_table(const float* x, std::int64_t n, int entries, int rounds, const Element& cell, const float* weights) {
  std::vector<double> values = fit_table(x, n, entries, rounds, weights);
  for (double& value : values) value = cell.decode(cell.encode(value, Rounding::rne, Overflow::saturate));
  return Element::table("kmeans" + std::to_string(entries), values, cell);
}

}  // namespace macroscope::formats
