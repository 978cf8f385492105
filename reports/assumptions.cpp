// SPDX-License-Identifier: Apache-2.0
#include "reports/assumptions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/html.hpp"
#include "reports/number.hpp"
#include "reports/prose.hpp"
#include "reports/verdict.hpp"

namespace macroscope::reports {
namespace {

constexpr const char* glitch = "energy_per_mac_glitch";
constexpr const char* settled = "energy_per_mac_settled";

Assumption not_varied(const std::string& name, const std::string& why) { return {name, why, false, Effect::none}; }

std::string metric_word(const std::string& metric) {
  if (metric == "area") return "area";
  if (metric == "kl") return "mean KL";
  return metric == settled ? "settled energy per MAC" : "energy per MAC with glitches";
}

/// "1 stage", "4 stages".
std::string stages_text(double stages) { return fmt::format("{:.0f} stage{}", stages, stages == 1.0 ? "" : "s"); }

/// Two presets that differ in one field, both ranked against a third.
struct Pair {
  const ResultRow* before;
  const ResultRow* after;
  const ResultRow* rival;
};

struct Told {
  std::string text;
  Effect effect = Effect::none;
};

/// Registers stop glitches, so a change of depth is a cause of its own: " (at 4 stages, then 2: …)"; nothing when equal.
std::string stages_aside(const ResultRow* before, const ResultRow* after) {
  const auto first = value(before, "pipeline_stages");
  const auto then = value(after, "pipeline_stages");
  if (!first || !then || *first == *then) return "";
  return fmt::format(" (at {}, then at {}, which the common clock asks for: registers stop glitches, so this is the pipeline as "
                     "much as the change)", stages_text(*first), stages_text(*then));
}

/// "area goes from 1.18× to 0.92× int8"; says when that changes the ranking.
Told told_ranking(const Pair& pair, const std::string& metric) {
  const Verdict before = compare(pair.before, pair.rival, metric);
  const Verdict after = compare(pair.after, pair.rival, metric);
  if (!before.ratio || !after.ratio) return {};
  Told told;
  told.effect = effect_of(before.order, after.order);
  told.text = fmt::format("{} goes from {} to {} {}", metric_word(metric), times(*before.ratio), times(*after.ratio),
                          mac_name(pair.rival->mac));
  if (metric == glitch) told.text += stages_aside(pair.before, pair.after);
  if (told.effect != Effect::none)
    told.text += fmt::format(", so FP8 first {} {} and then {} it", relation(before.order, metric), mac_name(pair.rival->mac),
                             relation(after.order, metric));
  return told;
}

/// "KL changes from a to b (a tie)".
std::string told_kl(const ResultRow* before, const ResultRow* after) {
  const Verdict change = compare(after, before, "kl");
  if (!change.difference) return "";
  return fmt::format("mean KL goes from {} to {}{}", accuracy_text(*before, "kl"), accuracy_text(*after, "kl"),
                     change.order == Order::tie ? ", a tie" : fmt::format(", {}", times(*change.ratio)));
}

std::string conclusion(Effect effect, const std::string& against) {
  switch (effect) {
    case Effect::none: return fmt::format("No ranking {} depends on it.", against);
    case Effect::tie: return fmt::format("<strong>It decides whether there is a difference {} at all.</strong>", against);
    case Effect::reversal: return fmt::format("<strong>It reverses a ranking {}.</strong>", against);
  }
  return "";
}

/// FP8 before and after one change, in area, energy and KL.
Assumption fp8_change(const std::string& name, const std::string& what, const Pair& pair, const std::string& why_missing) {
  if (pair.before == nullptr || pair.after == nullptr || pair.rival == nullptr) return not_varied(name, why_missing);
  std::vector<std::string> parts;
  Effect effect = Effect::none;
  for (const char* metric : {"area", settled, glitch}) {
    const Told told = told_ranking(pair, metric);
    if (told.text.empty()) continue;
    parts.push_back(told.text);
    effect = std::max(effect, told.effect);
  }
  const std::string kl = told_kl(pair.before, pair.after);
  if (!kl.empty()) parts.push_back(kl);
  if (parts.empty()) return not_varied(name, why_missing);
  std::string text = what + ": " + parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) text += "; " + parts[i];
  return {name, text + ". " + conclusion(effect, "against INT8"), true, effect};
}

int window_of(const ResultRow* row) { return row == nullptr ? 0 : row->spec.value("/dot/window"_json_pointer, 0); }

Assumption window(const View& view) {
  const Pair pair{view.find("fp8_e4m3"), view.find("fp8_e4m3_w14"), view.find("int8")};
  return fp8_change("Alignment window",
                    fmt::format("From {} to {} bits", window_of(pair.before), window_of(pair.after)), pair,
                    "The rows hold no FP8 at two windows beside INT8.");
}

Assumption accumulator(const View& view) {
  const Pair pair{view.find("fp8_e4m3"), view.find("fp8_e4m3_exact"), view.find("int8")};
  return fp8_change("Accumulator", "From an aligned sum into FP32 to an exact fixed-point (Kulisch) register", pair,
                    "The rows hold no FP8 with two accumulators beside INT8.");
}

/// The order of MXINT8 against MXFP8 under one rule, and the change of each from floor to ceil.
Assumption scale_rule(const View& view) {
  const ResultRow* int_floor = view.find("mxint8");
  const ResultRow* int_ceil = view.find("mxint8_ceil");
  const ResultRow* fp_floor = view.find("mxfp8_e4m3");
  const ResultRow* fp_ceil = view.find("mxfp8_e4m3_ceil");
  const Verdict floor = compare(int_floor, fp_floor, "kl");
  const Verdict ceil = compare(int_ceil, fp_ceil, "kl");
  if (!floor.ratio || !ceil.ratio)
    return not_varied("Scale rule", "The rows hold no MXINT8 and MXFP8 under both rules with a KL.");
  const Effect effect = effect_of(floor.order, ceil.order);
  std::string text = fmt::format(
      "From OCP's rule (floor) to that of arXiv 2510.25602 (ceil): MXINT8's {}; MXFP8's {}. MXINT8 {} MXFP8 under floor ({})",
      told_kl(int_floor, int_ceil), told_kl(fp_floor, fp_ceil), relation(floor.order, "kl"), times(*floor.ratio));
  text += effect == Effect::none ? fmt::format(", and so it does under ceil ({}). ", times(*ceil.ratio))
                                 : fmt::format(" and {} it under ceil ({}). ", relation(ceil.order, "kl"), times(*ceil.ratio));
  return {"Scale rule", text + conclusion(effect, "between the two"), true, effect};
}

std::optional<double> logic_ratio(const ResultRow* row, const ResultRow* base) {
  const auto area = value(row, "area");
  const auto flipflops = value(row, "area_flipflops");
  const auto base_area = value(base, "area");
  const auto base_flipflops = value(base, "area_flipflops");
  if (!area || !flipflops || !base_area || !base_flipflops || *base_area <= *base_flipflops) return std::nullopt;
  return (*area - *flipflops) / (*base_area - *base_flipflops);
}

Order hardware_order(double ratio) {
  if (is_hardware_tie(ratio)) return Order::tie;
  return ratio < 1.0 ? Order::less : Order::greater;
}

/// How much glitches add at each depth: " Registers also stop glitches, which multiply settled energy by 2.40 (int8, 1 stage) …".
std::string glitch_factors(const View& view) {
  std::vector<std::string> parts;
  for (const char* name : {"int8", "fp8_e4m3", "fp8_e4m3_w14", "fp8_e4m3_exact", "mxint8", "mxfp8_e4m3"}) {
    const ResultRow* row = view.find(name);
    const auto quiet = value(row, settled), noisy = value(row, glitch), stages = value(row, "pipeline_stages");
    if (quiet && noisy && stages && *quiet > 0)
      parts.push_back(fmt::format("{:.2f} ({}, {})", *noisy / *quiet, mac_name(name), stages_text(*stages)));
  }
  return parts.empty() ? "" : fmt::format(" Registers also stop glitches, which multiply settled energy by {}.", joined(parts));
}

Assumption pipelining(const View& view) {
  const ResultRow* base = view.find("int8");
  std::vector<std::string> parts;
  Effect effect = Effect::none;
  for (const char* name : {"fp8_e4m3", "mxint8", "mxfp8_e4m3"}) {
    const ResultRow* row = view.find(name);
    const auto whole = ratio(row, base, "area");
    const auto logic = logic_ratio(row, base);
    if (!whole || !logic) continue;
    const auto stages = value(row, "pipeline_stages");
    parts.push_back(fmt::format("{} {} with registers, {} without{}", mac_name(name), times(*whole), times(*logic),
                                stages ? fmt::format(" ({})", stages_text(*stages)) : ""));
    effect = std::max(effect, effect_of(hardware_order(*whole), hardware_order(*logic)));
  }
  if (parts.empty()) return not_varied("Pipelining", "The rows hold no flip-flop area beside INT8's.");
  const auto stages = value(base, "pipeline_stages");
  std::string text = fmt::format("Units are pipelined to one clock{}. Area over INT8's: {}. ",
                                 stages ? fmt::format(" (INT8: {})", stages_text(*stages)) : "", joined(parts));
  return {"Pipelining", text + conclusion(effect, "against INT8") + glitch_factors(view), true, effect};
}

Assumption glitches(const View& view) {
  const ResultRow* base = view.find("int8");
  std::vector<std::string> parts;
  Effect effect = Effect::none;
  for (const char* name : {"fp8_e4m3", "fp8_e4m3_w14", "mxint8", "mxfp8_e4m3"}) {
    const ResultRow* row = view.find(name);
    const auto quiet = ratio(row, base, settled);
    const auto noisy = ratio(row, base, glitch);
    if (!quiet || !noisy) continue;
    parts.push_back(fmt::format("{} {} settled, {} with glitches", mac_name(name), times(*quiet), times(*noisy)));
    effect = std::max(effect, effect_of(hardware_order(*quiet), hardware_order(*noisy)));
  }
  if (parts.empty()) return not_varied("Glitches", "The rows hold no energy with and without glitches beside INT8's.");
  const auto own = value(base, settled) && value(base, glitch) ? std::optional(*value(base, glitch) / *value(base, settled)) : std::nullopt;
  std::string text = fmt::format("Energy over INT8's: {}{}. ", joined(parts),
                                 own ? fmt::format(" (glitches multiply INT8's own energy by {:.2f})", *own) : "");
  return {"Glitches", text + conclusion(effect, "against INT8"), true, effect};
}

Assumption stimulus(const View& view) {
  const ResultRow* base = view.find("int8");
  if (base == nullptr || base->stimulus.empty() || !value(base, settled))
    return not_varied("Stimulus", "The rows hold no energy with a recorded stimulus.");
  return {"Stimulus",
          fmt::format("Energies are of operands recorded from a model ({}), one weight vector held while tokens stream; published "
                      "models assume one toggle rate for every cell. Not varied here.", escaped(base->stimulus)),
          false, Effect::none};
}

}  // namespace

Effect effect_of(Order before, Order after) {
  if (before == after || before == Order::unknown || after == Order::unknown) return Effect::none;
  return before == Order::tie || after == Order::tie ? Effect::tie : Effect::reversal;
}

std::vector<Assumption> assumptions(const View& view) {
  return {window(view), accumulator(view), scale_rule(view), pipelining(view), glitches(view), stimulus(view)};
}

}  // namespace macroscope::reports
