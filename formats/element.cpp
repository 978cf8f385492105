// SPDX-License-Identifier: Apache-2.0
#include "formats/element.hpp"

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"

namespace macroscope::formats {

Element Element::parse(std::string_view name, std::string_view where) {
  if (name == "fp32") return {"fp32", Fp32{}};
  if (const auto integer = parse_integer(name)) return {std::string(name), *integer};
  if (const auto minifloat = parse_minifloat(name)) return {std::string(name), *minifloat};
  throw InputError(std::string(where) + ": unknown element format '" + std::string(name) + "'" +
                   accepted_words(name, {"int2 ... int16", "int8", "e4m3", "e5m2", "e3m2", "e2m3", "e2m1", "eXmY up to 16 bits (suffix ieee, fn, fnuz or none)",
                                         "bf16", "fp16", "fp32"}));
}

int Element::bits() const {
  if (is_integer()) return integer().bits;
  return is_minifloat() ? minifloat().bits() : 32;
}

double Element::max_finite() const {
  if (is_integer()) return integer().max();
  return is_minifloat() ? minifloat().max_finite() : static_cast<double>(3.402823466e38F);
}

int Element::block_fraction_bits() const { return is_integer() ? integer().bits - 2 : 0; }

int Element::block_max_exponent() const { return is_minifloat() ? minifloat().max_exponent() : 0; }

double Element::decode(std::uint16_t code) const {
  return is_integer() ? formats::decode(integer(), code) : formats::decode(minifloat(), code);
}

std::uint16_t Element::encode(double value, Rounding rounding, Overflow overflow) const {
  return is_integer() ? formats::encode(integer(), value, rounding) : formats::encode(minifloat(), value, rounding, overflow);
}

}  // namespace macroscope::formats
