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
  if (name == "fp32") return {8, 23, "ieee"};
  if (name == "fp22") return {8, 13, "ieee"};
  if (name == "tf32") return {8, 10, "ieee"};
  if (name == "bf16") return {8, 7, "ieee"};
  if (name == "fp16") return {5, 10, "ieee"};
  if (name.substr(0, 3) == "pot") return {name[3] - '1', 0, "none"};
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

// --- Floating-point registers --------------------------------------------------------------------------------------------

float float_of_bits(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::uint32_t bits_of_float(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// -1, 0 or 1 as a < b, a == b or a > b, for magnitudes.
int compare(const Number& a, const Number& b) {
  const int common = std::min(a.power, b.power);
  const Big x = a.count << (a.power - common), y = b.count << (b.power - common);
  return x < y ? -1 : x > y ? 1 : 0;
}

/// A floating-point format, and how results enter it: to the nearest of its numbers (ties: even code) or towards zero.
struct Register {
  Layout layout;
  bool nearest = true;
  bool flush = false;

  [[nodiscard]] int bias() const { return (1 << (layout.exponent_bits - 1)) - (layout.specials == "fnuz" ? 0 : 1); }
  [[nodiscard]] std::uint32_t binade() const { return 1U << layout.mantissa_bits; }
  [[nodiscard]] std::uint32_t half() const { return 1U << (layout.exponent_bits + layout.mantissa_bits); }  ///< the sign bit
  [[nodiscard]] std::uint32_t largest() const { return half() - (layout.specials == "ieee" ? binade() + 1 : layout.specials == "fn" ? 2 : 1); }
  [[nodiscard]] std::uint32_t nan() const {
    if (layout.specials == "ieee") return half() - binade() + binade() / 2;
    return layout.specials == "fnuz" ? half() : half() - 1;
  }
  [[nodiscard]] std::uint32_t infinity() const { return layout.specials == "ieee" ? half() - binade() : nan(); }

  /// What the code would stand for if no code were special.
  [[nodiscard]] Number counted(std::uint32_t magnitude) const {
    const std::uint32_t field = magnitude / binade(), fraction = magnitude % binade();
    const int power = static_cast<int>(field ? field : 1) - bias() - layout.mantissa_bits;
    return {Number::Kind::finite, false, field ? fraction + binade() : fraction, power};
  }

  [[nodiscard]] Number value(std::uint32_t code) const {
    const std::uint32_t magnitude = code % half();
    Number n = counted(magnitude);
    n.negative = code >= half();
    if (magnitude > largest()) n.kind = layout.specials == "ieee" && magnitude == infinity() ? Number::Kind::infinity : Number::Kind::nan;
    if (layout.specials == "fnuz" && code == half()) n.kind = Number::Kind::nan;
    if (flush && magnitude < binade() && n.kind == Number::Kind::finite) n.count = 0;
    return n;
  }

  /// As value() counts it: a subnormal has the first binade's.
  [[nodiscard]] int exponent(std::uint32_t code) const { return counted(code % half()).power + layout.mantissa_bits; }

  [[nodiscard]] std::uint32_t with_sign(std::uint32_t magnitude, bool negative) const {
    if (layout.specials == "fnuz" && magnitude == 0) return 0;
    return magnitude == nan() ? magnitude : magnitude + (negative ? half() : 0);
  }

  [[nodiscard]] std::uint32_t round(const Number& x) const {
    if (x.kind == Number::Kind::nan) return nan();
    if (x.kind == Number::Kind::infinity) return with_sign(infinity(), x.negative);
    std::uint32_t magnitude = below(x);
    if (nearest && magnitude <= largest()) {
      // Twice x against the sum of its neighbours.
      const Number low = counted(magnitude), high = counted(magnitude + 1);
      const int common = std::min(low.power, high.power);
      const Number sum{Number::Kind::finite, false, (low.count << (low.power - common)) + (high.count << (high.power - common)), common};
      const int side = compare({Number::Kind::finite, false, x.count, x.power + 1}, sum);
      if (side > 0 || (side == 0 && magnitude % 2)) ++magnitude;
    }
    if (magnitude > largest()) return with_sign(infinity(), x.negative);
    if (flush && magnitude < binade()) magnitude = 0;
    return with_sign(magnitude, x.negative);
  }

 private:
  /// Largest magnitude up to largest() + 1 that does not exceed |x|. The guess only saves time: it is checked.
  [[nodiscard]] std::uint32_t below(const Number& x) const {
    if (x.count == 0) return 0;
    std::uint32_t low = 0, high = largest() + 1;
    if (compare(counted(high), x) <= 0) return high;
    const int field = static_cast<int>(boost::multiprecision::msb(x.count)) + x.power + bias();
    if (field > 0) {
      low = static_cast<std::uint32_t>(field) * binade();
      high = std::min(low + binade(), high);
    }
    if (compare(counted(low), x) > 0) throw std::logic_error("a binade was guessed wrongly");
    while (high - low > 1) {
      const std::uint32_t middle = low + (high - low) / 2;
      (compare(counted(middle), x) <= 0 ? low : high) = middle;
    }
    return low;
  }
};

const Register& fp32() {
  static const Register format{layout_of("fp32")};
  return format;
}

float nearest_float(const Number& x) { return float_of_bits(fp32().round(x)); }
Number number_of(float value) { return fp32().value(bits_of_float(value)); }

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

/// The scales of planes multiply what leaves the unit.
bool block_scaled(const OperandSpec& side) { return side.scale && !side.planes && side.scale->granularity == Granularity::block && side.scale->encoding != ScaleEncoding::fp32; }

/// A block scale and the exponent that alignment looks at; 1 where there is none.
Code block_scale(const OperandSpec& side, std::uint32_t code) {
  if (!block_scaled(side)) return {{Number::Kind::finite, false, 1, 0}, 0};
  if (side.scale->encoding == ScaleEncoding::minifloat) return scales_of(*side.scale).at(code);
  return {{code == 255 ? Number::Kind::nan : Number::Kind::finite, false, 1, static_cast<int>(code) - 127}, static_cast<int>(code) - 127};
}

/// An integer is a fixed-point number under an E8M0 scale (OCP MX 5.3.6).
bool is_mx_integer(const OperandSpec& side) { return side.element.is_integer() && block_scaled(side) && side.scale->encoding == ScaleEncoding::e8m0; }

/// Places right of the point of an integer that alignment looks at: 1.(N-2), a uintN 1.(N-1), +-1 and 0 none.
int integer_places(const formats::Element& element) {
  if (element.name() == "binary" || element.name() == "ternary") return 0;
  return element.bits() - (element.name()[0] == 'u' ? 1 : 2);
}

/// What an operand's code stands for in the unit. An integer is aligned as if its point were that many places further left.
Code operand(const MacSpec& spec, const OperandSpec& side, std::uint16_t code) {
  Code c = codes_of(side.element).at(code);
  if (side.element.is_integer()) {
    const int places = integer_places(side.element);
    if (is_mx_integer(side)) c.number.power -= places;
    else c.exponent += places;
  } else if (spec.dot.flush_subnormals && c.number.kind == Number::Kind::finite && c.number.count < (Big(1) << layout_of(side.element.name()).mantissa_bits)) {
    c.number.count = 0;
  }
  return c;
}

struct Lane {
  Number product;
  int exponent;
};

std::vector<Lane> products_of(const MacSpec& spec, const UnitInput& in) {
  std::vector<Lane> lanes;
  for (std::size_t i = 0; i < in.activation.size(); ++i) {
    const Code a = operand(spec, spec.activation, in.activation[i]), w = operand(spec, spec.weight, in.weight[i]);
    lanes.push_back({product_of(a.number, w.number), a.exponent + w.exponent});
  }
  return lanes;
}

bool nonzero(const Number& n) { return n.kind == Number::Kind::finite && n.count != 0; }

/// Brings a number to a multiple of 2^place.
Number cut(const DotSpec& dot, Number n, int place) {
  if (n.kind != Number::Kind::finite || n.power >= place) return n;
  const Big unit = Big(1) << (place - n.power);
  Big quotient = n.count / unit;
  const Big rest = n.count - quotient * unit;
  if (dot.round == formats::Rounding::rne) quotient += rest * 2 > unit || (rest * 2 == unit && quotient % 2 == 1) ? 1 : 0;
  else if (dot.magnitude == Magnitude::twos_complement) quotient += n.negative && rest != 0 ? 1 : 0;
  return {n.kind, n.negative, quotient, place};
}

Number positive_zero(Number n) {
  if (n.kind == Number::Kind::finite && n.count == 0) n.negative = false;
  return n;
}

Number total_of(const std::vector<Lane>& lanes) {
  Number total;
  for (const Lane& lane : lanes) total = sum_of(total, lane.product);
  return positive_zero(total);
}

/// Cuts every product, and `psum` if there is one, to the window below the largest of their exponents.
void align(const DotSpec& dot, std::vector<Lane>& lanes, Lane* psum) {
  std::optional<int> emax;
  for (const Lane& lane : lanes)
    if (nonzero(lane.product)) emax = std::max(emax.value_or(lane.exponent), lane.exponent);
  if (psum && nonzero(psum->product)) emax = std::max(emax.value_or(psum->exponent), psum->exponent);
  if (!emax) return;
  for (Lane& lane : lanes) lane.product = cut(dot, lane.product, *emax - dot.window + 1);
  if (psum) psum->product = cut(dot, psum->product, *emax - dot.window + 1);
}

/// The definitions, word by word: what comes after c.
std::uint32_t floating_step(const MacSpec& spec, const Register& r, std::vector<Lane> lanes, const Lane& scale, std::uint32_t psum) {
  const DotSpec& dot = spec.dot;
  const auto rounded = [&](const Number& n) { return r.value(r.round(n)); };
  if (dot.reduction == Reduction::tree) {
    std::vector<Number> level;
    for (const Lane& lane : lanes) level.push_back(dot.round_products ? rounded(lane.product) : lane.product);
    while (level.size() > 1) {
      std::vector<Number> next;
      for (std::size_t i = 0; i < level.size(); i += 2) next.push_back(i + 1 < level.size() ? rounded(sum_of(level[i], level[i + 1])) : level[i]);
      level = next;
    }
    return r.round(sum_of(r.value(psum), product_of(level[0], scale.product)));
  }
  std::vector<Lane> scaled;
  for (const Lane& lane : lanes) scaled.push_back({product_of(lane.product, scale.product), lane.exponent + scale.exponent});
  if (dot.reduction == Reduction::sequential) {
    Number c = r.value(psum);
    for (const Lane& lane : scaled) c = rounded(sum_of(c, dot.round_products ? rounded(lane.product) : lane.product));
    return r.round(c);
  }
  Lane c{r.value(psum), r.exponent(psum)};
  if (dot.reduction == Reduction::aligned && dot.fused) {
    align(dot, scaled, &c);
    return r.round(sum_of(c.product, total_of(scaled)));
  }
  if (dot.reduction == Reduction::aligned) align(dot, lanes, nullptr);
  const Number sum = positive_zero(product_of(total_of(lanes), scale.product));
  return r.round(sum_of(c.product, dot.fused ? sum : rounded(sum)));
}

Register register_of(const MacSpec& spec) {
  return {layout_of(spec.accumulate.format.name()), spec.accumulate.round == formats::Rounding::rne, spec.dot.flush_subnormals};
}

Register outer_register_of(const MacSpec& spec) {
  return {layout_of(spec.accumulate.chunk->into.name()), spec.accumulate.chunk->round == formats::Rounding::rne, spec.dot.flush_subnormals};
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
  value %= power_of_two(bits);
  if (value < 0) value += power_of_two(bits);
  PsumBits result = 0;
  for (int i = bits - 1; i >= 0; --i) result = result * 2 + static_cast<unsigned>(bit_test(value, static_cast<unsigned>(i)));
  return result;
}

/// Weight of a fixed-point accumulator's last bit: that of the product of the two smallest codes above zero.
int fixed_point_place(const MacSpec& spec) {
  if (spec.accumulate.format.is_integer()) return 0;
  return codes_of(spec.activation.element)[1].number.power + codes_of(spec.weight.element)[1].number.power;
}

PsumBits add_to_register(const MacSpec& spec, const Number& sum, PsumBits psum) {
  const int bits = spec.accumulate.bits;
  const PsumBits nan_flag = static_cast<PsumBits>(1) << bits;
  if (spec.accumulate.format.is_kulisch() && (sum.kind == Number::Kind::nan || (psum & nan_flag))) return nan_flag;
  const int place = fixed_point_place(spec);
  const Big units = (sum.power >= place ? Big(sum.count << (sum.power - place)) : Big(sum.count >> (place - sum.power))) * (sum.negative ? -1 : 1);
  return register_bits(register_value(psum, bits) + units, bits, spec.accumulate.overflow);
}

/// What a partial sum stands for.
Number number_in(const MacSpec& spec, PsumBits psum) {
  if (spec.accumulate.format.is_floating()) return register_of(spec).value(static_cast<std::uint32_t>(psum));
  const int bits = spec.accumulate.bits;
  if (spec.accumulate.format.is_kulisch() && ((psum >> bits) & 1)) return {Number::Kind::nan};
  const Big units = register_value(psum, bits);
  return {Number::Kind::finite, units < 0, abs(units), fixed_point_place(spec)};
}

}  // namespace

PsumBits oracle_step(const MacSpec& spec, const UnitInput& in) {
  const std::vector<Lane> lanes = products_of(spec, in);
  if (!spec.accumulate.format.is_floating()) return add_to_register(spec, total_of(lanes), in.psum);
  const Register r = register_of(spec);
  const Code a = block_scale(spec.activation, in.activation_scale), w = block_scale(spec.weight, in.weight_scale);
  return floating_step(spec, r, lanes, {product_of(a.number, w.number), a.exponent + w.exponent}, static_cast<std::uint32_t>(in.psum));
}

float oracle_drain(const MacSpec& spec, PsumBits psum, float activation_scale, float weight_scale) {
  const float value = nearest_float(spec.accumulate.chunk ? outer_register_of(spec).value(static_cast<std::uint32_t>(psum)) : number_in(spec, psum));
  const float scaled = nearest_float(product_of(number_of(value), number_of(activation_scale)));
  return nearest_float(product_of(number_of(scaled), number_of(weight_scale)));
}

PsumBits oracle_chain(const MacSpec& spec, const std::vector<UnitInput>& groups) {
  PsumBits psum = 0;
  std::uint32_t outer = 0;
  const std::size_t steps = spec.accumulate.chunk ? static_cast<std::size_t>(spec.accumulate.chunk->length / spec.dot.lanes) : groups.size();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    UnitInput input = groups[g];
    input.psum = psum;
    psum = oracle_step(spec, input);
    if (!spec.accumulate.chunk || ((g + 1) % steps != 0 && g + 1 != groups.size())) continue;
    const Register r = outer_register_of(spec);
    outer = r.round(sum_of(r.value(outer), number_in(spec, psum)));
    psum = 0;
  }
  return spec.accumulate.chunk ? outer : psum;
}

float oracle_output(const MacSpec& spec, const std::vector<UnitInput>& groups, float activation_scale, float weight_scale) {
  return oracle_drain(spec, oracle_chain(spec, groups), activation_scale, weight_scale);
}

}  // namespace macroscope::datapath::test
