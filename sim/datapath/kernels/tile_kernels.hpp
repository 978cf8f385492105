// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/depth_masks.hpp"
#include "sim/datapath/kernels/tile.hpp"

namespace macroscope::datapath::kernels {

// Each function computes the outputs of one chunk of rows for `count` panels. FP32 values: a[(group * rows + row) * lanes +
// lane], b[((panel * groups + group) * lanes + lane) * panel_columns + column]. Lanes, rows and columns beyond the matrices
// hold 0; 15 more numbers after the last of A may be read.

/// Exact group sums (at most 53 bits), accumulated in FP32. Fused: without block scales, and exact totals of at most 53 bits.
void exact_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count);

/// Exact sums over all of K (at most 53 bits): a Kulisch accumulator.
void kulisch_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, FixedRegister accumulator);

/// Where alignment cuts: exponents as stored (a subnormal has its format's smallest), products below 2^(emax - window + 1).
struct Alignment {
  int window = 0;
  int a_min_exponent = 0;
  int b_min_exponent = 0;
};

/// Truncated group sums for any window up to 40 and at most 256 lanes, accumulated in FP32. Fused: the partial sum is cut as
/// the products are, and the sum rounded once; block scales are then powers of two.
void aligned_wide_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, const Alignment& alignment);

/// The same for windows whose sums have at most 23 bits, and products that FP32 holds as normal numbers: faster.
void aligned_narrow_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, const Alignment& alignment);

/// Truncated group sums by exact ones where nothing is cut (at most 53 bits, at most 32 lanes), accumulated in FP32: fast when
/// cuts are rare.
void aligned_checked_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, const Alignment& alignment,
                           const DepthMasks& b_depths);

/// Products added one by one in ascending k; `half`: to an FP16 accumulator, to nearest, in place of the chunk's rule. No block
/// scales.
void sequential_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, bool half);
/// Whether sequential_chunk rounds a product and its addition once; else products must be FP32 numbers.
bool has_fused_multiply_add();

/// The instruction set that the functions above run on: "scalar" (vectors of 128 bits at most), "avx2" or "avx512".
const char* instruction_set();

}  // namespace macroscope::datapath::kernels
