// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "formats/minifloat.hpp"

namespace macroscope::datapath {

/// Contents of a partial-sum register (see unit.hpp), and wide integers for what is summed exactly.
__extension__ using PsumBits = unsigned __int128;
__extension__ using Wide = __int128;

/// A number before it is rounded: (-1)^negative * magnitude * 2^exponent; or an infinity of that sign; or not a number.
struct ExactNumber {
  enum class Kind : std::uint8_t { finite, infinity, nan };
  Kind kind = Kind::finite;
  bool negative = false;  ///< zeros have signs too
  PsumBits magnitude = 0;
  int exponent = 0;

  [[nodiscard]] bool is_finite() const { return kind == Kind::finite; }
  [[nodiscard]] bool is_zero() const { return is_finite() && magnitude == 0; }
};

/// A sum in fixed point, in units of 2^exponent; zero is +0.
ExactNumber exact_number(Wide sum, int exponent);

/// x + y. Infinities of both signs give NaN; a sum that cancels is +0, only -0 + -0 is -0 (IEEE 754-2019 6.3). Magnitudes
/// have at most 124 bits. Where the sum has too many bits to be held, those far below are replaced by one that is set if
/// any was: rounding the result to 64 bits or fewer gives what rounding the exact sum would.
ExactNumber operator+(const ExactNumber& x, const ExactNumber& y);

/// The code of (-1)^negative * magnitude * 2^exponent in a format of at most 32 bits: one rounding (not stochastic), gradual
/// underflow. What rounds beyond the largest finite number becomes infinity, or NaN in a format without infinities, or the
/// largest number in one with neither. That holds for truncation too, for magnitudes of at least 2^(emax + 1): unlike IEEE's
/// roundTowardZero and like tensor cores (arXiv 2511.10909).
std::uint32_t round_to_format(bool negative, PsumBits magnitude, int exponent, const formats::Minifloat& format, formats::Rounding rounding);

/// A register of a floating-point format and how results enter it.
class FloatRegister {
 public:
  FloatRegister(formats::Minifloat format, formats::Rounding rounding, bool flush_subnormals)
      : format_(std::move(format)), rounding_(rounding), flush_(flush_subnormals) {}

  /// The code of `x`, one rounding; NaN is the canonical one. With flush_subnormals a result that is subnormal after
  /// rounding becomes a zero of its sign.
  [[nodiscard]] std::uint32_t round(const ExactNumber& x) const;
  /// What a code stands for; with flush_subnormals a subnormal code is a zero of its sign.
  [[nodiscard]] ExactNumber value(std::uint32_t code) const;
  [[nodiscard]] std::uint32_t add(std::uint32_t code, const ExactNumber& x) const { return round(value(code) + x); }
  /// The exponent of a finite code as stored: that of subnormals is 1 - bias.
  [[nodiscard]] int stored_exponent(std::uint32_t code) const;
  [[nodiscard]] const formats::Minifloat& format() const { return format_; }

 private:
  [[nodiscard]] bool is_subnormal(std::uint32_t code) const;
  formats::Minifloat format_;
  formats::Rounding rounding_;
  bool flush_;
};

}  // namespace macroscope::datapath
