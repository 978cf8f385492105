// SPDX-License-Identifier: Apache-2.0
// The whole page: well formed, self-contained, and nothing measured is missing from it.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "formats/input_error.hpp"
#include "reports/report.hpp"
#include "tests/reports/made_up_results.hpp"

namespace macroscope::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

ReportInput made_up_input(const std::map<std::string, test::Figures>& figures) {
  ReportInput input;
  input.results = test::made_up_results(figures);
  input.published = load_published(MACROSCOPE_SOURCE_DIR "/reports/published/int-versus-fp.yaml");
  sweep::StoredSweep sweep{"fp8-window", {{"rtl", "aa"}}, {}, {}};
  for (int window = 4; window <= 24; ++window) {
    ResultRow row = test::made_up_row("fp8_e4m3", {0.01 / window, 100.0 * window, 10, 1.0 * window, 2.0 * window});
    sweep.points.push_back({sweep.points.size(), {{"base", "fp8_e4m3"}, {"dot.window", window}}, "", row});
  }
  input.window_sweep = sweep;
  return input;
}

const Report& page() {
  static const Report report = make_report(made_up_input(test::integers_win()));
  return report;
}

/// Checks that every element that is opened is closed in order; `<meta>` and `<br>` need no end.
std::string first_unbalanced(const std::string& html) {
  static const std::set<std::string> no_end{"meta", "br", "!doctype", "link", "img"};
  static const std::regex tag(R"(<(/?)([!a-zA-Z][a-zA-Z0-9]*)(?:"[^"]*"|'[^']*'|[^'">])*?(/?)>)");
  const std::string without_style = std::regex_replace(html, std::regex("<style>[^<]*</style>"), "");
  std::vector<std::string> open;
  for (std::sregex_iterator match(without_style.begin(), without_style.end(), tag), end; match != end; ++match) {
    const std::string name = (*match)[2];
    if (no_end.count(name) > 0 || (*match)[3].length() > 0) continue;
    if ((*match)[1].length() == 0) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back() + " is never closed";
}

TEST(Page, IsWellFormed) { EXPECT_EQ(first_unbalanced(page().html), ""); }

/// The first tag that has an attribute twice: browsers forgive that in HTML, an SVG file with it is not shown.
std::string first_repeated_attribute(const std::string& markup) {
  static const std::regex tag(R"(<[a-zA-Z](?:"[^"]*"|'[^']*'|[^'">])*>)"), attribute(R"re(\s([a-zA-Z:-]+)\s*=\s*(?:"[^"]*"|'[^']*'))re");
  for (std::sregex_iterator match(markup.begin(), markup.end(), tag), end; match != end; ++match) {
    const std::string text = match->str();
    std::set<std::string> seen;
    for (std::sregex_iterator name(text.begin(), text.end(), attribute); name != end; ++name)
      if (!seen.insert((*name)[1]).second) return text;
  }
  return "";
}

TEST(Page, PicturesAreWellFormedOnTheirOwn) {
  for (const Figure& figure : page().figures) {
    EXPECT_EQ(first_repeated_attribute(figure.svg), "") << figure.id;
    EXPECT_EQ(first_unbalanced(figure.svg), "") << figure.id;
  }
}

TEST(Page, NoTagHasAnAttributeTwice) { EXPECT_EQ(first_repeated_attribute(page().html), ""); }

TEST(Page, FetchesNothing) {
  EXPECT_THAT(page().html, Not(HasSubstr("http://")));
  EXPECT_THAT(page().html, Not(HasSubstr("https://")));
  EXPECT_THAT(page().html, Not(HasSubstr("<script")));
  EXPECT_THAT(page().html, Not(HasSubstr("@import")));
  EXPECT_THAT(page().html, Not(HasSubstr("url(")));
}

TEST(Page, IdsAreUniqueAndReferencesHaveTheirTarget) {
  const std::string& html = page().html;
  static const std::regex id(R"re(\bid="([^"]+)")re"), reference(R"re(href="#([^"]+)")re");
  std::set<std::string> ids;
  for (std::sregex_iterator match(html.begin(), html.end(), id), end; match != end; ++match)
    EXPECT_TRUE(ids.insert((*match)[1]).second) << (*match)[1];
  for (std::sregex_iterator match(html.begin(), html.end(), reference), end; match != end; ++match)
    EXPECT_EQ(ids.count((*match)[1]), 1U) << (*match)[1];
}

TEST(Page, EveryMacHasEveryMetricOfTheComparison) {
  const std::string& html = page().html;
  for (const char* metric : {"perplexity", "kl", "kl_top25", "top1_agreement", "sqnr", "area", "area_nand2", "area_flipflops", "critical_path", "clock",
                             "pipeline_stages", "energy_per_mac_settled", "energy_per_mac_glitch", "prefill_cycles", "prefill_utilization",
                             "prefill_energy_per_token", "decode_cycles", "decode_utilization", "decode_energy_per_token"}) {
    const std::string cell = std::string("data-metric=\"") + metric + "\"";
    std::size_t count = 0;
    for (std::size_t at = html.find(cell); at != std::string::npos; at = html.find(cell, at + 1)) ++count;
    EXPECT_GE(count, 9U) << metric;
  }
}

TEST(Page, AMetricThatWasNotMeasuredIsADashWithItsReason) {
  ReportInput input = made_up_input(test::integers_win());
  for (ResultRow& row : input.results.rows) row.metrics["energy_per_mac_glitch"] = Metric::missing("pJ", "this library has no power tables");
  const std::string html = make_report(input).html;
  EXPECT_THAT(html, HasSubstr("<td data-metric=\"energy_per_mac_glitch\">—<sup>1</sup></td>"));
  EXPECT_THAT(html, HasSubstr("<li>this library has no power tables</li>"));
}

TEST(Page, PrintsTheCitationOfEveryPublishedFigure) {
  for (const char* paper : {"arXiv 2510.25602", "arXiv 2303.17951", "arXiv 2302.08007"}) EXPECT_THAT(page().html, HasSubstr(paper));
}

TEST(Page, MarksAStaleSweepAndNamesWhatChanged) {
  ReportInput input = made_up_input(test::integers_win());
  EXPECT_THAT(make_report(input).html, Not(HasSubstr("class=\"stale\"")));
  input.stale_inputs = {"rtl"};
  EXPECT_THAT(make_report(input).html, HasSubstr("with another <code>rtl</code>"));
}

TEST(Page, NotesOfTheResultsStandBelowTheTitle) {
  ReportInput input = made_up_input(test::integers_win());
  input.results.provenance["notes"] = {"The weights of toy arrived quantized (Q4_1)."};
  EXPECT_THAT(make_report(input).html, HasSubstr("arrived quantized (Q4_1)"));
}

TEST(Page, TextFromOutsideIsEscaped) {
  ReportInput input = made_up_input(test::integers_win());
  for (ResultRow& row : input.results.rows) row.workload = "<b>&\"model\"";
  const std::string html = make_report(input).html;
  EXPECT_THAT(html, HasSubstr("&lt;b&gt;&amp;&quot;model&quot;"));
  EXPECT_EQ(first_unbalanced(html), "");
}

TEST(Page, HasPicturesOfAccuracyAgainstCostWindowSqnrAndPublishedRatios) {
  std::set<std::string> ids;
  for (const Figure& figure : page().figures) ids.insert(figure.id);
  for (const char* id : {"pareto-kl-area", "pareto-kl-energy", "pareto-perplexity-area", "pareto-perplexity-energy", "area", "energy-glitches",
                         "sqnr-by-layer", "published", "window-kl", "window-perplexity", "window-area", "window-energy"})
    EXPECT_EQ(ids.count(id), 1U) << id;
}

TEST(Page, WorkloadsEachHaveTheirSection) {
  ReportInput input = made_up_input(test::integers_win());
  for (const ResultRow& row : test::made_up_results(test::floats_win()).rows) {
    input.results.rows.push_back(row);
    input.results.rows.back().workload = "second model";
  }
  const Report report = make_report(input);
  EXPECT_THAT(report.html, HasSubstr("The same on second model"));
  std::set<std::string> ids;
  for (const Figure& figure : report.figures) EXPECT_TRUE(ids.insert(figure.id).second) << figure.id;
  EXPECT_EQ(first_unbalanced(report.html), "");
}

TEST(Page, WithoutRowsIsRefused) { EXPECT_THROW(make_report({}), InputError); }

TEST(Report, ItsFilesAreAllThereAndTheRowsComeBack) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / ("report-" + std::to_string(getpid()));
  const ReportInput input = made_up_input(test::integers_win());
  write_report(input, folder);
  for (const char* name : {"report.html", "results.csv", "pareto-kl-area.svg"}) EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  std::ifstream in(folder / "results.json");
  EXPECT_EQ(to_json(result_set_from_json(nlohmann::json::parse(in), "results.json")), to_json(input.results));
  for (const auto& entry : std::filesystem::directory_iterator(folder)) EXPECT_NE(entry.path().extension(), ".tmp");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace macroscope::reports
