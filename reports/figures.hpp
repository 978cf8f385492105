// SPDX-License-Identifier: Apache-2.0
// The pictures of the report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/sweep/stored_sweep.hpp"
#include "reports/agreement.hpp"
#include "reports/plot.hpp"
#include "reports/view.hpp"

namespace macroscope::reports {

/// An accuracy metric (`kl` on a logarithmic axis, `perplexity`) against a cost (`area`, `energy_per_mac_glitch`), one
/// mark per MAC, the Pareto front as a staircase. Energy is drawn from settled (hollow) to glitch (filled).
/// None when fewer than two MACs have both.
std::optional<Figure> pareto_figure(const View& view, const std::string& accuracy, const std::string& cost);

/// Energy per MAC settled and with glitches, relative to `int8`.
std::optional<Figure> glitch_figure(const View& view);

/// Area per MAC, logic and flip-flops, relative to `int8`.
std::optional<Figure> area_figure(const View& view);

/// SQNR against layer, one line per MAC: means over the sites of a layer.
std::optional<Figure> sqnr_figure(const View& view);

/// One picture per metric (KL, perplexity, area, energy) against the alignment window.
std::vector<Figure> window_figures(const sweep::StoredSweep& stored);

/// Published ratios and ours on one axis.
std::optional<Figure> agreement_figure(const std::vector<Agreement>& agreements);

}  // namespace macroscope::reports
