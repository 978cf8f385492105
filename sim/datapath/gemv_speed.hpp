// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

/// One token times weights in planes, timed on this machine beside FP32.
struct GemvSpeed {
  double seconds = 0;       ///< of gemm(), the token's tables included, the weights' packing not
  double fp32_seconds = 0;  ///< of the faster of oneDNN's matmul and a plain loop of dot products
  [[nodiscard]] double ratio() const { return fp32_seconds / seconds; }
};

/// Runs them in turns for about `seconds` and takes the best time of each; n x k weights of random signs (fitting planes would take
/// minutes, and their values decide nothing). One thread is timed by its own CPU time, several by the wall clock. The spec's
/// weights must be in planes, else std::invalid_argument.
GemvSpeed measure_gemv(const MacSpec& spec, std::int64_t n, std::int64_t k, int threads, double seconds = 0.5);

}  // namespace macroscope::datapath
