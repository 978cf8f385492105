// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/int8_weights.hpp"
#include "sim/datapath/kernels/problem.hpp"

namespace macroscope::datapath::kernels {

/// INT8 products summed by oneDNN in INT32 modulo 2^32 (what a wrapping register holds at the end, in whatever order), then
/// drained: RNE to FP32, times A's row scale, times B's. One scale a row on either side.
void int8_gemm(const Problem& problem, const Int8Weights& weights, float* c, std::int64_t ldc, int threads);

}  // namespace macroscope::datapath::kernels
