// SPDX-License-Identifier: Apache-2.0
// The tables of the report, as HTML.
#pragma once

#include <string>
#include <vector>

#include "reports/agreement.hpp"
#include "reports/published.hpp"
#include "reports/view.hpp"

namespace macroscope::reports {

/// One row per MAC, side by side: perplexity, KL, KL paired with int8, KL on the 25 largest logits, agreement of the most
/// likely token, mean SQNR, bits per element. A value that was not measured is a dash with the reason in a note.
std::string accuracy_table(const View& view);

/// Area (and NAND2 equivalents, flip-flops), critical path, clock, stages, energy per MAC settled and with glitches.
std::string hardware_table(const View& view);

/// Cycles, utilization and joules per token of prefill and of decode.
std::string system_table(const View& view);

/// Parts of the area (`area/COMPONENT`); empty when no row has any.
std::string component_table(const View& view);

/// Mean SQNR by kind of site, coloured by value; empty when no row has any.
std::string sqnr_heat_table(const View& view);

/// Published ratios beside ours, with citation.
std::string agreement_table(const std::vector<Agreement>& agreements);

/// Published accuracies of direct casting beside ours.
std::string direct_cast_table(const Published& published, const View& view);

}  // namespace macroscope::reports
