// SPDX-License-Identifier: Apache-2.0
#include "reports/agreement.hpp"

#include "reports/verdict.hpp"

namespace macroscope::reports {
namespace {

std::string metric_of(const std::string& quantity) {
  return quantity == "energy" ? "energy_per_mac_glitch" : quantity;
}

}  // namespace

Match match_of(const PublishedRatio& published, double ours, std::optional<bool> tie) {
  const double reach = 1.0 + hardware_error;
  if (ours >= published.low / reach && ours <= published.high * reach) return Match::agrees;
  if (tie.value_or(is_hardware_tie(ours))) return Match::we_tie;
  const bool published_above = published.low >= 1.0;
  return (ours > 1.0) == published_above ? Match::same_direction : Match::opposite;
}

std::vector<Agreement> agreements(const Published& published, const View& view) {
  std::vector<Agreement> all;
  for (const PublishedRatio& figure : published.ratios) {
    Agreement agreement{figure, published.source(figure.source), std::nullopt, std::nullopt, Match::not_measured};
    const ResultRow* of = view.find(figure.of);
    const ResultRow* to = view.find(figure.to);
    const std::string metric = metric_of(figure.quantity);
    agreement.ours = ratio(of, to, metric);
    if (figure.quantity == "energy") agreement.settled = ratio(of, to, "energy_per_mac_settled");
    if (agreement.ours) {
      const bool sampled = metric.rfind("kl", 0) == 0;
      const auto tie = sampled ? std::optional(compare(of, to, metric).order == Order::tie) : std::nullopt;
      agreement.match = match_of(figure, *agreement.ours, tie);
    }
    all.push_back(std::move(agreement));
  }
  return all;
}

}  // namespace macroscope::reports
