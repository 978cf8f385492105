// SPDX-License-Identifier: Apache-2.0
// What each assumption that papers leave silent does to the ranking, said from the rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/agreement.hpp"
#include "reports/verdict.hpp"
#include "reports/view.hpp"

namespace macroscope::reports {

/// What changing an assumption does to the order of two MACs.
enum class Effect {
  none,
  tie,      // a difference becomes a tie, or a tie a difference
  reversal  // who comes first comes second
};

Effect effect_of(Order before, Order after);

/// One assumption, varied with all else kept.
struct Assumption {
  std::string name;      // "Alignment window"
  std::string finding;   // HTML sentences with the numbers
  bool measured = false;
  Effect effect = Effect::none;  // the strongest on any comparison
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

/// Where we agree with published ratios, where not, and for each that differs which assumption, changed to theirs,
/// closes most of the gap. HTML: a paragraph and a list for each kind of agreement.
std::string agreement_prose(const std::vector<Agreement>& agreements, const View& view);

}  // namespace macroscope::reports
