// SPDX-License-Identifier: Apache-2.0
#include "reports/page.hpp"

#include <fmt/format.h>

#include <map>

#include "reports/html.hpp"
#include "reports/number.hpp"
#include "reports/prose.hpp"
#include "reports/svg_theme.hpp"
#include "reports/verdict.hpp"
#include "reports/window_finding.hpp"

namespace macroscope::reports {
namespace {

/// Leaves of a JSON value as "a.b.c" and text, in order.
void flatten(const nlohmann::json& value, const std::string& path, std::vector<std::pair<std::string, std::string>>& leaves) {
  if (value.is_object() && !value.empty()) {
    for (const auto& item : value.items()) flatten(item.value(), path.empty() ? item.key() : path + "." + item.key(), leaves);
    return;
  }
  leaves.emplace_back(path, value.is_string() ? value.get<std::string>() : value.dump());
}

std::string definition_list(const nlohmann::json& json) {
  std::vector<std::pair<std::string, std::string>> leaves;
  flatten(json, "", leaves);
  std::string items;
  for (const auto& [name, text] : leaves)
    if (!text.empty()) items += element("dt", escaped(name)) + element("dd", escaped(text));
  return element("dl", items, "class=\"provenance\"");
}

/// How each metric was measured, in the words of the rows; metrics of one method share a line.
std::string methods_list(const ResultSet& results) {
  std::map<std::string, std::map<std::string, bool>> metrics_of;
  for (const ResultRow& row : results.rows)
    for (const auto& [name, metric] : row.metrics)
      if (metric.value && !metric.method.empty()) metrics_of[metric.method][name.substr(0, name.find('/'))] = true;
  std::string items;
  for (const auto& [method, metrics] : metrics_of) {
    std::vector<std::string> names;
    for (const auto& entry : metrics) names.push_back(element("code", escaped(entry.first)));
    items += element("dt", joined(names)) + element("dd", escaped(method));
  }
  return items.empty() ? "" : element("details", element("summary", "How each metric was measured") + element("dl", items, "class=\"provenance\""));
}

std::string specs_list(const ResultSet& results) {
  std::string blocks;
  std::map<std::string, bool> seen;
  for (const ResultRow& row : results.rows)
    if (!row.spec.is_null() && !std::exchange(seen[row.mac], true)) blocks += element("pre", escaped(row.spec.dump(2)));
  return blocks.empty() ? "" : element("details", element("summary", "Canonical specs") + blocks);
}

std::string stimuli_list(const ResultSet& results) {
  std::map<std::string, std::vector<std::string>> macs_of;
  for (const ResultRow& row : results.rows) {
    auto& macs = macs_of[row.stimulus];
    if (!row.stimulus.empty() && std::find(macs.begin(), macs.end(), mac_name(row.mac)) == macs.end()) macs.push_back(mac_name(row.mac));
  }
  macs_of.erase("");
  std::string items;
  for (const auto& [stimulus, macs] : macs_of) items += element("dt", "stimulus of " + joined(macs)) + element("dd", escaped(stimulus));
  return items.empty() ? "" : element("dl", items, "class=\"provenance\"");
}

}  // namespace

std::string figure_html(const Figure& figure, const std::string& css_class) {
  return element("figure", element("h3", escaped(figure.title)) + inline_svg(figure.svg) + element("figcaption", figure.caption),
                 fmt::format("id=\"{}\"{}", figure.id, css_class.empty() ? "" : " class=\"" + css_class + "\""));
}

std::string figure_grid(const std::vector<Figure>& figures) {
  std::string all;
  for (const Figure& figure : figures) all += figure_html(figure);
  return all.empty() ? "" : element("div", all, "class=\"figures\"");
}

std::string window_section(const ReportInput& input, const std::vector<Figure>& figures) {
  std::string body = element("h2", "What the alignment window buys");
  if (!input.window_sweep)
    return body + element("p", "No rows of the window sweep are stored; <code>macroscope sweep configs/sweeps/fp8-window.yaml</code> makes them.");
  body += element("p", "An FP8 unit keeps only the bits of each product that lie within a window below the largest exponent of its group, and drops "
                       "the rest. The window is a free choice that papers seldom state.");
  if (!input.stale_inputs.empty()) {
    std::vector<std::string> names;
    for (const std::string& name : input.stale_inputs) names.push_back(element("code", escaped(name)));
    body += element("p", fmt::format("These stored rows are <strong>stale</strong>: they were measured with another {}. Run <code>macroscope sweep "
                                     "configs/sweeps/fp8-window.yaml</code> to renew them.", joined(names)), "class=\"stale\"");
  }
  const std::string finding = window_finding(*input.window_sweep);
  return body + (finding.empty() ? "" : element("p", finding)) + figure_grid(figures);
}

std::string reading_section(const View& view) {
  const std::string lanes = view.rows().empty() ? "32" : fmt::format("{}", view.rows().front()->spec.value("/dot/lanes"_json_pointer, 32));
  return element("h2", "How to read it") +
         element("ul",
                 element("li", "<b>A MAC</b> here is a unit of " + lanes + " products, their sum and the addition to a running partial sum. Area is of one unit, energy of one of its products.") +
                     element("li", "<b>mean KL</b>: how far the next-token distribution is from FP32's, in thousandths of a nat (mnat), averaged over "
                                   "positions. Differences between MACs are taken token by token; ± is a 95 % confidence interval.") +
                     element("li", fmt::format("<b>A tie</b> is a difference below the method's own error: {:.0f} % for area, time and energy (two equally good "
                                               "synthesis scripts differ by as much), the paired 95 % interval for accuracy.", 100 * hardware_error)) +
                     element("li", "<b>Settled</b> energy counts each net's change from cycle to cycle once; <b>with glitches</b> adds the transitions before it settles, "
                                   "with the delays of the cells. Wires, clock tree and layout are left out: absolute figures are lower bounds, ratios are the result.") +
                     element("li", "<b>mx</b> formats share a power-of-two scale among 32 elements, by OCP's rule (<code>floor</code>) unless the name ends in "
                                   "<code>_ceil</code>; the others have one FP32 scale per token and per output channel. <b>w14</b> is a 14-bit alignment window, "
                                   "<b>exact</b> a fixed-point accumulator that loses nothing.") +
                     element("li", "<b>Joules per token</b> are of the MAC array alone, idle cycles included, without memory traffic."),
                 "");
}

std::string provenance_section(const ReportInput& input) {
  std::string body = element("h2", "Where the numbers come from") + definition_list(input.results.provenance) + stimuli_list(input.results) +
                     methods_list(input.results) + specs_list(input.results);
  std::string citations;
  for (const PublishedSource& source : input.published.sources)
    citations += element("li", escaped(source.citation) + ". " + element("span", "Method: " + escaped(source.method) + ".", "class=\"facts\""));
  return body + element("h3", "Published figures") + element("ol", citations, "class=\"plain\"");
}

std::string document(const std::string& title, const std::string& body) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n" +
         element("title", escaped(title)) + "\n" + element("style", std::string(style_sheet) + svg_rules()) + "\n</head>\n<body>\n" + body +
         "\n</body>\n</html>\n";
}

}  // namespace macroscope::reports
