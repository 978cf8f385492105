// SPDX-License-Identifier: Apache-2.0
#include "analysis/result.hpp"

#include <cmath>

#include "formats/input_error.hpp"

namespace macroscope {
namespace {

constexpr const char* schema = "macroscope.results/1";

nlohmann::json number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

const nlohmann::json& member(const nlohmann::json& object, const char* key, const std::string& where) {
  if (!object.is_object() || !object.contains(key)) throw InputError(where + ": key '" + key + "' is missing");
  return object.at(key);
}

std::string text(const nlohmann::json& object, const char* key, const std::string& where) {
  const nlohmann::json& value = member(object, key, where);
  if (!value.is_string()) throw InputError(where + ": key '" + key + "' must be a text, found " + value.dump());
  return value.get<std::string>();
}

std::optional<double> number(const nlohmann::json& object, const char* key, const std::string& where) {
  const nlohmann::json& value = member(object, key, where);
  if (value.is_null()) return std::nullopt;
  if (!value.is_number()) throw InputError(where + ": key '" + key + "' must be a number or null, found " + value.dump());
  return value.get<double>();
}

}  // namespace

nlohmann::json to_json(const Metric& m) {
  std::string method = m.method;
  if (m.value && !std::isfinite(*m.value)) method = "not a finite number; " + method;
  return {{"value", number_or_null(m.value)}, {"unit", m.unit}, {"ci95", number_or_null(m.ci95)}, {"method", method}};
}

nlohmann::json to_json(const ResultRow& row) {
  nlohmann::json metrics = nlohmann::json::object();
  for (const auto& [name, metric] : row.metrics) metrics[name] = to_json(metric);
  return {{"mac", row.mac}, {"spec", row.spec}, {"workload", row.workload}, {"technology", row.technology}, {"stimulus", row.stimulus}, {"metrics", metrics}};
}

nlohmann::json to_json(const ResultSet& results) {
  nlohmann::json rows = nlohmann::json::array();
  for (const ResultRow& row : results.rows) rows.push_back(to_json(row));
  return {{"schema", schema}, {"provenance", results.provenance}, {"rows", rows}};
}

ResultRow result_row_from_json(const nlohmann::json& json, const std::string& where) {
  ResultRow row{text(json, "mac", where), member(json, "spec", where), text(json, "workload", where),
                text(json, "technology", where), text(json, "stimulus", where), {}};
  const nlohmann::json& metrics = member(json, "metrics", where);
  if (!metrics.is_object()) throw InputError(where + ": key 'metrics' must be a mapping, found " + std::string(metrics.type_name()));
  for (const auto& [name, m] : metrics.items()) {
    const std::string at = where + ", metric " + name;
    row.metrics[name] = {number(m, "value", at), text(m, "unit", at), number(m, "ci95", at), text(m, "method", at)};
  }
  return row;
}

ResultSet result_set_from_json(const nlohmann::json& json, const std::string& origin) {
  if (const std::string found = text(json, "schema", origin); found != schema)
    throw InputError(origin + ": key 'schema' is '" + found + "', accepted is '" + schema + "'");
  ResultSet results{member(json, "provenance", origin), {}};
  const nlohmann::json& rows = member(json, "rows", origin);
  if (!rows.is_array()) throw InputError(origin + ": key 'rows' must be a list");
  for (std::size_t i = 0; i < rows.size(); ++i) results.rows.push_back(result_row_from_json(rows[i], origin + ", row " + std::to_string(i)));
  return results;
}

}  // namespace macroscope
