// SPDX-License-Identifier: Apache-2.0
#include "reports/sqnr_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace macroscope::reports {
namespace {

constexpr const char* metric_prefix = "sqnr/";
constexpr const char* layer_prefix = "layers.";

struct Site {
  int layer = -1;  // −1 outside layers
  std::string kind;
};

Site parse_site(const std::string& name) {
  const std::size_t number = std::string(layer_prefix).size();
  if (name.rfind(layer_prefix, 0) != 0 || name.size() == number || !std::isdigit(static_cast<unsigned char>(name[number])))
    return {-1, name};
  const std::size_t dot = name.find('.', number);
  return {std::stoi(name.substr(number)), dot == std::string::npos ? "" : name.substr(dot + 1)};
}

struct Mean {
  double sum = 0;
  int count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  double value() const { return sum / count; }
};

/// Means of the row's site metrics grouped by `key(site)`; sites without a key (negative layer) are left out.
template <class Key, class KeyOf>
std::map<Key, double> means(const ResultRow& row, KeyOf key_of) {
  std::map<Key, Mean> groups;
  for (const auto& [name, metric] : row.metrics)
    if (name.rfind(metric_prefix, 0) == 0 && metric.value)
      if (const auto key = key_of(parse_site(name.substr(std::string(metric_prefix).size())))) groups[*key].add(*metric.value);
  std::map<Key, double> result;
  for (const auto& [key, mean] : groups) result[key] = mean.value();
  return result;
}

}  // namespace

std::vector<LayerSqnr> sqnr_by_layer(const View& view) {
  std::vector<LayerSqnr> table;
  for (const ResultRow* row : view.rows()) {
    LayerSqnr entry{row, means<int>(*row, [](const Site& site) { return site.layer < 0 ? std::nullopt : std::optional(site.layer); })};
    if (!entry.means.empty()) table.push_back(std::move(entry));
  }
  return table;
}

std::vector<KindSqnr> sqnr_by_kind(const View& view) {
  std::vector<KindSqnr> table;
  for (const ResultRow* row : view.rows()) {
    KindSqnr entry{row, means<std::string>(*row, [](const Site& site) { return std::optional(site.kind); })};
    if (!entry.means.empty()) table.push_back(std::move(entry));
  }
  return table;
}

std::vector<std::string> site_kinds(const std::vector<KindSqnr>& table) {
  static constexpr std::array<const char*, 10> usual{"attn.q", "attn.k", "attn.v", "attn.qk", "attn.pv",
                                                     "attn.o", "mlp.gate", "mlp.up", "mlp.down", "head"};
  std::set<std::string> present;
  for (const KindSqnr& entry : table)
    for (const auto& [kind, mean] : entry.means) present.insert(kind);
  std::vector<std::string> kinds;
  for (const char* kind : usual)
    if (present.erase(kind) > 0) kinds.emplace_back(kind);
  kinds.insert(kinds.end(), present.begin(), present.end());
  return kinds;
}

}  // namespace macroscope::reports
