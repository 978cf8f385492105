// SPDX-License-Identifier: Apache-2.0
// Published ratios beside ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/published.hpp"
#include "reports/view.hpp"

namespace macroscope::reports {

enum class Match {
  agrees,          // within the method's error of the published number, or inside its range
  same_direction,  // the same format is the cheaper or better one, by another factor
  we_tie,          // a difference was published, ours is below the method's error
  opposite,        // the other format is the cheaper or better one
  not_measured
};

/// One published ratio and what we measured for the presets that stand for its formats.
struct Agreement {
  PublishedRatio published;
  PublishedSource source;
  std::optional<double> ours;      // area, KL, or energy with glitches
  std::optional<double> settled;   // energy alone
  Match match = Match::not_measured;
};

/// All published ratios against this view, in order.
std::vector<Agreement> agreements(const Published& published, const View& view);

/// How `ours` relates to a published number or range. Cost ratios tie within `hardware_error`; `tie` overrides that
/// for sampled metrics.
Match match_of(const PublishedRatio& published, double ours, std::optional<bool> tie = std::nullopt);

}  // namespace macroscope::reports
