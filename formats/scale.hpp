// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "formats/element.hpp"

namespace macroscope::formats {

/// How a scale follows from the largest magnitude of what it covers.
enum class ScaleRule : std::uint8_t {
  absmax,  ///< FP32 scale: absmax / max_finite
  floor,   ///< power of two: floor(log2 absmax) - emax_elem (OCP MX 6.3; clips maxima above 1.75 * 2^emax for E4M3)
  ceil     ///< power of two: ceil(log2(absmax / max_finite)) (arXiv 2510.25602 eq. 9; never clips)
};

/// E8M0: an exponent alone, 2^(code - 127); 0xFF is NaN (OCP MX 5.4.1).
inline constexpr std::uint8_t e8m0_nan = 0xFF;
inline constexpr int e8m0_bias = 127;

/// The value of an E8M0 code, exact in double; NaN for 0xFF.
double decode_e8m0(std::uint8_t code);

/// The E8M0 scale of a block whose largest magnitude is `absmax`, clamped to 2^-127 ... 2^127; a zero block gets 2^-127;
/// a NaN or infinite maximum gives NaN. `rule` is floor or ceil.
std::uint8_t e8m0_scale(float absmax, const Element& element, ScaleRule rule);

/// The FP32 scale absmax / max_finite (one RNE division); 1 where that is zero, NaN where absmax is NaN or infinite.
float fp32_scale(float absmax, const Element& element);

}  // namespace macroscope::formats
