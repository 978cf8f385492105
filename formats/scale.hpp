// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "formats/element.hpp"

namespace macroscope::formats {

/// How a scale follows from the numbers that it covers. With s = absmax / max_finite, the scale at which nothing clips:
enum class ScaleRule : std::uint8_t {
  absmax,   ///< FP32 and minifloat scales: s, rounded to the scale's format
  floor,    ///< power of two: floor(log2 absmax) - emax_elem (OCP MX 6.3; clips maxima above 1.75 * 2^emax for E4M3)
  ceil,     ///< power of two: ceil(log2 s) (arXiv 2510.25602 eq. 9; never clips)
  nearest,  ///< power of two: s to the nearest one on the linear scale, 1.5 * 2^e going up, which is how ml_dtypes converts to
            ///< float8_e8m0fnu; clips by at most a third of max_finite
  mse       ///< of a few candidates the one with the smallest sum of squared errors; the functions below name them. Under
            ///< stochastic rounding the errors are those of rounding to nearest even
};

/// E8M0: an exponent alone, 2^(code - 127); 0xFF is NaN (OCP MX 5.4.1).
inline constexpr std::uint8_t e8m0_nan = 0xFF;
inline constexpr int e8m0_bias = 127;

/// The value of an E8M0 code, exact in double; NaN for 0xFF.
double decode_e8m0(std::uint8_t code);

/// The code nearest to x on the linear scale, a number halfway between two powers of two going up; NaN for what is not
/// positive and for what rounds to 2^128 or more, 2^-127 for what is smaller; what lies between 2^-127 and 2^-126 always goes up.
/// ml_dtypes' rules for float8_e8m0fnu, the last one being a trait of its conversion from FP32 subnormals.
std::uint8_t encode_e8m0(double x);

/// The E8M0 scale of a block whose largest magnitude is `absmax`, clamped to 2^-127 ... 2^127; a zero block gets 2^-127;
/// a NaN or infinite maximum gives NaN. `rule` is floor, ceil or nearest.
std::uint8_t e8m0_scale(float absmax, const Element& element, ScaleRule rule);

/// ScaleRule::mse for E8M0. Candidates: the ceil rule's scale, its half and its quarter; of equal ones the largest. The error
/// is the sum over i, in that order and in double, of (x_i - decode(encode(x_i / scale)) * scale)^2, saturating.
std::uint8_t e8m0_mse_scale(const float* x, std::int64_t n, const Element& element, Rounding rounding);

/// The FP32 scale absmax / max_finite (one RNE division); 1 where that is zero, NaN where absmax is NaN or infinite.
float fp32_scale(float absmax, const Element& element);

/// ScaleRule::mse for FP32. Candidates: fp32_scale times 1 - i / 100 for i = 0 ... 79, each rounded to FP32 (GPTQ's grid, arXiv
/// 2210.17323, with squared errors); of equal ones the largest. Numbers are divided by the scale in FP32 before encoding.
float fp32_mse_scale(const float* x, std::int64_t n, const Element& element, Rounding rounding);

/// Can a minifloat be a scale's format? It needs a NaN, since that is how a block with a NaN or an infinity is spelt.
bool can_scale(const Minifloat& format);

/// The scale of a whole tensor under which blocks have minifloat scales (NVFP4's second level):
/// absmax / (element.max_finite * format.max_finite), the product in double and rounded to FP32, then one FP32 division;
/// 1 where that is zero, NaN where absmax is NaN or infinite.
float tensor_scale(float absmax, const Element& element, const Minifloat& format);

/// The block scale's code: RNE(absmax / RNE(element.max_finite * tensor_scale)) in FP32, rounded to nearest even in `format`,
/// saturating. What rounds to zero gets the smallest positive code, so that no scale is zero; NaN where absmax is NaN or
/// infinite or the tensor's scale is NaN. The scale in force is block_scale().
Code minifloat_scale(float absmax, const Element& element, const Minifloat& format, float tensor_scale = 1);

/// The code nearest to a scale that is not negative: saturating, and never that of zero but the smallest positive one.
Code positive_code(const Minifloat& format, float scale);

/// ScaleRule::mse for minifloat scales. Candidates: minifloat_scale's code and the seven codes below it that are not zero; of
/// equal ones the largest.
Code minifloat_mse_scale(const float* x, std::int64_t n, const Element& element, const Minifloat& format, float tensor_scale, Rounding rounding);

/// What numbers of the block are divided by (in FP32) before they are encoded: RNE(decode(code) * tensor_scale) in FP32, or the
/// smallest FP32 number where that is zero.
float block_scale(const Minifloat& format, Code code, float tensor_scale);

}  // namespace macroscope::formats
