// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath::kernels {

/// What the rows of an operand hold that decides which kernels may take them.
struct RowCensus {
  std::vector<std::int64_t> nan_rows;       ///< with a NaN code or a NaN block scale: every output of theirs is NaN
  std::vector<std::int64_t> infinite_rows;  ///< with an infinity (a code or a block scale) and no NaN
  double largest = std::numeric_limits<double>::infinity();  ///< bound of the finite codes' magnitudes; looked for in formats of 8 exponent bits
  int lowest_scale = 127;                   ///< E8M0 codes of the blocks that hold a nonzero code
  int highest_scale = 127;
};

RowCensus take_census(const QuantizedMatrix& matrix);

}  // namespace macroscope::datapath::kernels
