// SPDX-License-Identifier: Apache-2.0
// The rows that can be compared with each other: one workload on one technology.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/result.hpp"

namespace macroscope::reports {

/// One row per MAC. Rows without a technology (accuracy alone, such as the reference) belong to every technology of
/// their workload, rows without a workload (hardware alone) to every workload.
class View {
 public:
  View(std::string workload, std::string technology, std::vector<const ResultRow*> rows);

  const std::string& workload() const { return workload_; }
  const std::string& technology() const { return technology_; }

  /// In the order of the result set.
  const std::vector<const ResultRow*>& rows() const { return rows_; }

  /// The row of this MAC, or none.
  const ResultRow* find(const std::string& mac) const;

  /// The rows a recommendation may name: all but the FP32 reference and the BF16 baseline.
  std::vector<const ResultRow*> candidates() const;

 private:
  std::string workload_;
  std::string technology_;
  std::vector<const ResultRow*> rows_;
};

/// Every workload on every technology of the set, in order of first appearance. The views point into `results`.
std::vector<View> views(const ResultSet& results);

/// The metric's value in this row; none when the row, the metric or its value is missing.
std::optional<double> value(const ResultRow* row, const std::string& metric);

/// Does the row's spec multiply integers (rather than minifloats)?
bool has_integer_elements(const ResultRow& row);

/// metric(row) / metric(base), when both are there and the base is not zero.
std::optional<double> ratio(const ResultRow* row, const ResultRow* base, const std::string& metric);

}  // namespace macroscope::reports
