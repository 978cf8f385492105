// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace macroscope::hardware {

/// A Liberty NLDM or internal-power table over output load (pF) and input slew (ns). An axis that the table doesn't have
/// is one point; a table of one value is a constant. Between points: bilinear; outside: the outermost segment continued,
/// as static timing analysers do.
class LookupTable {
 public:
  LookupTable() = default;
  explicit LookupTable(double constant) : LookupTable({0}, {0}, {constant}) {}
  /// `values[i * slews.size() + j]` belongs to loads[i] and slews[j]. Precondition: sizes agree, axes ascend strictly.
  LookupTable(std::vector<double> loads, std::vector<double> slews, std::vector<double> values);

  [[nodiscard]] double at(double load, double slew) const;
  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] double largest_slew() const { return slews_.empty() ? 0 : slews_.back(); }

 private:
  std::vector<double> loads_, slews_, values_;
};

}  // namespace macroscope::hardware
