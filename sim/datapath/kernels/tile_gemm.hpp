// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/packed_operand.hpp"
#include "sim/datapath/kernels/planner.hpp"
#include "sim/datapath/kernels/problem.hpp"

namespace macroscope::datapath::kernels {

/// Computes all of C by one of the tile kernels: chunks of A's rows times panels of B, spread over threads. K > 0. Outputs of
/// rows that the censuses name are finite rubbish.
void tile_gemm(KernelKind kind, const Problem& problem, const RowCensus& a_census, const PackedOperand& b, float* c, std::int64_t ldc, int threads);

}  // namespace macroscope::datapath::kernels
