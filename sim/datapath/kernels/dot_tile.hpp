// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/tile.hpp"

namespace macroscope::datapath::kernels {

/// Rows of A that one register tile holds.
inline constexpr std::int64_t tile_rows = 6;

/// Some rows of A against one panel of B over some groups of K, both as small integers. A 32-bit word holds neighbours along
/// K: two INT16, or four bytes, A's unsigned (offset by 128) and B's signed. `steps` words a group; lanes beyond the group
/// are 0 in B.
struct DotTile {
  const std::uint32_t* a = nullptr;      ///< [tile][groups_of_a][steps][tile_rows], at the first group
  const std::uint32_t* b = nullptr;      ///< [group][steps][panel_columns]
  const std::int32_t* start = nullptr;   ///< takes the offset back, -128 sum_k b; bytes only. Blocks: [group][panel_columns];
                                         ///< sums: [panel_columns], over all groups there will be
  const float* a_factor = nullptr;       ///< [tile][groups_of_a][tile_rows], at the first group; blocks only
  const float* b_factor = nullptr;       ///< [group][panel_columns]; blocks only
  std::int64_t tiles = 0;                ///< even
  std::int64_t groups = 0;
  std::int64_t groups_of_a = 0;
  std::int64_t steps = 0;
  std::int64_t largest_pair = 0;         ///< bound of two neighbours' products, A's offset included; bytes only
  bool first = true;                     ///< psum holds nothing yet: sums begin with `start`, or 0; blocks with +0
  const float* outputs = nullptr;        ///< where psum will be drained to, fetched meanwhile; null: not yet
  std::int64_t output_stride = 0;
};

/// psum[row][column] += sum over all groups of the products, modulo 2^32.
using DotSum = void (*)(const DotTile& tile, std::int32_t* psum);

/// psum[row][column] = RNE(psum + RNE(S) * a_factor * b_factor) group after group, S the exact sum within INT32. Right where
/// RNE(S) times the factors is exact.
using DotBlocks = void (*)(const DotTile& tile, float* psum);

/// The loops of one instruction set; null where it has none that is fast.
struct DotFunctions {
  const char* name = "";
  std::int64_t largest_pair = 0;  ///< that byte_blocks can take; 0: any
  DotSum byte_sum = nullptr;
  DotBlocks byte_blocks = nullptr;
  DotSum pair_sum = nullptr;
  DotBlocks pair_blocks = nullptr;
};

/// Asks for the outputs of one register tile: they lie a row apart, and waiting for them costs as much as a fifth of the
/// arithmetic. A few at a time: more than the fill buffers hold would be waited for here.
inline void fetch_outputs(const DotTile& t, std::int64_t tile) {
  if (!t.outputs) return;
  for (std::int64_t row = tile * tile_rows; row < (tile + 1) * tile_rows; ++row) {
    __builtin_prefetch(t.outputs + row * t.output_stride, 1, 2);
    __builtin_prefetch(t.outputs + row * t.output_stride + panel_columns / 2, 1, 2);
  }
}

/// The fastest of this machine, within the limits set for Highway's targets.
DotFunctions dot_functions();

/// AVX-512 with VNNI: whether this machine has it, and its loops.
bool has_vnni();
DotFunctions vnni_functions();

/// What INT16 holds: sums of two products of small bytes stay there on AVX2, whose byte_blocks this is.
inline constexpr std::int64_t small_pair_limit = 32767;
DotBlocks avx2_byte_blocks();

/// Any machine, by Highway.
DotFunctions pair_functions();

}  // namespace macroscope::datapath::kernels
