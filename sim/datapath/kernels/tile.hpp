// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

namespace macroscope::datapath::kernels {

/// Columns of C (rows of B) that are worked on together. Fixed, so that packed operands serve every vector length.
inline constexpr std::int64_t panel_columns = 32;
/// Rows of A are padded with zero rows to a multiple of this.
inline constexpr std::int64_t row_step = 4;

/// How FP32 arithmetic becomes that of a floating-point accumulator: FP32 itself to nearest, or formats of 8 exponent bits and
/// at most 23 fraction bits towards zero, where the surplus bits are cleared. Nothing may overflow towards zero: it would stop
/// at the largest finite number there.
struct FloatRule {
  bool toward_zero = false;
  std::uint32_t kept = 0xffffffffU;  ///< bits of FP32 that the format has; all of them to nearest
};

/// Some rows of A, all of K, and how its groups are added up. The values of A lie beside it, in each kernel's own type.
struct RowChunk {
  std::int64_t rows = 0;  ///< a multiple of row_step
  std::int64_t valid_rows = 0;
  std::int64_t groups = 0;
  std::int64_t lanes = 0;
  std::int64_t groups_per_drain = 0;
  std::int64_t groups_per_chunk = 0;  ///< an inner accumulator is emptied after as many; 0: there is none
  FloatRule accumulator;              ///< of FP32 partial sums
  FloatRule outer;                    ///< of what an inner accumulator is emptied into
  bool fused = false;                 ///< exact sums: the accumulator joins the sum, rounded once
  double lowest = -HUGE_VAL, highest = HUGE_VAL;  ///< fused exact sums: where a group's sum saturates first
  const double* factor = nullptr;  ///< [group][row]: powers of two that multiply a group's sum; null: none
  const float* scale = nullptr;    ///< [drain][row]
};

/// Some rows of B (columns of C), all of K.
struct Panel {
  std::int64_t index = 0;          ///< which part of the packed values
  const double* factor = nullptr;  ///< [group][panel_columns]; null: none
  const float* scale = nullptr;    ///< [drain][panel_columns]
  float* c = nullptr;              ///< first output
  std::int64_t ldc = 0;
  std::int64_t valid_columns = 0;
};

/// A two's-complement register that a total, exact in FP64, is cut to; 0 bits: it can't overflow.
struct FixedRegister {
  int wrap_bits = 0;
  int lsb_exponent = 0;
};

}  // namespace macroscope::datapath::kernels
