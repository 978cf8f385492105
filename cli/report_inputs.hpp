// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/context.hpp"
#include "reports/report.hpp"

namespace macroscope::cli {

/// The stored rows of the window sweep that this installation ships.
inline std::filesystem::path stored_window_sweep(const Context& context) {
  return context.home / "analysis" / "sweep" / "stored" / "fp8-window.json";
}

/// Results with what a report sets beside them: published figures and the stored window sweep. Whether the sweep was
/// fresh stands in the results' provenance, `window_sweep.stale_inputs`.
inline reports::ReportInput report_input(const Context& context, ResultSet results) {
  reports::ReportInput input;
  input.published = reports::load_published(context.home / "reports" / "published" / "int-versus-fp.yaml");
  if (std::filesystem::exists(stored_window_sweep(context))) input.window_sweep = sweep::load_stored_sweep(stored_window_sweep(context));
  input.stale_inputs = results.provenance.value("/window_sweep/stale_inputs"_json_pointer, std::vector<std::string>{});
  input.results = std::move(results);
  return input;
}

}  // namespace macroscope::cli
