// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/exact_number.hpp"

#include <algorithm>
#include <utility>

namespace macroscope::datapath {
namespace {

using formats::Minifloat;
using formats::Rounding;
using formats::Specials;

int bit_length(PsumBits x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  const auto low = static_cast<std::uint64_t>(x);
  if (high) return 128 - __builtin_clzll(high);
  return low ? 64 - __builtin_clzll(low) : 0;
}

/// x / 2^drop, rounded to an integer; drop > 0.
PsumBits drop_bits(PsumBits x, int drop, Rounding rounding) {
  if (drop > 128) return 0;
  const PsumBits kept = drop == 128 ? 0 : x >> drop;
  const PsumBits rest = drop == 128 ? x : x & ((static_cast<PsumBits>(1) << drop) - 1);
  const PsumBits half = static_cast<PsumBits>(1) << (drop - 1);
  switch (rounding) {
    case Rounding::rne: return kept + static_cast<PsumBits>(rest > half || (rest == half && (kept & 1)));
    case Rounding::half_away: return kept + static_cast<PsumBits>(rest >= half);
    default: return kept;
  }
}

std::uint32_t magnitude_mask(const Minifloat& f) { return (1U << (f.bits() - 1)) - 1U; }
std::uint32_t top_field(const Minifloat& f) { return (1U << f.exponent_bits) - 1U; }

std::uint32_t signed_code(const Minifloat& f, bool negative, std::uint32_t magnitude) {
  if (f.specials == Specials::fnuz && magnitude == 0) return 0;
  return negative ? magnitude | (magnitude_mask(f) + 1U) : magnitude;
}

std::uint32_t overflow_code(const Minifloat& f, bool negative) {
  if (f.has_infinity()) return signed_code(f, negative, f.infinity_code());
  return f.has_nan() ? f.nan_code() : signed_code(f, negative, f.max_code());
}

/// Right shift that keeps, in the last bit, whether anything was lost.
PsumBits shift_jamming(PsumBits x, int right) {
  if (right >= 128) return x != 0;
  const PsumBits kept = x >> right;
  return kept | static_cast<PsumBits>((kept << right) != x);
}

ExactNumber add_magnitudes(const ExactNumber& larger, const ExactNumber& smaller) {
  constexpr int leading_place = 125;  // room for a carry and a sign
  const int base = larger.exponent - (leading_place + 1 - bit_length(larger.magnitude));
  const PsumBits x = larger.magnitude << (larger.exponent - base);
  const int left = smaller.exponent - base;
  const PsumBits y = left >= 0 ? smaller.magnitude << left : shift_jamming(smaller.magnitude, -left);
  const Wide sum = (larger.negative ? -static_cast<Wide>(x) : static_cast<Wide>(x)) + (smaller.negative ? -static_cast<Wide>(y) : static_cast<Wide>(y));
  return exact_number(sum, base);
}

}  // namespace

ExactNumber exact_number(Wide sum, int exponent) {
  return {ExactNumber::Kind::finite, sum < 0, static_cast<PsumBits>(sum < 0 ? -sum : sum), exponent};
}

ExactNumber operator+(const ExactNumber& x, const ExactNumber& y) {
  using Kind = ExactNumber::Kind;
  if (x.kind == Kind::nan || y.kind == Kind::nan) return {Kind::nan, false, 0, 0};
  if (!x.is_finite() && !y.is_finite()) return x.negative == y.negative ? x : ExactNumber{Kind::nan, false, 0, 0};
  if (!x.is_finite()) return x;
  if (!y.is_finite()) return y;
  if (x.is_zero() && y.is_zero()) return {Kind::finite, x.negative && y.negative, 0, 0};
  if (x.is_zero()) return y;
  if (y.is_zero()) return x;
  const bool x_leads = bit_length(x.magnitude) + x.exponent >= bit_length(y.magnitude) + y.exponent;
  return x_leads ? add_magnitudes(x, y) : add_magnitudes(y, x);
}

std::uint32_t round_to_format(bool negative, PsumBits magnitude, int exponent, const Minifloat& f, Rounding rounding) {
  if (magnitude == 0) return signed_code(f, negative, 0);
  const int leading = bit_length(magnitude) - 1 + exponent;
  if (leading > static_cast<int>(top_field(f)) - f.bias) return overflow_code(f, negative);
  // The last place of the result: mantissa_bits below the leading one, but subnormals share that of the first binade.
  const int smallest_place = f.min_exponent() - f.mantissa_bits;
  const int last_place = std::max(leading - f.mantissa_bits, smallest_place);
  const int drop = last_place - exponent;
  const PsumBits kept = drop <= 0 ? magnitude << -drop : drop_bits(magnitude, drop, rounding);
  // Exponent field and fraction are one number: a carry out of the fraction steps the exponent.
  const std::uint64_t code = (static_cast<std::uint64_t>(last_place - smallest_place) << f.mantissa_bits) + static_cast<std::uint64_t>(kept);
  return code > f.max_code() ? overflow_code(f, negative) : signed_code(f, negative, static_cast<std::uint32_t>(code));
}

std::uint32_t FloatRegister::round(const ExactNumber& x) const {
  if (x.kind == ExactNumber::Kind::nan) return format_.nan_code();
  if (x.kind == ExactNumber::Kind::infinity) return overflow_code(format_, x.negative);
  const std::uint32_t code = round_to_format(x.negative, x.magnitude, x.exponent, format_, rounding_);
  return flush_ && is_subnormal(code) ? signed_code(format_, x.negative, 0) : code;
}

ExactNumber FloatRegister::value(std::uint32_t code) const {
  const formats::Unpacked u = formats::unpack(format_, code, flush_ ? formats::Subnormals::flush : formats::Subnormals::keep);
  const ExactNumber::Kind kind = u.kind == formats::Unpacked::Kind::nan        ? ExactNumber::Kind::nan
                                 : u.kind == formats::Unpacked::Kind::infinity ? ExactNumber::Kind::infinity
                                                                               : ExactNumber::Kind::finite;
  return {kind, u.negative, u.significand, u.exponent - format_.mantissa_bits};
}

int FloatRegister::stored_exponent(std::uint32_t code) const { return formats::unpack(format_, code).exponent; }

bool FloatRegister::is_subnormal(std::uint32_t code) const {
  const std::uint32_t magnitude = code & magnitude_mask(format_);
  return magnitude != 0 && magnitude >> format_.mantissa_bits == 0;
}

}  // namespace macroscope::datapath
