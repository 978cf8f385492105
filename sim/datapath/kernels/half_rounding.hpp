// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

namespace macroscope::datapath::kernels {

/// `x` to nearest, ties to even, in IEEE binary16's values; beyond its range infinite. For machines without the instruction.
inline float round_to_half(float x) {
  constexpr float overflow = 65520.0F, smallest_normal = 0x1p-14F;
  const float magnitude = std::fabs(x);
  if (!(magnitude < overflow)) return magnitude >= overflow ? std::copysign(INFINITY, x) : x;
  int exponent = 0;
  std::frexp(magnitude < smallest_normal ? smallest_normal : magnitude, &exponent);
  // Adding 1.5 * 2^23 units in the last place leaves no places below it.
  const float anchor = std::ldexp(0x1.8p23F, exponent - 11);
  volatile float anchored = magnitude + anchor;
  return std::copysign(anchored - anchor, x);
}

}  // namespace macroscope::datapath::kernels
