// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "formats/rounding.hpp"

namespace macroscope::formats {

/// Which codes of a minifloat are not finite numbers.
enum class Specials : std::uint8_t {
  ieee,  ///< top exponent holds infinity (fraction 0) and NaNs
  fn,    ///< finite but for NaN at exponent and fraction all ones (OCP E4M3)
  fnuz,  ///< no negative zero: its code is the only NaN
  none   ///< every code is a finite number (OCP E2M1, E2M3, E3M2)
};

/// What a code holds, before anything is rounded: value = (-1)^negative * significand * 2^(exponent - mantissa_bits).
/// The exponent of a subnormal is 1 - bias and nothing is normalised, as a multiplier's input stage sees it.
struct Unpacked {
  enum class Kind : std::uint8_t { finite, infinity, nan };
  Kind kind = Kind::finite;
  bool negative = false;
  int exponent = 0;
  std::uint32_t significand = 0;  ///< hidden one included; 0 for zeros
};

/// A small floating-point format as a constant value, after LLVM's fltSemantics: sign, exponent and fraction widths, bias
/// and the rule for special values. At most 16 bits.
struct Minifloat {
  std::string name;
  int exponent_bits = 0;
  int mantissa_bits = 0;
  int bias = 0;
  Specials specials = Specials::none;

  [[nodiscard]] int bits() const { return 1 + exponent_bits + mantissa_bits; }
  /// Exponent of the largest finite number: floor(log2(max_finite())). OCP MX calls it emax_elem.
  [[nodiscard]] int max_exponent() const;
  /// Exponent of the smallest normal number and of every subnormal: 1 - bias.
  [[nodiscard]] int min_exponent() const { return 1 - bias; }
  [[nodiscard]] double max_finite() const;
  [[nodiscard]] bool has_nan() const { return specials != Specials::none; }
  [[nodiscard]] bool has_infinity() const { return specials == Specials::ieee; }
  [[nodiscard]] std::uint16_t nan_code() const;       ///< canonical; only if has_nan()
  [[nodiscard]] std::uint16_t infinity_code() const;  ///< positive; only if has_infinity()
  [[nodiscard]] std::uint16_t max_code() const;       ///< the largest finite positive number
};

/// The format named `eXmY` with an optional special-value suffix (`e4m3fn`, `e4m3fnuz`, `e3m4ieee`), `bf16` or `fp16`.
/// Plain `e4m3` is fn and `e5m2` is ieee (OCP FP8); `e2m1`, `e2m3`, `e3m2` have no specials (OCP MX); any other
/// defaults to ieee. Empty when the name is none of these or the format has more than 16 bits.
std::optional<Minifloat> parse_minifloat(std::string_view name);

/// Splits `code` into sign, exponent and significand; bits above the format's width must be zero.
Unpacked unpack(const Minifloat& format, std::uint16_t code);

/// The number that `code` stands for, exact in a double.
double decode(const Minifloat& format, std::uint16_t code);

/// The code of `value` after one rounding from its exact value. Subnormals are kept. NaN becomes the canonical NaN, or
/// zero in a format without one; an overflow that the format can't spell (nan or inf missing) saturates. A zero keeps its
/// sign unless the format has no negative zero.
std::uint16_t encode(const Minifloat& format, double value, Rounding rounding, Overflow overflow);

}  // namespace macroscope::formats
