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

/// The power of two nearest to absmax / element_max: the covering one or, below 3/4 of it, half of that.
int nearest_exponent(double absmax, double element_max) {
  const int covering = covering_exponent(absmax, element_max);
  return absmax < std::ldexp(0.75 * element_max, covering) ? covering - 1 : covering;
}

/// Largest number in the units that a block scale multiplies.
double block_maximum(const Element& element) { return std::ldexp(element.max_finite(), -element.block_fraction_bits()); }

float absolute_maximum(const float* x, std::int64_t n) {
  float largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i])) return std::numeric_limits<float>::quiet_NaN();
    largest = std::max(largest, std::fabs(x[i]));
  }
  return largest;
}

/// How candidates of ScaleRule::mse are measured.
Rounding measured(Rounding rounding) { return rounding == Rounding::stochastic ? Rounding::rne : rounding; }

/// Sum of squared errors of numbers divided by an FP32 scale.
double squared_error(const float* x, std::int64_t n, const Element& element, Rounding rounding, float scale) {
  rounding = measured(rounding);
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double error = static_cast<double>(x[i]) - element.decode(element.encode(static_cast<double>(x[i] / scale), rounding, Overflow::saturate)) * static_cast<double>(scale);
    sum += error * error;
  }
  return sum;
}

}  // namespace

double decode_e8m0(std::uint8_t code) {
  return code == e8m0_nan ? std::numeric_limits<double>::quiet_NaN() : std::ldexp(1.0, code - e8m0_bias);
}

std::uint8_t encode_e8m0(double x) {
  if (!(x > 0) || std::isinf(x)) return e8m0_nan;
  if (x > 0x1p-127 && x < 0x1p-126) return 1;
  const int exponent = std::ilogb(x / 1.5) + 1;  // steps at 1.5 * 2^e; the division keeps what is below one below
  return exponent > 127 ? e8m0_nan : static_cast<std::uint8_t>(std::max(exponent, -127) + e8m0_bias);
}

std::uint8_t e8m0_scale(float absmax, const Element& element, ScaleRule rule) {
  if (!std::isfinite(absmax)) return e8m0_nan;
  if (absmax == 0) return 0;
  int exponent = 0;
  switch (rule) {
    case ScaleRule::ceil: exponent = covering_exponent(absmax, block_maximum(element)); break;
    case ScaleRule::nearest: exponent = nearest_exponent(absmax, block_maximum(element)); break;
    default: exponent = std::ilogb(absmax) - element.block_max_exponent();
  }
  return static_cast<std::uint8_t>(std::clamp(exponent, -127, 127) + e8m0_bias);
}

std::uint8_t e8m0_mse_scale(const float* x, std::int64_t n, const Element& element, Rounding rounding) {
  rounding = measured(rounding);
  const std::uint8_t largest = e8m0_scale(absolute_maximum(x, n), element, ScaleRule::ceil);
  if (largest == e8m0_nan || largest == 0) return largest;
  std::uint8_t best = largest;
  double least = std::numeric_limits<double>::infinity();
  for (int code = largest; code >= std::max(largest - 2, 0); --code) {
    const int exponent = code - e8m0_bias - element.block_fraction_bits();
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const Code found = element.encode(std::ldexp(static_cast<double>(x[i]), -exponent), rounding, Overflow::saturate);
      const double error = static_cast<double>(x[i]) - std::ldexp(element.decode(found), exponent);
      sum += error * error;
    }
    if (sum < least) {
      least = sum;
      best = static_cast<std::uint8_t>(code);
    }
  }
  return best;
}

float fp32_scale(float absmax, const Element& element) {
  if (!std::isfinite(absmax)) return std::numeric_limits<float>::quiet_NaN();
  const float scale = absmax / static_cast<float>(element.max_finite());
  return scale == 0 ? 1.0F : scale;
}

float fp32_mse_scale(const float* x, std::int64_t n, const Element& element, Rounding rounding) {
  const float largest = fp32_scale(absolute_maximum(x, n), element);
  if (std::isnan(largest)) return largest;
  float best = largest;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 80; ++i) {
    const auto scale = static_cast<float>(static_cast<double>(largest) * (100 - i) / 100);
    if (scale == 0) break;
    if (const double sum = squared_error(x, n, element, rounding, scale); sum < least) {
      least = sum;
      best = scale;
    }
  }
  return best;
}

bool can_scale(const Minifloat& format) { return format.has_nan(); }

float tensor_scale(float absmax, const Element& element, const Minifloat& format) {
  if (!std::isfinite(absmax)) return std::numeric_limits<float>::quiet_NaN();
  const float scale = absmax / static_cast<float>(element.max_finite() * format.max_finite());
  return scale == 0 ? 1.0F : scale;
}

Code minifloat_scale(float absmax, const Element& element, const Minifloat& format, float tensor_scale) {
  if (!std::isfinite(absmax) || std::isnan(tensor_scale)) return format.nan_code();
  const float largest = static_cast<float>(element.max_finite() * static_cast<double>(tensor_scale));
  return positive_code(format, largest == 0 ? absmax : absmax / largest);
}

Code positive_code(const Minifloat& format, float scale) {
  const Code code = encode(format, static_cast<double>(scale), Rounding::rne, Overflow::saturate);
  return code == 0 ? 1 : code;
}

Code minifloat_mse_scale(const float* x, std::int64_t n, const Element& element, const Minifloat& format, float tensor_scale, Rounding rounding) {
  const Code largest = minifloat_scale(absolute_maximum(x, n), element, format, tensor_scale);
  if (std::isnan(decode(format, largest))) return largest;
  Code best = largest;
  double least = std::numeric_limits<double>::infinity();
  for (Code below = 0; below < 8 && below < largest; ++below) {
    if (const double sum = squared_error(x, n, element, rounding, block_scale(format, largest - below, tensor_scale)); sum < least) {
      least = sum;
      best = largest - below;
    }
  }
  return best;
}

float block_scale(const Minifloat& format, Code code, float tensor_scale) {
  const auto scale = static_cast<float>(decode(format, code) * static_cast<double>(tensor_scale));
  return scale == 0 ? std::numeric_limits<float>::denorm_min() : scale;
}

}  // namespace macroscope::formats
