// SPDX-License-Identifier: Apache-2.0
#include "formats/minifloat.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

namespace macroscope::formats {
namespace {

std::uint16_t magnitude_mask(const Minifloat& f) { return static_cast<std::uint16_t>((1U << (f.bits() - 1)) - 1U); }

std::optional<int> read_number(std::string_view text, std::size_t& at) {
  if (at >= text.size() || !std::isdigit(static_cast<unsigned char>(text[at]))) return std::nullopt;
  int value = 0;
  while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) && value < 100) value = 10 * value + (text[at++] - '0');
  return value;
}

Specials default_specials(int exponent_bits, int mantissa_bits) {
  if (exponent_bits == 4 && mantissa_bits == 3) return Specials::fn;
  if (1 + exponent_bits + mantissa_bits <= 6) return Specials::none;
  return Specials::ieee;
}

/// Rounds a non-negative value to an integer; exact for values below 2^52. A tie goes to the integer n for which n + offset
/// is even.
double round_to_integer(double x, Rounding rounding, double offset) {
  switch (rounding) {
    case Rounding::truncate: return std::floor(x);
    case Rounding::half_away: return std::floor(x) + (x - std::floor(x) >= 0.5 ? 1.0 : 0.0);
    case Rounding::rne: break;
  }
  const double below = std::floor(x);
  const double fraction = x - below;
  if (fraction != 0.5) return below + (fraction > 0.5 ? 1.0 : 0.0);
  return std::fmod(below + offset, 2.0) == 0.0 ? below : below + 1.0;
}

}  // namespace

std::uint16_t Minifloat::max_code() const {
  const std::uint16_t all = magnitude_mask(*this);
  switch (specials) {
    case Specials::ieee: return static_cast<std::uint16_t>(infinity_code() - 1U);
    case Specials::fn: return static_cast<std::uint16_t>(all - 1U);
    case Specials::fnuz:
    case Specials::none: break;
  }
  return all;
}

std::uint16_t Minifloat::infinity_code() const {
  return static_cast<std::uint16_t>(((1U << exponent_bits) - 1U) << mantissa_bits);
}

std::uint16_t Minifloat::nan_code() const {
  switch (specials) {
    case Specials::ieee: return static_cast<std::uint16_t>(infinity_code() | (1U << (mantissa_bits - 1)));
    case Specials::fnuz: return static_cast<std::uint16_t>(1U << (bits() - 1));
    case Specials::fn:
    case Specials::none: break;
  }
  return magnitude_mask(*this);
}

double Minifloat::max_finite() const { return decode(*this, max_code()); }

int Minifloat::max_exponent() const { return std::ilogb(max_finite()); }

std::optional<Minifloat> parse_minifloat(std::string_view name) {
  if (name == "bf16") return Minifloat{"bf16", 8, 7, 127, Specials::ieee};
  if (name == "fp16") return Minifloat{"fp16", 5, 10, 15, Specials::ieee};
  std::size_t at = 0;
  if (name.empty() || name[at++] != 'e') return std::nullopt;
  const auto exponent_bits = read_number(name, at);
  if (!exponent_bits || at >= name.size() || name[at++] != 'm') return std::nullopt;
  const auto mantissa_bits = read_number(name, at);
  if (!mantissa_bits || *exponent_bits < 1 || *exponent_bits > 8 || 1 + *exponent_bits + *mantissa_bits > 16) return std::nullopt;

  Minifloat f{std::string(name), *exponent_bits, *mantissa_bits, (1 << (*exponent_bits - 1)) - 1, Specials::none};
  const std::string_view suffix = name.substr(at);
  if (suffix.empty()) f.specials = default_specials(*exponent_bits, *mantissa_bits);
  else if (suffix == "ieee") f.specials = Specials::ieee;
  else if (suffix == "fn") f.specials = Specials::fn;
  else if (suffix == "fnuz") f.specials = Specials::fnuz;
  else if (suffix == "none") f.specials = Specials::none;
  else return std::nullopt;
  if (f.specials == Specials::fnuz) f.bias += 1;  // ml_dtypes, and the Graphcore/AMD FP8 proposal (arXiv 2206.02915)
  if (f.specials == Specials::ieee && *mantissa_bits == 0) return std::nullopt;  // no room for a NaN beside infinity
  return f;
}

Unpacked unpack(const Minifloat& f, std::uint16_t code) {
  const unsigned magnitude = code & magnitude_mask(f);
  const unsigned exponent_field = magnitude >> f.mantissa_bits;
  const unsigned fraction = magnitude & ((1U << f.mantissa_bits) - 1U);
  const bool top_exponent = exponent_field == (1U << f.exponent_bits) - 1U;
  Unpacked u;
  u.negative = (code >> (f.bits() - 1)) & 1U;
  u.exponent = (exponent_field ? static_cast<int>(exponent_field) : 1) - f.bias;
  u.significand = fraction | (exponent_field ? 1U << f.mantissa_bits : 0U);
  switch (f.specials) {
    case Specials::ieee:
      if (top_exponent) u.kind = fraction ? Unpacked::Kind::nan : Unpacked::Kind::infinity;
      break;
    case Specials::fn:
      if (magnitude == magnitude_mask(f)) u.kind = Unpacked::Kind::nan;
      break;
    case Specials::fnuz:
      if (u.negative && magnitude == 0) u.kind = Unpacked::Kind::nan;
      break;
    case Specials::none: break;
  }
  return u;
}

double decode(const Minifloat& f, std::uint16_t code) {
  const Unpacked u = unpack(f, code);
  if (u.kind == Unpacked::Kind::nan) return std::numeric_limits<double>::quiet_NaN();
  const double magnitude = u.kind == Unpacked::Kind::infinity ? std::numeric_limits<double>::infinity()
                                                              : std::ldexp(u.significand, u.exponent - f.mantissa_bits);
  return u.negative ? -magnitude : magnitude;
}

std::uint16_t encode(const Minifloat& f, double value, Rounding rounding, Overflow overflow) {
  const bool negative = std::signbit(value);
  const auto sign = static_cast<std::uint16_t>(negative ? 1U << (f.bits() - 1) : 0U);
  if (std::isnan(value)) return f.has_nan() ? f.nan_code() : std::uint16_t{0};

  const auto beyond = [&]() -> std::uint16_t {
    if (overflow == Overflow::nan && f.has_nan()) return f.nan_code();
    if (overflow == Overflow::inf && f.has_infinity()) return static_cast<std::uint16_t>(sign | f.infinity_code());
    return static_cast<std::uint16_t>(sign | f.max_code());
  };
  const double magnitude = std::fabs(value);
  if (std::isinf(magnitude)) return beyond();

  // Codes of one sign are ordered as their values are, and a carry out of the fraction is a step of the exponent field:
  // rounding the significand in units of the last place gives the code by addition.
  const int exponent = magnitude == 0 ? f.min_exponent() : std::max(std::ilogb(magnitude), f.min_exponent());
  const double binades = std::ldexp(exponent - f.min_exponent(), f.mantissa_bits);  // subnormals: exponent field 0
  const double code = binades + round_to_integer(std::ldexp(magnitude, f.mantissa_bits - exponent), rounding, binades);
  if (code > f.max_code()) return beyond();
  const auto magnitude_code = static_cast<std::uint16_t>(code);
  if (magnitude_code == 0 && f.specials == Specials::fnuz) return 0;
  return static_cast<std::uint16_t>(sign | magnitude_code);
}

}  // namespace macroscope::formats
