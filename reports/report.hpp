// SPDX-License-Identifier: Apache-2.0
// The report of a comparison: one HTML file, its pictures, and the rows as JSON and CSV.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "analysis/sweep/stored_sweep.hpp"
#include "reports/plot.hpp"
#include "reports/published.hpp"

namespace macroscope::reports {

/// What a report is made of.
struct ReportInput {
  ResultSet results;
  Published published;
  std::optional<sweep::StoredSweep> window_sweep;
  std::vector<std::string> stale_inputs;  // of the sweep, as sweep::stale_inputs gives them; not empty: the curve is marked stale
};

/// A report in memory.
struct Report {
  std::string html;  // self-contained: style and pictures inline, no script, no address is fetched
  std::vector<Figure> figures;
};

/// Writes the page and draws its pictures. Throws InputError when there are no rows or gnuplot is missing.
Report make_report(const ReportInput& input);

/// Writes report.html, results.json, results.csv and one SVG per picture into `folder`, each by rename, the page last: a
/// reader never sees a page whose rows are not there.
void write_report(const ReportInput& input, const std::filesystem::path& folder);

}  // namespace macroscope::reports
