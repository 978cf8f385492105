// SPDX-License-Identifier: Apache-2.0
#include "reports/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/view.hpp"

namespace macroscope::reports {
namespace {

enum class Error { none, sampling, hardware };

Error error_of(const std::string& metric) {
  static constexpr std::array<const char*, 4> sampled{"kl", "kl_top25", "perplexity", "top1_agreement"};
  if (std::find(sampled.begin(), sampled.end(), metric) != sampled.end()) return Error::sampling;
  const bool flipflops = metric == "area_flipflops";
  const bool physical = metric.rfind("area", 0) == 0 || metric.find("energy") != std::string::npos ||
                        metric == "critical_path" || metric == "clock";
  return physical && !flipflops ? Error::hardware : Error::none;
}

std::optional<double> interval(const ResultRow& row, const std::string& metric) {
  const auto found = row.metrics.find(metric);
  return found == row.metrics.end() ? std::nullopt : found->second.ci95;
}

Order by_difference(double difference, double error) {
  if (std::fabs(difference) <= error) return Order::tie;
  return difference < 0 ? Order::less : Order::greater;
}

void judge_sample(Verdict& verdict, const ResultRow& a, const ResultRow& b, const std::string& metric) {
  const std::string paired = metric + "_difference/" + b.mac;
  if (const auto difference = value(&a, paired)) {
    verdict.difference = difference;
    verdict.ci95 = interval(a, paired);
  } else if (const auto mirrored = value(&b, metric + "_difference/" + a.mac)) {
    verdict.difference = -*mirrored;
    verdict.ci95 = interval(b, metric + "_difference/" + a.mac);
  } else {
    const auto of_a = interval(a, metric);
    const auto of_b = interval(b, metric);
    if (of_a && of_b) verdict.ci95 = *of_a + *of_b;
  }
  verdict.order = by_difference(*verdict.difference, verdict.ci95.value_or(0.0));
}

}  // namespace

bool is_hardware_tie(double ratio) { return ratio < 1.0 + hardware_error && ratio > 1.0 / (1.0 + hardware_error); }

Verdict compare(const ResultRow* a, const ResultRow* b, const std::string& metric) {
  Verdict verdict;
  const auto of_a = value(a, metric);
  const auto of_b = value(b, metric);
  if (!of_a || !of_b) return verdict;
  verdict.difference = *of_a - *of_b;
  verdict.ratio = ratio(a, b, metric);
  switch (error_of(metric)) {
    case Error::sampling:
      judge_sample(verdict, *a, *b, metric);
      break;
    case Error::hardware:
      verdict.order = verdict.ratio && is_hardware_tie(*verdict.ratio) ? Order::tie : by_difference(*verdict.difference, 0.0);
      break;
    case Error::none:
      verdict.order = by_difference(*verdict.difference, 0.0);
      break;
  }
  return verdict;
}

}  // namespace macroscope::reports
