// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "formats/code.hpp"
#include "formats/rounding.hpp"

namespace macroscope::formats {

/// Which codes of a minifloat are not finite numbers.
enum class Specials : std::uint8_t {
  ieee,  ///< top exponent holds infinity (fraction 0) and NaNs
  fn,    ///< finite but for NaN at exponent and fraction all ones (OCP E4M3)
  fnuz,  ///< no negative zero: its code is the only NaN
  none   ///< every code is a finite number (OCP E2M1, E2M3, E3M2)
};

/// A small floating-point format as a constant value, after LLVM's fltSemantics: sign, exponent and fraction widths, bias
/// and the rule for special values. At most 32 bits: small formats for operands, up to FP32 itself for accumulators.
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
  [[nodiscard]] Code nan_code() const;       ///< canonical; only if has_nan()
  [[nodiscard]] Code infinity_code() const;  ///< positive; only if has_infinity()
  [[nodiscard]] Code max_code() const;       ///< the largest finite positive number
};

/// The format named `eXmY` with an optional special-value suffix (`e4m3fn`, `e4m3fnuz`, `e3m4ieee`), `bf16`, `fp16`, `tf32`
/// (e8m10), `fp22` (e8m13, the partial sums that some tensor cores keep: arXiv 2412.19437 section 3.3.2 measures 14 bits) or
/// `potN` (a sign and N - 1 exponent bits, code 0 being zero: one power of two). Plain `e4m3` is fn and `e5m2` is ieee (OCP
/// FP8); what has at most 6 bits has no specials (OCP MX); any other defaults to ieee. Empty when the name is none of
/// these, has more than 8 exponent bits or more than 32 bits.
std::optional<Minifloat> parse_minifloat(std::string_view name);

/// Splits `code` into sign, exponent and significand (value = (-1)^negative * significand * 2^(exponent - mantissa_bits));
/// bits above the format's width must be zero.
Unpacked unpack(const Minifloat& format, Code code, Subnormals subnormals = Subnormals::keep);

/// The number that `code` stands for, exact in a double.
double decode(const Minifloat& format, Code code, Subnormals subnormals = Subnormals::keep);

/// The code of `value` after one rounding from its exact value. NaN becomes the canonical NaN, or zero in a format without
/// one; an overflow that the format can't spell (nan or inf missing) saturates. A zero, flushed ones included, keeps its
/// sign unless the format has no negative zero. `random` serves stochastic rounding alone.
Code encode(const Minifloat& format, double value, Rounding rounding, Overflow overflow, Subnormals subnormals = Subnormals::keep,
            std::uint32_t random = 0);

/// encode() for many numbers: what depends on the format alone is worked out once.
class MinifloatEncoder {
 public:
  MinifloatEncoder(const Minifloat& format, Rounding rounding, Overflow overflow, Subnormals subnormals = Subnormals::keep);

  [[nodiscard]] Code operator()(double value, std::uint32_t random = 0) const {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    const Code sign = bits >> 63 ? sign_ : 0U;
    const auto field = static_cast<int>((bits >> 52) & 0x7ff);
    if (field == 0x7ff) return (bits & fraction_mask) != 0 ? nan_ : beyond(sign);

    // Codes of one sign are ordered as their values are, and a carry out of the fraction is a step of the exponent field:
    // rounding the significand in units of the last place gives the code by addition.
    const std::uint64_t significand = (bits & fraction_mask) | (field ? std::uint64_t{1} << 52 : 0U);
    const int exponent = (field ? field : 1) - 1023;
    const int binade = exponent > min_exponent_ ? exponent : min_exponent_;  // subnormals share the first one
    const int shift = 52 - mantissa_bits_ + binade - exponent;
    const std::uint64_t kept = shift < 64 ? significand >> shift : 0;
    const std::uint64_t rest = shift < 64 ? significand & ((std::uint64_t{1} << shift) - 1U) : significand;
    std::uint64_t code = (static_cast<std::uint64_t>(binade - min_exponent_) << mantissa_bits_) + kept;
    code += rounds_up(rest, shift, code & 1U, rounding_, random);
    if (code > max_code_) return beyond(sign);
    if (flush_ && code >> mantissa_bits_ == 0) code = 0;
    return code == 0 && !negative_zero_ ? 0U : sign | static_cast<Code>(code);
  }

 private:
  static constexpr std::uint64_t fraction_mask = 0xfffffffffffffU;
  [[nodiscard]] Code beyond(Code sign) const { return signed_beyond_ ? sign | beyond_ : beyond_; }

  int mantissa_bits_, min_exponent_;
  Code sign_, max_code_, nan_, beyond_;
  Rounding rounding_;
  bool signed_beyond_, flush_, negative_zero_;
};

}  // namespace macroscope::formats
