// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

/// Quantizing FP32 numbers timed on this machine, beside reading them.
struct EncodeSpeed {
  double elements = 0;       ///< quantized a second, scales included, into storage that is there already
  double elements_read = 0;  ///< read a second by a loop that only takes their largest magnitude
};

/// Runs both in turns for about `seconds` on a rows x cols matrix of gaussian numbers and takes the best time of each. One thread is
/// timed by its own CPU time, several by the wall clock.
EncodeSpeed measure_encode(const OperandSpec& operand, std::int64_t rows, std::int64_t cols, int threads, double seconds = 0.2);

}  // namespace macroscope::datapath
