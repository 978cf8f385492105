// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/packed_operand.hpp"
#include "sim/datapath/kernels/planner.hpp"
#include "sim/datapath/kernels/problem.hpp"

namespace macroscope::datapath::kernels {

/// Computes all of C by integer dot products: INT32 or Kulisch totals, or blocks scaled and accumulated in FP32. K > 0.
/// Outputs of rows that the censuses name are finite rubbish.
void dot_gemm(KernelKind kind, const Problem& problem, const RowCensus& a_census, const PackedOperand& b, float* c, std::int64_t ldc, int threads);

}  // namespace macroscope::datapath::kernels
