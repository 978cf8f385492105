// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/aligned_buffer.hpp"
#include "sim/datapath/kernels/tile.hpp"

namespace macroscope::datapath::kernels {

/// Depths that are told apart: an element's binades and the bits of its fraction must be fewer together.
inline constexpr int checked_depths = 24;

/// The depth of a number in a group: how far its last set bit lies below the largest exponent of its row or column there.
/// Given stored exponents and positions of last bits (exponents far below any other mark zeros, which have no depth), sets
/// bit k of lanes[d] where lane k has at least depth d; returns the largest depth.
inline std::int32_t mark_depths(const std::int32_t* exponents, const std::int32_t* last, std::int64_t count, std::uint32_t* lanes) {
  constexpr std::int32_t zero = -4096;
  std::int32_t largest = zero, deepest = 0;
  for (std::int64_t k = 0; k < count; ++k) largest = exponents[k] > largest ? exponents[k] : largest;
  for (int d = 0; d < checked_depths; ++d) lanes[d] = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    if (exponents[k] <= zero) continue;
    const std::int32_t depth = largest - last[k];
    lanes[depth] |= 1U << k;
    deepest = depth > deepest ? depth : deepest;
  }
  std::uint32_t deeper = 0;
  for (std::int32_t d = deepest; d >= 0; --d) lanes[d] = deeper |= lanes[d];
  return deepest;
}

/// Depths of B's columns, group by group.
struct DepthMasks {
  const std::int32_t* deepest = nullptr;  ///< [panel][group]: of any column
  const std::uint32_t* lanes = nullptr;   ///< [panel][group][depth][column]
};

/// The masks of B's values as FP32 ([panel][group][lane][column], none subnormal in FP32), at most 32 lanes.
class ColumnDepths {
 public:
  void take(const float* values, std::int64_t panels_and_groups, std::int64_t lanes, int min_exponent);
  [[nodiscard]] DepthMasks masks() const { return {deepest_.data(), lanes_.data()}; }

 private:
  AlignedBuffer<std::int32_t> deepest_;
  AlignedBuffer<std::uint32_t> lanes_;
};

}  // namespace macroscope::datapath::kernels
