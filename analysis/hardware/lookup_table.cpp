// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/lookup_table.hpp"

#include <algorithm>
#include <stdexcept>

namespace macroscope::hardware {
namespace {

struct Segment {
  size_t low;
  size_t high;
  double fraction;  // 0 at low, 1 at high; outside that range beyond the axis
};

Segment locate(const std::vector<double>& axis, double x) {
  if (axis.size() == 1) return {0, 0, 0};
  const auto above = std::upper_bound(axis.begin() + 1, axis.end() - 1, x);
  const auto high = static_cast<size_t>(above - axis.begin());
  return {high - 1, high, (x - axis[high - 1]) / (axis[high] - axis[high - 1])};
}

}  // namespace

LookupTable::LookupTable(std::vector<double> loads, std::vector<double> slews, std::vector<double> values)
    : loads_(std::move(loads)), slews_(std::move(slews)), values_(std::move(values)) {
  if (loads_.empty() || slews_.empty() || values_.size() != loads_.size() * slews_.size()) {
    throw std::logic_error("a lookup table's values must be as many as its loads times its slews");
  }
}

double LookupTable::at(double load, double slew) const {
  if (values_.size() == 1) return values_.front();
  const Segment l = locate(loads_, load);
  const Segment s = locate(slews_, slew);
  const auto value = [this](size_t i, size_t j) { return values_[i * slews_.size() + j]; };
  const double low = value(l.low, s.low) + s.fraction * (value(l.low, s.high) - value(l.low, s.low));
  const double high = value(l.high, s.low) + s.fraction * (value(l.high, s.high) - value(l.high, s.low));
  return low + l.fraction * (high - low);
}

}  // namespace macroscope::hardware
