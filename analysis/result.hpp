// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace macroscope {

/// One measured number. Without a value, `method` says why it could not be measured.
struct Metric {
  std::optional<double> value;
  std::string unit;                  ///< "1" for ratios and counts
  std::optional<double> ci95;        ///< half width of the 95 % confidence interval, in the same unit
  std::string method;                ///< how it was measured, or why it was not

  static Metric missing(std::string unit, std::string reason) { return {std::nullopt, std::move(unit), std::nullopt, std::move(reason)}; }
};

/// One result: a MAC on a workload in a technology under a stimulus. Fields that play no part are empty strings.
struct ResultRow {
  std::string mac;
  nlohmann::json spec;  ///< canonical_json of the MacSpec
  std::string workload;
  std::string technology;
  std::string stimulus;
  std::map<std::string, Metric> metrics;  ///< names as in docs/results.md
};

/// What results.json holds: schema macroscope.results/1.
struct ResultSet {
  nlohmann::json provenance;
  std::vector<ResultRow> rows;
};

nlohmann::json to_json(const Metric& metric);
nlohmann::json to_json(const ResultRow& row);
nlohmann::json to_json(const ResultSet& results);

/// Reads what to_json wrote; throws InputError naming `origin`, the row and the key for anything that does not fit.
ResultSet result_set_from_json(const nlohmann::json& json, const std::string& origin);
ResultRow result_row_from_json(const nlohmann::json& json, const std::string& origin);

}  // namespace macroscope
