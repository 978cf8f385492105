// SPDX-License-Identifier: Apache-2.0
#include "reports/csv.hpp"

#include <fmt/format.h>

#include <map>
#include <vector>

namespace macroscope::reports {
namespace {

std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string number(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; }

/// Every metric's name, and whether some row has an interval for it.
std::map<std::string, bool> metric_columns(const ResultSet& results) {
  std::map<std::string, bool> columns;
  for (const ResultRow& row : results.rows)
    for (const auto& [name, metric] : row.metrics) columns[name] |= metric.ci95.has_value();
  return columns;
}

}  // namespace

std::string to_csv(const ResultSet& results) {
  const auto columns = metric_columns(results);
  std::string text = "mac,workload,technology,stimulus";
  for (const auto& [name, interval] : columns) text += ',' + field(name) + (interval ? ',' + field(name + ".ci95") : "");
  text += '\n';
  for (const ResultRow& row : results.rows) {
    text += fmt::format("{},{},{},{}", field(row.mac), field(row.workload), field(row.technology), field(row.stimulus));
    for (const auto& [name, interval] : columns) {
      const auto found = row.metrics.find(name);
      const Metric metric = found == row.metrics.end() ? Metric{} : found->second;
      text += ',' + number(metric.value);
      if (interval) text += ',' + number(metric.ci95);
    }
    text += '\n';
  }
  return text;
}

}  // namespace macroscope::reports
