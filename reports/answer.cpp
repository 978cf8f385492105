// SPDX-License-Identifier: Apache-2.0
#include "reports/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/number.hpp"
#include "reports/prose.hpp"
#include "reports/verdict.hpp"

namespace macroscope::reports {
namespace {

constexpr const char* accuracy = "kl";
constexpr const char* area = "area";
constexpr const char* energy = "energy_per_mac_glitch";
constexpr const char* settled = "energy_per_mac_settled";

using Rows = std::vector<const ResultRow*>;

bool contains(const Rows& rows, const ResultRow* row) { return std::find(rows.begin(), rows.end(), row) != rows.end(); }

/// ", which is 0.62× int8 and 0.31× bf16": the baselines other than the row itself.
std::string against_baselines(const View& view, const ResultRow* row, const std::string& metric) {
  std::vector<std::string> ratios;
  for (const char* name : {"int8", "bf16"}) {
    const ResultRow* base = view.find(name);
    if (base == nullptr || base == row) continue;
    const std::string text = ratio_to(row, base, metric);
    if (!text.empty()) ratios.push_back(text);
  }
  return ratios.empty() ? "" : ", " + joined(ratios);
}

std::string tied_with(const Rows& best) {
  return best.size() < 2 ? "" : ", tied with " + mac_names({best.begin() + 1, best.end()});
}

std::string missing_sentence(const View& view, const std::string& topic, const std::string& metric) {
  const Rows rows = view.candidates();
  return fmt::format("<b>{}</b> was not measured: {}.", topic, reason_missing(rows.empty() ? nullptr : rows.front(), metric));
}

std::string accuracy_sentence(const View& view) {
  const Rows best = best_of(view, accuracy);
  if (best.empty()) return missing_sentence(view, "Accuracy", accuracy);
  return fmt::format("<b>Accuracy:</b> {} stays closest to FP32, with a mean KL of {}{}{}.", mac_name(best[0]->mac),
                     accuracy_text(*best[0], accuracy), against_baselines(view, best[0], accuracy), tied_with(best));
}

std::string area_sentence(const View& view) {
  const Rows best = best_of(view, area);
  if (best.empty()) return missing_sentence(view, "Area", area);
  return fmt::format("<b>Area:</b> {} is the smallest, {}\u202fµm² for {} lanes{}{}.", mac_name(best[0]->mac),
                     whole(*value(best[0], area)), best[0]->spec.value("/dot/lanes"_json_pointer, 32),
                     against_baselines(view, best[0], area), tied_with(best));
}

std::string energy_sentence(const View& view) {
  const Rows best = best_of(view, energy);
  if (best.empty()) return missing_sentence(view, "Energy", energy);
  std::string text = fmt::format("<b>Energy:</b> {} takes the least per MAC with glitches, {}\u202fpJ{}{}", mac_name(best[0]->mac),
                                 significant(*value(best[0], energy)), against_baselines(view, best[0], energy), tied_with(best));
  const Rows quiet = best_of(view, settled);
  if (quiet.empty()) return text + ".";
  if (contains(best, quiet[0])) return text + fmt::format("; counting settled transitions alone leaves {} first.", mac_name(quiet[0]->mac));
  return text + fmt::format("; counting settled transitions alone, {} would come first{}.", mac_name(quiet[0]->mac),
                            against_baselines(view, quiet[0], settled));
}

/// The candidates that have all the metrics and that no other one beats.
Rows front(const View& view, const std::vector<std::string>& metrics) {
  Rows rows;
  for (const ResultRow* row : view.candidates())
    if (std::all_of(metrics.begin(), metrics.end(), [&](const std::string& name) { return value(row, name).has_value(); }))
      rows.push_back(row);
  std::vector<sweep::Criterion> criteria;
  for (const std::string& metric : metrics)
    criteria.push_back([&rows, metric](std::size_t i, std::size_t j) { return compare(rows[i], rows[j], metric).order; });
  Rows chosen;
  for (const std::size_t i : sweep::pareto_front(rows.size(), criteria)) chosen.push_back(rows[i]);
  return chosen;
}

std::string fronts_sentence(const View& view) {
  const Rows by_area = front(view, {accuracy, area});
  const Rows by_energy = front(view, {accuracy, energy});
  if (by_area.empty() && by_energy.empty()) return "";
  std::vector<std::string> parts;
  if (!by_area.empty()) parts.push_back("of KL and area, " + mac_names(by_area));
  if (!by_energy.empty()) parts.push_back("of KL and energy, " + mac_names(by_energy));
  return "<b>On the Pareto front</b> " + joined(parts, "and") + ".";
}

std::string headline(const View& view) {
  const std::array<Rows, 3> best{best_of(view, accuracy), best_of(view, area), best_of(view, energy)};
  for (const ResultRow* row : view.candidates())
    if (std::all_of(best.begin(), best.end(), [&](const Rows& rows) { return contains(rows, row); }))
      return fmt::format("{} is best, or ties with the best, in accuracy, area and energy at once.", mac_name(row->mac));

  std::vector<std::string> measured;
  for (const char* metric : {accuracy, area, energy})
    if (!best_of(view, metric).empty()) measured.emplace_back(metric);
  const Rows chosen = front(view, measured);
  if (measured.size() < 2 || chosen.empty())
    return "Too little was measured for a recommendation: a comparison needs an accuracy and a cost.";
  if (chosen.size() == 1)
    return fmt::format("{} is Pareto-best: every other 8-bit MAC is beaten by it on what was measured.", mac_name(chosen[0]->mac));
  Rows beaten;
  for (const ResultRow* row : view.candidates())
    if (!contains(chosen, row)) beaten.push_back(row);
  std::string text = fmt::format("No MAC wins on every count: {} are the Pareto-best choices", mac_names(chosen));
  if (beaten.empty()) return text + ", each the best at something.";
  return text + fmt::format("; {} {} beaten by at least one of them.", mac_names(beaten), beaten.size() == 1 ? "is" : "are");
}

}  // namespace

std::vector<const ResultRow*> best_of(const View& view, const std::string& metric) {
  const ResultRow* least = nullptr;
  for (const ResultRow* row : view.candidates())
    if (value(row, metric) && (least == nullptr || *value(row, metric) < *value(least, metric))) least = row;
  if (least == nullptr) return {};
  Rows best{least};
  for (const ResultRow* row : view.candidates())
    if (row != least && compare(row, least, metric).order == Order::tie) best.push_back(row);
  return best;
}

Answer answer(const View& view) {
  Answer result{headline(view), {accuracy_sentence(view), area_sentence(view), energy_sentence(view)}};
  const std::string fronts = fronts_sentence(view);
  if (!fronts.empty()) result.sentences.push_back(fronts);
  return result;
}

}  // namespace macroscope::reports
