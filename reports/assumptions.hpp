// SPDX-License-Identifier: Apache-2.0
// What each assumption that papers leave silent does to the ranking, said from the rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/agreement.hpp"
#include "reports/view.hpp"

namespace macroscope::reports {

/// One assumption, varied with all else kept.
struct Assumption {
  std::string name;      // "Alignment window"
  std::string finding;   // HTML sentences with the numbers
  bool measured = false;
  bool flips = false;    // does it change who comes first in some comparison?
};

/// Alignment window, accumulator, scale rule, pipelining, glitches, stimulus: always all six, in this order; one that the
/// rows do not vary says so.
std::vector<Assumption> assumptions(const View& view);

/// A ratio we would have reported under another assumption, for setting beside a published one.
struct Alternative {
  std::string assumption;  // HTML, a phrase: "leaving out flip-flops"
  double ratio = 0.0;
};

/// What else our ratio could have been: without flip-flops, at another window, settled, under the other scale rule.
std::vector<Alternative> alternatives(const Agreement& agreement, const View& view);

/// The paragraph: where we agree with published ratios, where not, and for each that differs which assumption, changed to
/// theirs, closes most of the gap. HTML.
std::vector<std::string> agreement_paragraphs(const std::vector<Agreement>& agreements, const View& view);

}  // namespace macroscope::reports
