// SPDX-License-Identifier: Apache-2.0
#include "reports/prose.hpp"

#include <fmt/format.h>

#include <array>

#include "reports/html.hpp"
#include "reports/number.hpp"
#include "reports/view.hpp"

namespace macroscope::reports {
namespace {

struct Relation {
  const char* metric;
  const char* less;
  const char* greater;
};

constexpr std::array<Relation, 5> relations{{{"area", "is smaller than", "is larger than"},
                                             {"energy", "takes less energy than", "takes more energy than"},
                                             {"kl", "stays closer to FP32 than", "strays further from FP32 than"},
                                             {"perplexity", "has a lower perplexity than", "has a higher perplexity than"},
                                             {"", "is below", "is above"}}};

}  // namespace

std::string mac_name(const std::string& mac) { return element("code", escaped(mac)); }

std::string mac_names(const std::vector<const ResultRow*>& rows, const std::string& conjunction) {
  std::vector<std::string> names;
  for (const ResultRow* row : rows) names.push_back(mac_name(row->mac));
  return joined(names, conjunction);
}

std::string relation(Order order, const std::string& metric) {
  if (order == Order::tie) return "ties with";
  if (order == Order::unknown) return "was not compared with";
  for (const Relation& words : relations)
    if (metric.find(words.metric) != std::string::npos) return order == Order::less ? words.less : words.greater;
  return "";
}

std::string ratio_to(const ResultRow* row, const ResultRow* base, const std::string& metric) {
  const Verdict verdict = compare(row, base, metric);
  if (!verdict.ratio) return "";
  return fmt::format("{} {}{}", times(*verdict.ratio), mac_name(base->mac), verdict.order == Order::tie ? " (a tie)" : "");
}

std::string accuracy_text(const ResultRow& row, const std::string& metric) {
  const Metric& found = row.metrics.at(metric);
  const bool small = metric.rfind("kl", 0) == 0;
  const double scale = small ? 1e3 : 1.0;
  const int digits = small ? 3 : 5;
  std::string text = significant(*found.value * scale, digits);
  if (found.ci95) text += " ± " + significant(*found.ci95 * scale, 2);
  return text + (small ? "\u202fmnat" : "");
}

std::string reason_missing(const ResultRow* row, const std::string& metric) {
  const auto found = row == nullptr ? std::map<std::string, Metric>::const_iterator{} : row->metrics.find(metric);
  if (row == nullptr || found == row->metrics.end()) return "it is not among the results";
  return found->second.method.empty() ? "no reason was recorded" : found->second.method;
}

}  // namespace macroscope::reports
