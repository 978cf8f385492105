// SPDX-License-Identifier: Apache-2.0
#include "tests/datapath/oracle.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>

namespace macroscope::datapath::test {
namespace {

using Big = boost::multiprecision::cpp_int;

/// count * 2^power, exactly; or an infinity; or not a number.
struct Number {
  enum class Kind { finite, infinity, nan } kind = Kind::finite;
  bool negative = false;
  Big count = 0;  ///< never negative
  int power = 0;
};

// --- What codes mean -------------------------------------------------------------------------------------------------

/// One code: its number, and the exponent that alignment looks at.
struct Code {
  Number number;
  int exponent = 0;
};

struct Layout {
  int exponent_bits, mantissa_bits;
  std::string specials;
};

Layout layout_of(const std::string& name) {
  if (name == "bf16") return {8, 7, "ieee"};
  if (name == "fp16") return {5, 10, "ieee"};
  char* end = nullptr;
  const int e = static_cast<int>(std::strtol(name.c_str() + 1, &end, 10));
  const int m = static_cast<int>(std::strtol(end + 1, &end, 10));
  std::string specials = end;
  if (specials.empty()) specials = name == "e4m3" ? "fn" : (name == "e2m1" || name == "e2m3" || name == "e3m2") ? "none" : "ieee";
  return {e, m, specials};
}

/// Codes of a minifloat by counting: each code is one last place above the one before, and the last place doubles after
/// every 2^m codes, except the first time (subnormals and the first binade share it).
std::vector<Code> count_codes(const std::string& name) {
  const Layout f = layout_of(name);
  const int bias = (1 << (f.exponent_bits - 1)) - (f.specials == "fnuz" ? 0 : 1);
  const std::uint32_t half = 1U << (f.exponent_bits + f.mantissa_bits), binade = 1U << f.mantissa_bits;
  std::vector<Code> codes(2 * half);
  Big count = 0;
  int last_place = 1 - bias - f.mantissa_bits;
  for (std::uint32_t c = 0; c < half; ++c) {
    if (c >= 2 * binade && c % binade == 0) {
      count /= 2;
      ++last_place;
    }
    Code code{{Number::Kind::finite, false, count, last_place}, last_place + f.mantissa_bits};
    if (f.specials == "ieee" && c >= half - binade) code.number.kind = c == half - binade ? Number::Kind::infinity : Number::Kind::nan;
    if (f.specials == "fn" && c == half - 1) code.number.kind = Number::Kind::nan;
    codes[c] = code;
    code.number.negative = true;
    if (f.specials == "fnuz" && c == 0) code.number.kind = Number::Kind::nan;
    codes[half + c] = code;
    ++count;
  }
  return codes;
}

std::vector<Code> count_integers(const std::string& name, int bits) {
  std::vector<Code> codes(std::size_t{1} << bits);
  const long size = 1L << bits;
  for (long c = 0; c < size; ++c) {
    long value = c < size / 2 || name[0] == 'u' ? c : c - size;
    if (name == "binary") value = c == 0 ? 1 : -1;
    if (name == "ternary") value = value == -2 ? -1 : value;
    codes[static_cast<std::size_t>(c)] = {{Number::Kind::finite, value < 0, Big(std::abs(value)), 0}, 0};
  }
  return codes;
}

/// Block scales of a minifloat are read as its codes.
const std::vector<Code>& scales_of(const ScaleSpec& scale) {
  static std::map<std::string, std::vector<Code>> tables;
  std::vector<Code>& table = tables[scale.format->name];
  if (table.empty()) table = count_codes(scale.format->name);
  return table;
}

const std::vector<Code>& codes_of(const formats::Element& element) {
  static std::map<std::string, std::vector<Code>> tables;
  std::vector<Code>& table = tables[element.name()];
  if (table.empty()) table = element.is_integer() ? count_integers(element.name(), element.bits()) : count_codes(element.name());
  return table;
}

// --- FP32 ------------------------------------------------------------------------------------------------------------

Number number_of(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  Number n;
  n.negative = bits >> 31;
  const std::uint32_t field = (bits >> 23) & 255U, fraction = bits & 0x7fffffU;
  if (field == 255) n.kind = fraction ? Number::Kind::nan : Number::Kind::infinity;
  n.count = field ? fraction + 0x800000U : fraction;
  n.power = (field ? static_cast<int>(field) : 1) - 150;
  return n;
}

float float_of_bits(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// -1, 0 or 1 as a < b, a == b or a > b, for magnitudes.
int compare(const Number& a, const Number& b) {
  const int common = std::min(a.power, b.power);
  const Big x = a.count << (a.power - common), y = b.count << (b.power - common);
  return x < y ? -1 : x > y ? 1 : 0;
}

/// The magnitude that FP32 code `code` has, with infinity read as the number that would follow the largest finite one.
Number magnitude_of_code(std::uint32_t code) {
  if (code == 0x7f800000U) return {Number::Kind::finite, false, 1, 128};
  return number_of(float_of_bits(code));
}

/// Largest code below infinity's successor whose magnitude does not exceed |x|. The guess only saves time: it is checked.
std::uint32_t code_below(const Number& x) {
  if (x.count == 0) return 0;
  const int leading = static_cast<int>(boost::multiprecision::msb(x.count)) + x.power;
  std::uint32_t low = 0, high = 0x7f800000U;
  if (leading >= 128) return high;
  if (leading > -126 && leading < 127) {
    low = static_cast<std::uint32_t>(leading + 127) << 23;
    high = low + (1U << 23);
  }
  if (compare(magnitude_of_code(low), x) > 0) throw std::logic_error("a binade was guessed wrongly");
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    (compare(magnitude_of_code(middle), x) <= 0 ? low : high) = middle;
  }
  return low;
}

/// The nearer of the two FP32 numbers that x lies between; of two equally near the one with the even code.
float nearest_float(const Number& x) {
  if (x.kind == Number::Kind::nan) return float_of_bits(0x7fc00000U);
  const std::uint32_t sign = x.negative ? 0x80000000U : 0U;
  if (x.kind == Number::Kind::infinity) return float_of_bits(sign | 0x7f800000U);
  const std::uint32_t below = code_below(x);
  if (below == 0x7f800000U) return float_of_bits(sign | below);
  // Twice x against the sum of its neighbours.
  const Number low = magnitude_of_code(below), high = magnitude_of_code(below + 1);
  const int common = std::min(low.power, high.power);
  const Number sum{Number::Kind::finite, false, (low.count << (low.power - common)) + (high.count << (high.power - common)), common};
  const Number twice{Number::Kind::finite, false, x.count, x.power + 1};
  const int side = compare(twice, sum);
  const bool up = side > 0 || (side == 0 && (below & 1U));
  return float_of_bits(sign | (below + (up ? 1U : 0U)));
}

Number sum_of(const Number& a, const Number& b) {
  if (a.kind == Number::Kind::nan || b.kind == Number::Kind::nan) return {Number::Kind::nan};
  if (a.kind == Number::Kind::infinity || b.kind == Number::Kind::infinity) {
    if (a.kind == b.kind && a.negative != b.negative) return {Number::Kind::nan};
    return a.kind == Number::Kind::infinity ? a : b;
  }
  const int common = std::min(a.power, b.power);
  Big total = (a.count << (a.power - common)) * (a.negative ? -1 : 1) + (b.count << (b.power - common)) * (b.negative ? -1 : 1);
  const bool negative = total < 0 || (a.count == 0 && b.count == 0 && a.negative && b.negative);  // -0 only from -0 and -0
  return {Number::Kind::finite, negative, abs(total), common};
}

Number product_of(const Number& a, const Number& b) {
  const auto zero = [](const Number& n) { return n.kind == Number::Kind::finite && n.count == 0; };
  if (a.kind == Number::Kind::nan || b.kind == Number::Kind::nan) return {Number::Kind::nan};
  const bool negative = a.negative != b.negative;
  if (a.kind == Number::Kind::infinity || b.kind == Number::Kind::infinity) {
    if (zero(a) || zero(b)) return {Number::Kind::nan};
    return {Number::Kind::infinity, negative};
  }
  return {Number::Kind::finite, negative, a.count * b.count, a.power + b.power};
}

// --- The unit --------------------------------------------------------------------------------------------------------

struct Lane {
  Number product;
  int exponent;
};

std::vector<Lane> products_of(const MacSpec& spec, const UnitInput& in) {
  const auto& a = codes_of(spec.activation.element);
  const auto& w = codes_of(spec.weight.element);
  std::vector<Lane> lanes;
  for (std::size_t i = 0; i < in.activation.size(); ++i)
    lanes.push_back({product_of(a.at(in.activation[i]).number, w.at(in.weight[i]).number), a.at(in.activation[i]).exponent + w.at(in.weight[i]).exponent});
  return lanes;
}

/// Cuts a magnitude to a multiple of 2^place.
void truncate(Number& n, int place) {
  if (n.power >= place) return;
  n.count >>= (place - n.power);
  n.power = place;
}

Number reduce(const MacSpec& spec, const UnitInput& in) {
  std::vector<Lane> lanes = products_of(spec, in);
  if (spec.dot.reduction == Reduction::aligned) {
    std::optional<int> emax;
    for (const Lane& lane : lanes)
      if (lane.product.kind == Number::Kind::finite && lane.product.count != 0) emax = emax ? std::max(*emax, lane.exponent) : lane.exponent;
    for (Lane& lane : lanes)
      if (emax && lane.product.kind == Number::Kind::finite) truncate(lane.product, *emax - spec.dot.window + 1);
  }
  Number total;
  for (const Lane& lane : lanes) total = sum_of(total, lane.product);
  if (total.kind == Number::Kind::finite && total.count == 0) total.negative = false;
  return total;
}

Big power_of_two(int bits) { return Big(1) << bits; }

Big register_value(PsumBits psum, int bits) {
  Big value = 0;
  for (int i = bits - 1; i >= 0; --i) value = value * 2 + static_cast<unsigned>((psum >> i) & 1);
  return value >= power_of_two(bits - 1) ? Big(value - power_of_two(bits)) : value;
}

PsumBits register_bits(Big value, int bits, AccumulatorOverflow overflow) {
  const Big highest = power_of_two(bits - 1) - 1, lowest = -power_of_two(bits - 1);
  if (overflow == AccumulatorOverflow::saturate) value = value > highest ? highest : value < lowest ? lowest : value;
  while (value < 0) value += power_of_two(bits);
  value %= power_of_two(bits);
  PsumBits result = 0;
  for (int i = bits - 1; i >= 0; --i) result = result * 2 + static_cast<unsigned>(bit_test(value, static_cast<unsigned>(i)));
  return result;
}

/// Weight of a fixed-point accumulator's last bit: that of the product of the two smallest codes above zero.
int fixed_point_place(const MacSpec& spec) {
  if (spec.accumulate.format == AccumulatorFormat::int32) return 0;
  return codes_of(spec.activation.element)[1].number.power + codes_of(spec.weight.element)[1].number.power;
}

PsumBits add_to_register(const MacSpec& spec, const Number& sum, PsumBits psum) {
  const int bits = spec.accumulate.format == AccumulatorFormat::int32 ? 32 : spec.accumulate.bits;
  const PsumBits nan_flag = static_cast<PsumBits>(1) << bits;
  if (spec.accumulate.format == AccumulatorFormat::kulisch && (sum.kind == Number::Kind::nan || (psum & nan_flag))) return nan_flag;
  const int place = fixed_point_place(spec);
  const Big units = (sum.power >= place ? Big(sum.count << (sum.power - place)) : Big(sum.count >> (place - sum.power))) * (sum.negative ? -1 : 1);
  return register_bits(register_value(psum, bits) + units, bits, spec.accumulate.overflow);
}

Number block_scale(const OperandSpec& side, std::uint32_t code) {
  const Number one{Number::Kind::finite, false, 1, 0};
  if (!side.scale || side.scale->granularity != Granularity::block || side.scale->encoding == ScaleEncoding::fp32) return one;
  if (side.scale->encoding == ScaleEncoding::minifloat) return scales_of(*side.scale).at(code).number;
  const int point = side.element.is_integer() ? side.element.bits() - 2 : 0;  // the MX integer's
  return {code == 255 ? Number::Kind::nan : Number::Kind::finite, false, 1, static_cast<int>(code) - 127 - point};
}

PsumBits add_to_float(const MacSpec& spec, const UnitInput& in, Number sum) {
  sum = product_of(sum, product_of(block_scale(spec.activation, in.activation_scale), block_scale(spec.weight, in.weight_scale)));
  if (sum.kind == Number::Kind::finite && sum.count == 0) sum.negative = false;
  const float value = nearest_float(sum);
  const float total = nearest_float(sum_of(number_of(float_of_bits(static_cast<std::uint32_t>(in.psum))), number_of(value)));
  std::uint32_t bits = 0;
  std::memcpy(&bits, &total, sizeof bits);
  return bits;
}

}  // namespace

PsumBits oracle_step(const MacSpec& spec, const UnitInput& in) {
  const Number sum = reduce(spec, in);
  return spec.accumulate.format == AccumulatorFormat::fp32 ? add_to_float(spec, in, sum) : add_to_register(spec, sum, in.psum);
}

float oracle_drain(const MacSpec& spec, PsumBits psum, float activation_scale, float weight_scale) {
  float value = 0;
  if (spec.accumulate.format == AccumulatorFormat::fp32) {
    value = float_of_bits(static_cast<std::uint32_t>(psum));
  } else {
    const int bits = spec.accumulate.format == AccumulatorFormat::int32 ? 32 : spec.accumulate.bits;
    const Big units = register_value(psum, bits);
    Number n{Number::Kind::finite, units < 0, abs(units), fixed_point_place(spec)};
    if (spec.accumulate.format == AccumulatorFormat::kulisch && ((psum >> bits) & 1)) n.kind = Number::Kind::nan;
    value = nearest_float(n);
  }
  const float scaled = nearest_float(product_of(number_of(value), number_of(activation_scale)));
  return nearest_float(product_of(number_of(scaled), number_of(weight_scale)));
}

float oracle_output(const MacSpec& spec, const std::vector<UnitInput>& groups, float activation_scale, float weight_scale) {
  PsumBits psum = 0;
  for (UnitInput input : groups) {
    input.psum = psum;
    psum = oracle_step(spec, input);
  }
  return oracle_drain(spec, psum, activation_scale, weight_scale);
}

}  // namespace macroscope::datapath::test
