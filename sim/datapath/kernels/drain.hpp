// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/tile.hpp"

namespace macroscope::datapath::kernels {

/// Where partial sums go when the accumulator is drained: C = (or +=) RNE(RNE(value * row_scale) * column_scale); a NaN
/// becomes 0x7fc00000. Sums lie [row][panel_columns].
struct Drain {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  const float* row_scale = nullptr;
  const float* column_scale = nullptr;  ///< panel_columns of them
  bool first = true;                    ///< set C rather than add to it
  float* c = nullptr;
  std::int64_t ldc = 0;
};

void drain_fp32(const Drain& drain, const float* sums);

/// One RNE to FP32 first.
void drain_int32(const Drain& drain, const std::int32_t* sums);

/// Totals that FP64 holds exactly, in units of 2^unit_exponent, cut to the register, then one RNE to FP32.
void drain_fixed(const Drain& drain, const double* totals, int unit_exponent, FixedRegister accumulator);

/// total += high * 2^(2 bits) + (sum - high - low) * 2^bits + low, exact while |total| < 2^53. `sums` holds the planes low,
/// high and sum one after the other, `cells` (a multiple of 16) each.
void add_digit_sums(const std::int32_t* sums, std::int64_t cells, int bits, double* total);

}  // namespace macroscope::datapath::kernels
