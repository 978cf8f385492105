// SPDX-License-Identifier: Apache-2.0
// Which assumption, changed to theirs, brings our ratio to a published one.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "reports/assumptions.hpp"
#include "reports/html.hpp"
#include "reports/number.hpp"
#include "reports/prose.hpp"
#include "reports/verdict.hpp"

namespace macroscope::reports {
namespace {

/// Presets that differ from a preset in one assumption.
struct Variant {
  const char* preset;
  const char* variant;
  const char* assumption;
};

constexpr Variant variants[] = {
    {"fp8_e4m3", "fp8_e4m3_w14", "a narrower alignment window"},
    {"fp8_e4m3", "fp8_e4m3_exact", "an exact accumulator"},
    {"fp8_e4m3_w14", "fp8_e4m3", "a wider alignment window"},
    {"fp8_e4m3_w14", "fp8_e4m3_exact", "an exact accumulator"},
};

std::string other_rule(const std::string& preset) {
  const std::string suffix = "_ceil";
  const bool ceil = preset.size() > suffix.size() && preset.compare(preset.size() - suffix.size(), suffix.size(), suffix) == 0;
  return ceil ? preset.substr(0, preset.size() - suffix.size()) : preset + suffix;
}

std::optional<double> logic(const ResultRow* row) {
  const auto area = value(row, "area");
  const auto flipflops = value(row, "area_flipflops");
  return area && flipflops ? std::optional(*area - *flipflops) : std::nullopt;
}

/// How far a ratio is from a published number or range, as a factor ≥ 1.
double gap(const PublishedRatio& published, double ours) {
  if (ours < published.low) return published.low / ours;
  return ours > published.high ? ours / published.high : 1.0;
}

std::string published_text(const PublishedRatio& published) {
  return published.is_range() ? fmt::format("{} to {}", times(published.low), times(published.high)) : times(published.low);
}

std::string quantity_word(const std::string& quantity) {
  if (quantity == "kl_top25") return "KL (25 largest logits)";
  return quantity == "kl" ? "KL" : quantity;
}

/// "area of fp8_e4m3 over int8 (van Baalen et al. 2023, FP8-E4 with an FP32 accumulator): 2.83× published, 1.18× here"
std::string told(const Agreement& agreement) {
  const PublishedRatio& published = agreement.published;
  std::string text = fmt::format("{} of {} over {} ({}, {}): {} published, {} here", quantity_word(published.quantity),
                                 mac_name(published.of), mac_name(published.to), escaped(agreement.source.short_name),
                                 escaped(published.where), published_text(published), times(*agreement.ours));
  if (agreement.settled) text += fmt::format(" with glitches and {} settled", times(*agreement.settled));
  return text;
}

/// What closes the gap, or that nothing we vary does.
std::string explanation(const Agreement& agreement, const View& view) {
  const double before = gap(agreement.published, *agreement.ours);
  const Alternative* best = nullptr;
  const std::vector<Alternative> tried = alternatives(agreement, view);
  for (const Alternative& alternative : tried)
    if (gap(agreement.published, alternative.ratio) < (best ? gap(agreement.published, best->ratio) : before)) best = &alternative;
  if (best != nullptr) {
    const double after = gap(agreement.published, best->ratio);
    const char* share = after <= 1.0 + hardware_error ? "explains it" : std::log(after) < 0.5 * std::log(before) ? "explains most of it" : "explains part of it";
    return fmt::format("{} {}: ours is then {}.", best->assumption, share, times(best->ratio));
  }
  if (agreement.published.quantity.rfind("kl", 0) == 0) return "Theirs is of another model and text.";
  if (tried.empty()) return "Nothing that these rows vary speaks to it.";
  std::vector<std::string> names;
  for (const Alternative& alternative : tried) names.push_back(fmt::format("{} ({})", alternative.assumption, times(alternative.ratio)));
  return fmt::format("Not explained by {}; what remains is how theirs was obtained.", joined(names, "or"));
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

struct Group {
  Match match;
  const char* heading;
};

constexpr Group group_headings[] = {
    {Match::agrees, "We agree, within the method's error"},
    {Match::same_direction, "The same format is ahead, by another factor"},
    {Match::we_tie, "They find a difference, we find a tie"},
    {Match::opposite, "We find the other format ahead"},
};

std::string group_html(const Group& group, const std::vector<const Agreement*>& members, const View& view) {
  std::string items;
  for (const Agreement* agreement : members) {
    std::string text = capitalised(told(*agreement)) + ".";
    if (group.match != Match::agrees) text += " " + capitalised(explanation(*agreement, view));
    items += element("li", text);
  }
  return element("p", element("b", group.heading) + ":") + element("ul", items);
}

/// How the figures of the sources that we do not agree with were obtained, once each.
std::string methods_html(const std::vector<Agreement>& agreements) {
  std::map<std::string, bool> seen;
  std::string items;
  for (const Agreement& agreement : agreements)
    if (agreement.ours && agreement.match != Match::agrees && !std::exchange(seen[agreement.source.id], true))
      items += element("li", element("b", escaped(agreement.source.short_name)) + ": " + escaped(agreement.source.method) + ".");
  return items.empty() ? "" : element("p", "How theirs were obtained:") + element("ul", items);
}

/// Energy with glitches depends on the number of register ranks: " at 2 stages instead of 4" where a variant has others.
std::string other_depth(const ResultRow* preset, const ResultRow* variant, const std::string& metric) {
  const auto own = value(preset, "pipeline_stages");
  const auto others = value(variant, "pipeline_stages");
  if (metric != "energy_per_mac_glitch" || !own || !others || *own == *others) return "";
  return fmt::format(" at {:.0f} stage{} instead of {:.0f}", *others, *others == 1.0 ? "" : "s", *own);
}

}  // namespace

std::vector<Alternative> alternatives(const Agreement& agreement, const View& view) {
  const PublishedRatio& published = agreement.published;
  const ResultRow* of = view.find(published.of);
  const ResultRow* to = view.find(published.to);
  std::vector<Alternative> found;
  const auto add = [&](const std::string& assumption, std::optional<double> ratio) {
    if (ratio && *ratio > 0) found.push_back({assumption, *ratio});
  };
  const bool cost = published.quantity == "area" || published.quantity == "energy";
  const std::string metric = published.quantity == "energy" ? "energy_per_mac_glitch" : published.quantity;
  if (published.quantity == "area" && logic(of) && logic(to) && *logic(to) > 0) add("leaving out flip-flops", *logic(of) / *logic(to));
  if (published.quantity == "energy") add("leaving out glitches", agreement.settled);
  if (cost)
    for (const Variant& variant : variants)
      if (published.of == variant.preset)
        add(std::string(variant.assumption) + other_depth(of, view.find(variant.variant), metric), ratio(view.find(variant.variant), to, metric));
  if (!cost) {
    const ResultRow* other_of = view.find(other_rule(published.of));
    const ResultRow* other_to = view.find(other_rule(published.to));
    add("the other scale rule", ratio(other_of, other_to, metric));
  }
  return found;
}

std::string agreement_prose(const std::vector<Agreement>& agreements, const View& view) {
  std::map<Match, std::vector<const Agreement*>> members;
  for (const Agreement& agreement : agreements) members[agreement.match].push_back(&agreement);
  std::string html;
  for (const Group& group : group_headings)
    if (!members[group.match].empty()) html += group_html(group, members[group.match], view);
  std::vector<std::string> missing;
  for (const Agreement* agreement : members[Match::not_measured])
    missing.push_back(fmt::format("{} of {} over {}", quantity_word(agreement->published.quantity), mac_name(agreement->published.of),
                                  mac_name(agreement->published.to)));
  if (!missing.empty()) html += element("p", "<b>Not measured here:</b> " + joined(missing) + ".");
  return html + methods_html(agreements);
}

}  // namespace macroscope::reports
