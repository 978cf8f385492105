// SPDX-License-Identifier: Apache-2.0
#include "formats/element.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"

namespace macroscope::formats {
namespace {

/// FNV-1a over the numbers' bytes: tables that differ get different names.
std::string hash_text(const std::vector<double>& values) {
  std::uint32_t hash = 0x811c9dc5U;
  for (const double value : values) {
    unsigned char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x01000193U;
  }
  char text[9];
  std::snprintf(text, sizeof text, "%08x", hash);
  return text;
}

}  // namespace

Element Element::parse(std::string_view name, std::string_view where) {
  if (name == "fp32") return {"fp32", Fp32{}};
  if (name == "int1") name = "binary";
  if (const auto integer = parse_integer(name)) return {std::string(name), *integer};
  if (const auto minifloat = parse_minifloat(name)) return {std::string(name), *minifloat};
  if (const auto table = named_table(name)) return make_table(std::string(name), table->values, parse(table->cell, where), table->cell_exponent);
  throw InputError(std::string(where) + ": unknown element format '" + std::string(name) + "'" +
                   accepted_words(name, {"int2 ... int16", "uint1 ... uint16", "int8", "binary", "ternary", "e4m3", "e5m2", "e3m2", "e2m3", "e2m1",
                                         "eXmY up to 8 exponent and 32 bits (suffix ieee, fn, fnuz or none)", "pot2 ... pot9", "pot2x1 ... pot2x3", "nf4",
                                         "dint4", "bf16", "fp16", "tf32", "fp22", "fp32"}));
}

Element Element::table(const std::string& prefix, const std::vector<double>& values, const Element& cell, int cell_exponent) {
  return make_table(prefix + "#" + hash_text(values), values, cell, cell_exponent);
}

Element Element::make_table(const std::string& name, std::vector<double> values, const Element& cell, int cell_exponent) {
  if (values.size() < 2 || values.size() > 256)
    throw InputError("table " + name + ": found " + std::to_string(values.size()) + " entries, accepted are 2 to 256");
  if (!cell.is_integer() && !cell.is_minifloat()) throw InputError("table " + name + ": its cell is " + cell.name() + ", accepted are integers and minifloats");
  Table t;
  t.bits = table_bits(values.size());
  values.resize(std::size_t{1} << t.bits, values.back());
  t.fraction_bits = cell.fraction_bits();
  t.significand_bits = cell.significand_bits();
  t.cell = cell.name();
  for (double& value : values) {
    value += 0.0;  // one zero
    const Code code = cell.encode(std::ldexp(value, -cell_exponent), Rounding::rne, Overflow::saturate);
    if (!std::isfinite(value) || std::ldexp(cell.decode(code), cell_exponent) != value)
      throw InputError("table " + name + ": its entry " + std::to_string(value) + " is no value of " + cell.name() + " times 2^" +
                       std::to_string(cell_exponent) + "; round the entries first or give them a wider cell");
    t.unpacked.push_back(cell.unpack(code));
    t.unpacked.back().exponent += cell_exponent;
  }
  t.values = std::move(values);
  for (Code code = 0; code < t.values.size(); ++code) t.ascending.push_back(code);
  std::stable_sort(t.ascending.begin(), t.ascending.end(), [&](Code a, Code b) { return t.values[a] < t.values[b]; });
  t.ascending.erase(std::unique(t.ascending.begin(), t.ascending.end(), [&](Code a, Code b) { return t.values[a] == t.values[b]; }), t.ascending.end());
  return {name, std::make_shared<const Table>(std::move(t))};
}

int Element::bits() const {
  if (is_integer()) return integer().bits;
  if (is_table()) return table().bits;
  return is_minifloat() ? minifloat().bits() : 32;
}

double Element::max_finite() const {
  if (is_integer()) return integer().max();
  if (is_table()) return std::max(std::fabs(table().values[table().ascending.front()]), std::fabs(table().values[table().ascending.back()]));
  return is_minifloat() ? minifloat().max_finite() : static_cast<double>(3.402823466e38F);
}

int Element::block_fraction_bits() const {
  if (!is_integer()) return 0;
  switch (integer().kind) {
    case IntegerKind::binary:
    case IntegerKind::ternary: return 0;
    case IntegerKind::unsigned_code: return integer().bits - 1;
    case IntegerKind::two_complement: break;
  }
  return integer().bits - 2;
}

int Element::block_max_exponent() const {
  if (is_table()) return std::ilogb(max_finite());
  return is_minifloat() ? minifloat().max_exponent() : 0;
}

int Element::fraction_bits() const {
  if (is_table()) return table().fraction_bits;
  return is_minifloat() ? minifloat().mantissa_bits : block_fraction_bits();
}

int Element::significand_bits() const {
  if (is_table()) return table().significand_bits;
  if (is_minifloat()) return minifloat().mantissa_bits + 1;
  return is_integer() && integer().kind != IntegerKind::ternary ? integer().bits : 1;
}

Unpacked Element::unpack(Code code, Subnormals subnormals) const {
  if (is_table()) return table().unpacked[code & ((Code{1} << table().bits) - 1U)];
  if (is_minifloat()) return formats::unpack(minifloat(), code, subnormals);
  const int value = formats::decode(integer(), code);
  return {Unpacked::Kind::finite, value < 0, block_fraction_bits(), static_cast<std::uint32_t>(value < 0 ? -value : value)};
}

double Element::decode(Code code, Subnormals subnormals) const {
  if (is_table()) return table().values[code & ((Code{1} << table().bits) - 1U)];
  return is_integer() ? formats::decode(integer(), code) : formats::decode(minifloat(), code, subnormals);
}

Code Element::encode(double value, Rounding rounding, Overflow overflow, Subnormals subnormals, std::uint32_t random) const {
  if (is_table()) return formats::encode(table(), value, rounding, random);
  return is_integer() ? formats::encode(integer(), value, rounding, random)
                      : formats::encode(minifloat(), value, rounding, overflow, subnormals, random);
}

}  // namespace macroscope::formats
