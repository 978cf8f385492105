// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/html.hpp"
#include "reports/number.hpp"
#include "reports/prose.hpp"
#include "reports/sqnr_table.hpp"
#include "reports/table_parts.hpp"
#include "reports/tables.hpp"

namespace macroscope::reports {
namespace {

constexpr const char* component_prefix = "area/";

/// A cell coloured by where its value lies between the table's lowest and highest.
std::string heat_cell(double value, double low, double high) {
  const double share = high > low ? (value - low) / (high - low) : 1.0;
  return element("td", fmt::format("{:.1f}", value), fmt::format("class=\"heat\" style=\"--h:{:.0f}%\"", 100.0 * share));
}

std::string share_cell(const ResultRow& row, const std::string& metric) {
  const auto part = value(&row, metric);
  const auto whole_unit = value(&row, "area");
  if (!part) return element("td", "—");
  return element("td", whole(*part) + (whole_unit ? small(significant(100.0 * *part / *whole_unit, 2) + "\u202f%") : ""));
}

}  // namespace

std::string component_table(const View& view) {
  std::set<std::string> parts;
  for (const ResultRow* row : view.rows())
    for (const auto& [name, metric] : row->metrics)
      if (name.rfind(component_prefix, 0) == 0 && metric.value) parts.insert(name);
  if (parts.empty()) return "";
  std::vector<std::string> head{"MAC"};
  for (const std::string& part : parts) head.push_back(escaped(part.substr(std::string(component_prefix).size())) + small("µm²"));
  std::string body;
  for (const ResultRow* row : view.rows()) {
    if (std::none_of(parts.begin(), parts.end(), [&](const std::string& part) { return value(row, part).has_value(); })) continue;
    std::string cells = mac_header(*row);
    for (const std::string& part : parts) cells += share_cell(*row, part);
    body += element("tr", cells);
  }
  return framed_table(head, body);
}

std::string sqnr_heat_table(const View& view) {
  const std::vector<KindSqnr> table = sqnr_by_kind(view);
  if (table.empty()) return "";
  double low = 1e300, high = -1e300;
  for (const KindSqnr& entry : table)
    for (const auto& [kind, mean] : entry.means) {
      low = std::min(low, mean);
      high = std::max(high, mean);
    }
  const std::vector<std::string> kinds = site_kinds(table);
  std::vector<std::string> head{"MAC"};
  for (const std::string& kind : kinds) head.push_back(element("code", escaped(kind)) + small("dB"));
  std::string body;
  for (const KindSqnr& entry : table) {
    std::string cells = mac_header(*entry.row);
    for (const std::string& kind : kinds) {
      const auto found = entry.means.find(kind);
      cells += found == entry.means.end() ? element("td", "—") : heat_cell(found->second, low, high);
    }
    body += element("tr", cells);
  }
  return framed_table(head, body);
}

}  // namespace macroscope::reports
