// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "reports/html.hpp"
#include "reports/number.hpp"
#include "reports/prose.hpp"
#include "reports/table_parts.hpp"
#include "reports/tables.hpp"

namespace macroscope::reports {
namespace {

const char* match_word(Match match) {
  switch (match) {
    case Match::agrees: return "agrees";
    case Match::same_direction: return "same winner";
    case Match::we_tie: return "a tie here";
    case Match::opposite: return "opposite";
    case Match::not_measured: return "—";
  }
  return "";
}

std::string source_cell(const Agreement& agreement) {
  std::string where = escaped(agreement.published.where);
  if (!agreement.published.read_in.empty()) where += ", read in " + escaped(agreement.published.read_in);
  return element("th", escaped(agreement.source.short_name) + small(where), "scope=\"row\"");
}

std::string ours_cell(const Agreement& agreement) {
  if (!agreement.ours) return element("td", "—");
  const std::string settled = agreement.settled ? small("settled " + times(*agreement.settled)) : "";
  return element("td", times(*agreement.ours) + settled);
}

std::string optional_cell(std::optional<double> value, double scale, int digits) {
  return element("td", value ? significant(*value * scale, digits) : "—");
}

std::string accuracy_cells(std::optional<double> kl, std::optional<double> perplexity, std::optional<double> base) {
  const bool change = perplexity && base && *base > 0;
  return optional_cell(kl, 1e3, 3) + optional_cell(perplexity, 1.0, 5) +
         element("td", change ? fmt::format("{:+.2f}\u202f%", 100.0 * (*perplexity / *base - 1.0)) : "—");
}

std::optional<double> published_base(const Published& published, const std::string& model) {
  for (const PublishedAccuracy& entry : published.direct_cast)
    if (entry.model == model && entry.mac == "bf16") return entry.perplexity;
  return std::nullopt;
}

}  // namespace

std::string agreement_table(const std::vector<Agreement>& agreements) {
  std::string body;
  for (const Agreement& agreement : agreements) {
    const PublishedRatio& published = agreement.published;
    const std::string number = published.is_range() ? times(published.low) + " to " + times(published.high) : times(published.low);
    body += element("tr", source_cell(agreement) + element("td", escaped(published.quantity == "kl_top25" ? "KL, 25 largest logits" : published.quantity)) +
                              element("td", mac_name(published.of) + " ÷ " + mac_name(published.to)) + element("td", number) +
                              ours_cell(agreement) + element("td", match_word(agreement.match)));
  }
  return framed_table({"Published in", "Quantity", "Ratio", "Published", "Ours", ""}, body);
}

std::string direct_cast_table(const Published& published, const View& view) {
  std::string body;
  for (const char* name : {"bf16", "mxint8_ceil", "mxfp8_e4m3_ceil"}) {
    const ResultRow* row = view.find(name);
    if (row == nullptr) continue;
    body += element("tr", mac_header(*row) + element("td", escaped(view.workload())) +
                              accuracy_cells(value(row, "kl_top25"), value(row, "perplexity"), value(view.find("bf16"), "perplexity")) +
                              element("td", "this run"));
  }
  for (const PublishedAccuracy& entry : published.direct_cast)
    body += element("tr", element("th", mac_name(entry.mac), "scope=\"row\"") + element("td", escaped(entry.model)) +
                              accuracy_cells(entry.kl_top25, entry.perplexity, published_base(published, entry.model)) +
                              element("td", escaped(published.source(entry.source).short_name)));
  return framed_table({"MAC", "Model", "KL, 25 largest logits" + small("mnat"), "Perplexity", "over BF16", "Source"}, body);
}

}  // namespace macroscope::reports
