// SPDX-License-Identifier: Apache-2.0
#include "reports/report.hpp"

#include <fmt/format.h>

#include "formats/atomic_file.hpp"
#include "formats/input_error.hpp"
#include "reports/agreement.hpp"
#include "reports/answer.hpp"
#include "reports/assumptions.hpp"
#include "reports/csv.hpp"
#include "reports/figures.hpp"
#include "reports/html.hpp"
#include "reports/number.hpp"
#include "reports/page.hpp"
#include "reports/prose.hpp"
#include "reports/tables.hpp"

namespace macroscope::reports {
namespace {

constexpr const char* glitch = "energy_per_mac_glitch";

void keep(std::vector<Figure>& figures, std::optional<Figure> figure) {
  if (figure) figures.push_back(std::move(*figure));
}

/// Makes ids unique when a report has several views.
void rename(std::vector<Figure>& figures, std::size_t view) {
  if (view == 0) return;
  for (Figure& figure : figures) {
    const std::string id = fmt::format("{}-{}", figure.id, view + 1);
    std::string renamed;
    for (std::size_t at = 0; at < figure.svg.size();) {  // ids and the references to them have the old id as a prefix
      const bool reference = figure.svg.compare(at, figure.id.size() + 2, "\"" + figure.id + "-") == 0 ||
                             figure.svg.compare(at, figure.id.size() + 2, "#" + figure.id + "-") == 0;
      if (reference) {
        renamed += figure.svg[at] + id;
        at += 1 + figure.id.size();
      } else {
        renamed += figure.svg[at++];
      }
    }
    figure.svg = std::move(renamed);
    figure.id = id;
  }
}

std::string colour_key() {
  return "<div class=\"key\"><span><i class=\"dot b-integer\"></i>integer elements</span><span><i class=\"dot b-floating\"></i>floating-point "
         "elements</span><span><i class=\"dot b-baseline\"></i>today's baseline</span></div>";
}

std::string answer_section(const View& view) {
  const Answer found = answer(view);
  std::string items;
  for (const std::string& sentence : found.sentences) items += element("li", sentence);
  return element("section", element("p", found.headline) + element("ul", items), "class=\"answer\"");
}

const char* effect_tag(const Assumption& assumption) {
  if (!assumption.measured) return "";
  switch (assumption.effect) {
    case Effect::none: return "<span class=\"tag\">ranking stays</span>";
    case Effect::tie: return "<span class=\"tag flips\">makes or breaks a tie</span>";
    case Effect::reversal: return "<span class=\"tag flips\">reverses a ranking</span>";
  }
  return "";
}

std::string assumptions_section(const View& view) {
  std::string items;
  std::vector<std::string> deciding;
  for (const Assumption& assumption : assumptions(view)) {
    items += element("dt", assumption.name + effect_tag(assumption)) + element("dd", assumption.finding);
    if (assumption.effect == Effect::reversal) deciding.push_back(assumption.name);
  }
  const std::string lead = deciding.empty() ? "None of the assumptions varied here reverses who comes first."
                                            : fmt::format("Reversed by a choice that papers seldom state: {}.", joined(deciding));
  return element("h2", "Which assumption decides") + element("p", lead) + element("dl", items, "class=\"findings\"");
}

std::string published_section(const Published& published, const View& view, std::vector<Figure>& figures) {
  const std::vector<Agreement> found = agreements(published, view);
  std::string body = element("h2", "Beside published figures");
  body += agreement_prose(found, view);
  std::optional<Figure> figure = agreement_figure(found);
  if (figure) body += figure_html(*figure, "alone");
  keep(figures, std::move(figure));
  return body + element("div", agreement_table(found), "class=\"words\"") +
         element("h3", "Direct casting: language models of others beside ours") +
         element("p", "Other models and other text: only the order and the ratios can be compared.") + direct_cast_table(published, view);
}

std::string measured_section(const View& view, std::vector<Figure>& figures, std::size_t index) {
  std::vector<Figure> fronts, costs, layers;
  for (const char* accuracy : {"kl", "perplexity"})
    for (const char* cost : {"area", glitch}) keep(fronts, pareto_figure(view, accuracy, cost));
  keep(costs, area_figure(view));
  keep(costs, glitch_figure(view));
  keep(layers, sqnr_figure(view));
  for (auto* group : {&fronts, &costs, &layers}) rename(*group, index);

  std::string body;
  if (!fronts.empty()) body += element("h2", "Accuracy against cost") + colour_key() + figure_grid(fronts);
  body += element("h2", "Side by side") + element("h3", "Accuracy") + accuracy_table(view) + element("h3", "Hardware") + hardware_table(view) +
          element("h3", "In a systolic array") + system_table(view) +
          element("p", "Small figures: ratio to <code>int8</code> unless marked ±; “tie” where the difference is below the method's error.", "class=\"facts\"");
  const std::string components = component_table(view);
  if (!components.empty()) body += element("h3", "Where the area goes") + components;
  body += figure_grid(costs);
  const std::string heat = sqnr_heat_table(view);
  if (!layers.empty() || !heat.empty()) {
    body += element("h2", "SQNR by layer");
    for (const Figure& figure : layers) body += figure_html(figure, "alone");
    body += heat.empty() ? "" : element("h3", "By kind of multiplication") + heat;
  }
  for (auto* group : {&fronts, &costs, &layers}) figures.insert(figures.end(), group->begin(), group->end());
  return body;
}

std::string header(const ReportInput& input, const View& view) {
  std::string facts = "language model " + element("b", escaped(view.workload().empty() ? "—" : view.workload())) + " · technology " +
                      element("b", escaped(view.technology().empty() ? "—" : view.technology()));
  const auto notes = input.results.provenance.value("notes", nlohmann::json::array());
  std::string warnings;
  for (const auto& note : notes) warnings += element("p", escaped(note.get<std::string>()), "class=\"facts\"");
  return element("p", "MACroscope · a comparison of MAC datapaths", "class=\"eyebrow\"") +
         element("h1", "Which number format gives the best accuracy per mm² and per joule?") + element("p", facts, "class=\"facts\"") + warnings;
}

}  // namespace

Report make_report(const ReportInput& input) {
  const std::vector<View> all = views(input.results);
  if (all.empty()) throw InputError("there are no result rows to report; run `macroscope compare` or give a results.json that has rows.");
  Report report;
  const View& main_view = all.front();
  std::string body = header(input, main_view) + answer_section(main_view) + measured_section(main_view, report.figures, 0) +
                     assumptions_section(main_view) + published_section(input.published, main_view, report.figures);
  std::vector<Figure> window = input.window_sweep ? window_figures(*input.window_sweep) : std::vector<Figure>{};
  body += window_section(input, window);
  report.figures.insert(report.figures.end(), window.begin(), window.end());
  for (std::size_t i = 1; i < all.size(); ++i)
    body += element("h2", fmt::format("The same on {}{}", escaped(all[i].workload()), all[i].technology().empty() ? "" : ", " + escaped(all[i].technology()))) +
            answer_section(all[i]) + measured_section(all[i], report.figures, i) + assumptions_section(all[i]);
  body += reading_section(main_view) + provenance_section(input) +
          element("footer", element("p", "The same rows: <a href=\"results.json\">results.json</a>, <a href=\"results.csv\">results.csv</a>."));
  report.html = document("MACroscope: " + main_view.workload(), body);
  return report;
}

void write_report(const ReportInput& input, const std::filesystem::path& folder) {
  const Report report = make_report(input);
  for (const Figure& figure : report.figures) write_file_atomically(folder / (figure.id + ".svg"), figure.svg);
  write_file_atomically(folder / "results.json", to_json(input.results).dump(1) + "\n");
  write_file_atomically(folder / "results.csv", to_csv(input.results));
  write_file_atomically(folder / "report.html", report.html);
}

}  // namespace macroscope::reports
