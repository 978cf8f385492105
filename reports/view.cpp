// SPDX-License-Identifier: Apache-2.0
#include "reports/view.hpp"

#include <algorithm>

namespace macroscope::reports {
namespace {

std::vector<std::string> distinct(const ResultSet& results, std::string ResultRow::*field) {
  std::vector<std::string> names;
  for (const ResultRow& row : results.rows)
    if (!(row.*field).empty() && std::find(names.begin(), names.end(), row.*field) == names.end())
      names.push_back(row.*field);
  if (names.empty()) names.emplace_back();
  return names;
}

bool belongs(const std::string& name, const std::string& group) { return name.empty() || name == group; }

}  // namespace

View::View(std::string workload, std::string technology, std::vector<const ResultRow*> rows)
    : workload_(std::move(workload)), technology_(std::move(technology)), rows_(std::move(rows)) {}

const ResultRow* View::find(const std::string& mac) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const ResultRow* row) { return row->mac == mac; });
  return found == rows_.end() ? nullptr : *found;
}

std::vector<const ResultRow*> View::candidates() const {
  std::vector<const ResultRow*> chosen;
  for (const ResultRow* row : rows_)
    if (row->mac != "fp32" && row->mac != "bf16") chosen.push_back(row);
  return chosen;
}

std::vector<View> views(const ResultSet& results) {
  std::vector<View> all;
  for (const std::string& workload : distinct(results, &ResultRow::workload))
    for (const std::string& technology : distinct(results, &ResultRow::technology)) {
      std::vector<const ResultRow*> rows;
      for (const ResultRow& row : results.rows)
        if (belongs(row.workload, workload) && belongs(row.technology, technology)) rows.push_back(&row);
      if (!rows.empty()) all.emplace_back(workload, technology, std::move(rows));
    }
  return all;
}

std::optional<double> value(const ResultRow* row, const std::string& metric) {
  if (row == nullptr) return std::nullopt;
  const auto found = row->metrics.find(metric);
  return found == row->metrics.end() ? std::nullopt : found->second.value;
}

bool has_integer_elements(const ResultRow& row) {
  const auto& activation = row.spec.value("activation", nlohmann::json::object());
  return activation.value("element", "").rfind("int", 0) == 0;
}

std::optional<double> ratio(const ResultRow* row, const ResultRow* base, const std::string& metric) {
  const auto numerator = value(row, metric);
  const auto denominator = value(base, metric);
  if (!numerator || !denominator || *denominator == 0.0) return std::nullopt;
  return *numerator / *denominator;
}

}  // namespace macroscope::reports
