// SPDX-License-Identifier: Apache-2.0
#include "formats/scale.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace macroscope::formats {
namespace {

/// Smallest e with 2^e >= x, exact (a logarithm would round near powers of two).
int ceil_log2(double x) {
  const int e = std::ilogb(x);
  return std::ldexp(1.0, e) == x ? e : e + 1;
}

/// Smallest e with element_max * 2^e >= absmax. The quotient is never formed: comparing the product is exact.
int covering_exponent(double absmax, double element_max) {
  int e = ceil_log2(absmax) - std::ilogb(element_max) - 1;
  while (std::ldexp(element_max, e) < absmax) ++e;
  return e;
}

}  // namespace

double decode_e8m0(std::uint8_t code) {
  return code == e8m0_nan ? std::numeric_limits<double>::quiet_NaN() : std::ldexp(1.0, code - e8m0_bias);
}

std::uint8_t e8m0_scale(float absmax, const Element& element, ScaleRule rule) {
  if (!std::isfinite(absmax)) return e8m0_nan;
  if (absmax == 0) return 0;
  const double largest = std::ldexp(element.max_finite(), -element.block_fraction_bits());
  const int exponent = rule == ScaleRule::ceil ? covering_exponent(absmax, largest)
                                               : std::ilogb(absmax) - element.block_max_exponent();
  return static_cast<std::uint8_t>(std::clamp(exponent, -127, 127) + e8m0_bias);
}

float fp32_scale(float absmax, const Element& element) {
  if (!std::isfinite(absmax)) return std::numeric_limits<float>::quiet_NaN();
  const float scale = absmax / static_cast<float>(element.max_finite());
  return scale == 0 ? 1.0F : scale;
}

}  // namespace macroscope::formats
