// SPDX-License-Identifier: Apache-2.0
// The answer in a few sentences, written from the rows.
#pragma once

#include <string>
#include <vector>

#include "reports/view.hpp"

namespace macroscope::reports {

struct Answer {
  std::string headline;                // HTML, one sentence: who is Pareto-best
  std::vector<std::string> sentences;  // HTML, one each for accuracy, area and energy, then the fronts
};

/// Who is best in accuracy (`kl`), area and energy (with glitches), with ratios to `int8` and `bf16`. Ties are called
/// ties, a metric that was not measured is said to be missing, and why.
Answer answer(const View& view);

/// The candidates that tie with the one of least `metric`, that one first; empty when nobody has it.
std::vector<const ResultRow*> best_of(const View& view, const std::string& metric);

}  // namespace macroscope::reports
