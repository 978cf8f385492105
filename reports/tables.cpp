// SPDX-License-Identifier: Apache-2.0
#include "reports/tables.hpp"

#include <fmt/format.h>

#include "reports/footnotes.hpp"
#include "reports/html.hpp"
#include "reports/number.hpp"
#include "reports/prose.hpp"
#include "reports/table_parts.hpp"
#include "reports/verdict.hpp"

namespace macroscope::reports {
namespace {

/// How the values of a column are written.
enum class Style { significant3, significant5, milli, percent, whole, prefixed };

/// What stands under a value.
enum class Aside { none, ratio, interval, difference };

struct Column {
  const char* metric;
  const char* header;
  const char* unit;
  Style style;
  Aside aside;
};

std::string written(double value, Style style, const std::string& unit) {
  switch (style) {
    case Style::significant3: return significant(value, 3);
    case Style::significant5: return significant(value, 5);
    case Style::milli: return significant(value * 1e3, 3);
    case Style::percent: return significant(value * 100.0, 3);
    case Style::whole: return whole(value);
    case Style::prefixed: return with_prefix(value, unit);
  }
  return "";
}

std::string interval(double ci95, Style style) { return significant(style == Style::milli ? ci95 * 1e3 : ci95, 2); }

const char* const tie_mark = " <abbr title=\"a tie: the difference is below the method's error\">tie</abbr>";

/// The paired difference to the base and its interval instead of the value itself.
std::string difference_text(const ResultRow& row, const ResultRow* base, const Column& column) {
  const Verdict verdict = compare(&row, base, column.metric);
  if (&row == base || !verdict.difference) return "—";
  const double scale = column.style == Style::milli ? 1e3 : 1.0;
  return (*verdict.difference > 0 ? "+" : "") + significant(*verdict.difference * scale, 3) +
         small((verdict.ci95 ? "± " + interval(*verdict.ci95, column.style) : "") + (verdict.order == Order::tie ? tie_mark : ""));
}

std::string aside(const ResultRow& row, const ResultRow* base, const Column& column) {
  const Metric& metric = row.metrics.at(column.metric);
  if (column.aside == Aside::interval) return metric.ci95 ? small("± " + interval(*metric.ci95, column.style)) : "";
  if (column.aside == Aside::none || base == nullptr || &row == base) return "";
  const Verdict verdict = compare(&row, base, column.metric);
  if (!verdict.ratio) return "";
  return small(times(*verdict.ratio) + (verdict.order == Order::tie ? tie_mark : ""));
}

std::string cell(const ResultRow& row, const ResultRow* base, const Column& column, Footnotes& notes) {
  const std::string attributes = fmt::format("data-metric=\"{}\"", column.metric);
  const auto found = value(&row, column.metric);
  if (!found) return element("td", "—" + notes.mark(reason_missing(&row, column.metric)), attributes);
  if (column.aside == Aside::difference) return element("td", difference_text(row, base, column), attributes);
  const Metric& metric = row.metrics.at(column.metric);
  return element("td", written(*found, column.style, metric.unit) + aside(row, base, column), attributes);
}

std::vector<std::string> head(const std::vector<Column>& columns) {
  std::vector<std::string> cells{"MAC"};
  for (const Column& column : columns) cells.push_back(std::string(column.header) + small(column.unit));
  return cells;
}

/// The table of these columns over all rows of the view for which `wanted` holds.
template <class Wanted>
std::string metric_table(const View& view, const std::vector<Column>& columns, Wanted wanted) {
  const ResultRow* base = view.find("int8");
  Footnotes notes;
  std::string body;
  for (const ResultRow* row : view.rows()) {
    if (!wanted(*row)) continue;
    std::string cells = mac_header(*row);
    for (const Column& column : columns) cells += cell(*row, base, column, notes);
    body += element("tr", cells);
  }
  return framed_table(head(columns), body) + notes.list();
}

bool not_reference(const ResultRow& row) { return row.mac != "fp32"; }

std::string unit_of(const View& view, const std::string& metric, const std::string& otherwise) {
  for (const ResultRow* row : view.rows()) {
    const auto found = row->metrics.find(metric);
    if (found != row->metrics.end() && !found->second.unit.empty()) return found->second.unit;
  }
  return otherwise;
}

}  // namespace

std::string accuracy_table(const View& view) {
  return metric_table(view, {{"perplexity", "Perplexity", "", Style::significant5, Aside::interval},
                             {"kl", "Mean KL to FP32", "mnat, ± ci95", Style::milli, Aside::interval},
                             {"kl", "KL less int8's", "mnat, paired, ± ci95", Style::milli, Aside::difference},
                             {"kl_top25", "KL, 25 largest logits", "mnat", Style::milli, Aside::none},
                             {"top1_agreement", "Same most likely token", "%", Style::percent, Aside::none},
                             {"sqnr", "Mean SQNR", "dB", Style::significant3, Aside::none},
                             {"bits_per_weight", "Bits per weight", "", Style::significant3, Aside::none}},
                      [](const ResultRow&) { return true; });
}

std::string hardware_table(const View& view) {
  const bool nanoseconds = unit_of(view, "clock", "ns") == "ns";
  return metric_table(view, {{"area", "Area of a unit", "µm²", Style::whole, Aside::ratio},
                             {"area_nand2", "NAND2 equivalents", "", Style::whole, Aside::none},
                             {"area_flipflops", "of it flip-flops", "µm²", Style::whole, Aside::none},
                             {"critical_path", "Critical path", "ns", Style::significant3, Aside::none},
                             {"clock", nanoseconds ? "Clock period" : "Clock", nanoseconds ? "ns" : "MHz", Style::significant3, Aside::none},
                             {"pipeline_stages", "Stages", "", Style::whole, Aside::none},
                             {"energy_per_mac_settled", "Energy per MAC, settled", "pJ", Style::significant3, Aside::ratio},
                             {"energy_per_mac_glitch", "with glitches", "pJ", Style::significant3, Aside::ratio}},
                      not_reference);
}

std::string system_table(const View& view) {
  return metric_table(view, {{"prefill_cycles", "Prefill cycles", "", Style::whole, Aside::ratio},
                             {"prefill_utilization", "Prefill utilization", "%", Style::percent, Aside::none},
                             {"prefill_energy_per_token", "Prefill energy per token", "", Style::prefixed, Aside::ratio},
                             {"decode_cycles", "Decode cycles", "", Style::whole, Aside::ratio},
                             {"decode_utilization", "Decode utilization", "%", Style::percent, Aside::none},
                             {"decode_energy_per_token", "Decode energy per token", "", Style::prefixed, Aside::ratio}},
                      not_reference);
}

}  // namespace macroscope::reports
