// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/hardware/units.hpp"

namespace macroscope::hardware {

/// A unit cut at all its internal boundaries: segment i lies before boundary i, the last one before psum_o's registers.
struct Segments {
  std::vector<Nanoseconds> delay;        ///< logic alone, one more than there are boundaries
  std::vector<SquareMicrons> area;       ///< logic alone, as many as delays
  std::vector<int> register_bits;        ///< flip-flops that registers at boundary i cost; as many as boundaries
  Nanoseconds overhead;                  ///< clock to output plus set-up: what each stage spends on its registers
};

/// A choice of boundaries that hold registers (bit i: boundary i) and the period that the segments let one expect.
struct PipelineChoice {
  uint32_t cuts = 0;
  Nanoseconds period;
  int register_bits = 0;
};

constexpr int deepest_pipeline = 4;  ///< stages that a unit may have at most (docs: common clock)

/// The cuts into exactly `stages` stages with the shortest period, and of those within 1 % of it the one with the fewest
/// flip-flops. Nothing when the unit has too few boundaries.
std::optional<PipelineChoice> fastest(const Segments& segments, int stages);

/// The cuts into exactly `stages` stages with the fewest flip-flops among those expected to meet `period`.
std::optional<PipelineChoice> smallest(const Segments& segments, int stages, Nanoseconds period);

}  // namespace macroscope::hardware
