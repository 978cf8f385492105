// SPDX-License-Identifier: Apache-2.0
#include "formats/minifloat.hpp"

#include <cctype>
#include <cmath>
#include <limits>

namespace macroscope::formats {
namespace {

Code magnitude_mask(const Minifloat& f) { return (Code{1} << (f.bits() - 1)) - 1U; }

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

}  // namespace

Code Minifloat::max_code() const {
  const Code all = magnitude_mask(*this);
  switch (specials) {
    case Specials::ieee: return infinity_code() - 1U;
    case Specials::fn: return all - 1U;
    case Specials::fnuz:
    case Specials::none: break;
  }
  return all;
}

Code Minifloat::infinity_code() const {
  return ((1U << exponent_bits) - 1U) << mantissa_bits;
}

Code Minifloat::nan_code() const {
  switch (specials) {
    case Specials::ieee: return infinity_code() | (1U << (mantissa_bits - 1));
    case Specials::fnuz: return 1U << (bits() - 1);
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
  if (name == "tf32") return Minifloat{"tf32", 8, 10, 127, Specials::ieee};
  if (name == "fp22") return Minifloat{"fp22", 8, 13, 127, Specials::ieee};
  if (name.size() == 4 && name.substr(0, 3) == "pot" && name[3] >= '2' && name[3] <= '9')
    return Minifloat{std::string(name), name[3] - '1', 0, (1 << (name[3] - '2')) - 1, Specials::none};
  std::size_t at = 0;
  if (name.empty() || name[at++] != 'e') return std::nullopt;
  const auto exponent_bits = read_number(name, at);
  if (!exponent_bits || at >= name.size() || name[at++] != 'm') return std::nullopt;
  const auto mantissa_bits = read_number(name, at);
  if (!mantissa_bits || *exponent_bits < 1 || *exponent_bits > 8 || 1 + *exponent_bits + *mantissa_bits > 32) return std::nullopt;

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

Unpacked unpack(const Minifloat& f, Code code, Subnormals subnormals) {
  const unsigned magnitude = code & magnitude_mask(f);
  const unsigned exponent_field = magnitude >> f.mantissa_bits;
  const unsigned fraction = magnitude & ((1U << f.mantissa_bits) - 1U);
  const bool top_exponent = exponent_field == (1U << f.exponent_bits) - 1U;
  Unpacked u;
  u.negative = (code >> (f.bits() - 1)) & 1U;
  u.exponent = (exponent_field ? static_cast<int>(exponent_field) : 1) - f.bias;
  u.significand = fraction | (exponent_field ? 1U << f.mantissa_bits : 0U);
  if (subnormals == Subnormals::flush && exponent_field == 0) u.significand = 0;
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

double decode(const Minifloat& f, Code code, Subnormals subnormals) {
  const Unpacked u = unpack(f, code, subnormals);
  if (u.kind == Unpacked::Kind::nan) return std::numeric_limits<double>::quiet_NaN();
  const double magnitude = u.kind == Unpacked::Kind::infinity ? std::numeric_limits<double>::infinity()
                                                              : std::ldexp(u.significand, u.exponent - f.mantissa_bits);
  return u.negative ? -magnitude : magnitude;
}

Code encode(const Minifloat& f, double value, Rounding rounding, Overflow overflow, Subnormals subnormals, std::uint32_t random) {
  return MinifloatEncoder(f, rounding, overflow, subnormals)(value, random);
}

MinifloatEncoder::MinifloatEncoder(const Minifloat& f, Rounding rounding, Overflow overflow, Subnormals subnormals)
    : mantissa_bits_(f.mantissa_bits),
      min_exponent_(f.min_exponent()),
      sign_(Code{1} << (f.bits() - 1)),
      max_code_(f.max_code()),
      nan_(f.has_nan() ? f.nan_code() : Code{0}),
      beyond_(max_code_),
      rounding_(rounding),
      signed_beyond_(true),
      flush_(subnormals == Subnormals::flush),
      negative_zero_(f.specials != Specials::fnuz) {
  if (overflow == Overflow::nan && f.has_nan()) {
    beyond_ = nan_;
    signed_beyond_ = false;
  }
  if (overflow == Overflow::inf && f.has_infinity()) beyond_ = f.infinity_code();
}

}  // namespace macroscope::formats
