// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace macroscope::datapath::test {

// FP32 operations by their definition: the exact result as an integer times a power of two (arbitrary precision), then the nearer
// of two neighbours, of two equally near the one with the even code. What is not finite is left to the machine.

float product(float a, float b);
float sum(float a, float b);
float nearest_to(std::int64_t x);

/// FP16 and back: one rounding to nearest even, saturating.
float half(float x);

}  // namespace macroscope::datapath::test
