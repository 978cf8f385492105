// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/unit.hpp"

#include <cstring>
#include <limits>

namespace macroscope::datapath {
namespace {

using formats::Unpacked;

constexpr std::uint32_t canonical_nan = 0x7fc00000U;

int bit_length(PsumBits x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  const auto low = static_cast<std::uint64_t>(x);
  if (high) return 128 - __builtin_clzll(high);
  return low ? 64 - __builtin_clzll(low) : 0;
}

int ceil_log2(int n) {
  int bits = 0;
  while ((1 << bits) < n) ++bits;
  return bits;
}

/// One lane's product before alignment: magnitude * 2^(exponent - fraction).
struct Product {
  bool negative;
  int exponent;
  std::uint64_t magnitude;
};

struct MinifloatLanes {
  const formats::Minifloat& activation;
  const formats::Minifloat& weight;
  int lanes;
  [[nodiscard]] int fraction() const { return activation.mantissa_bits + weight.mantissa_bits; }
};

/// Multiplies the lanes; returns the kind of the group (an infinite product or NaN ends the arithmetic).
GroupSum::Kind multiply(const MinifloatLanes& f, const formats::Code* a, const formats::Code* w, Product* products, bool& infinity_negative) {
  bool nan = false, plus_infinity = false, minus_infinity = false;
  for (int i = 0; i < f.lanes; ++i) {
    const Unpacked x = formats::unpack(f.activation, a[i]);
    const Unpacked y = formats::unpack(f.weight, w[i]);
    const bool negative = x.negative != y.negative;
    const bool infinite = x.kind == Unpacked::Kind::infinity || y.kind == Unpacked::Kind::infinity;
    const auto is_zero = [](const Unpacked& u) { return u.kind == Unpacked::Kind::finite && u.significand == 0; };
    nan |= x.kind == Unpacked::Kind::nan || y.kind == Unpacked::Kind::nan || (infinite && (is_zero(x) || is_zero(y)));
    if (infinite) (negative ? minus_infinity : plus_infinity) = true;
    products[i] = {negative, x.exponent + y.exponent, static_cast<std::uint64_t>(x.significand) * y.significand};
  }
  infinity_negative = minus_infinity;
  if (nan || (plus_infinity && minus_infinity)) return GroupSum::Kind::nan;
  return plus_infinity || minus_infinity ? GroupSum::Kind::infinity : GroupSum::Kind::finite;
}

Wide shift(std::uint64_t magnitude, int left) {
  if (left >= 0) return static_cast<Wide>(magnitude) << left;
  return left <= -64 ? 0 : static_cast<Wide>(magnitude >> -left);
}

GroupSum minifloat_sum(const MacSpec& spec, const formats::Code* a, const formats::Code* w) {
  const MinifloatLanes f{spec.activation.element.minifloat(), spec.weight.element.minifloat(), spec.dot.lanes};
  Product products[256];
  GroupSum group;
  group.kind = multiply(f, a, w, products, group.negative);
  if (group.kind != GroupSum::Kind::finite) return group;

  group.lsb_exponent = product_lsb(spec);
  if (spec.dot.reduction == Reduction::aligned) {
    int emax = std::numeric_limits<int>::min();
    for (int i = 0; i < f.lanes; ++i)
      if (products[i].magnitude && products[i].exponent > emax) emax = products[i].exponent;
    if (emax == std::numeric_limits<int>::min()) return group;  // all products are zero
    group.lsb_exponent = emax - spec.dot.window + 1;
  }
  for (int i = 0; i < f.lanes; ++i) {
    const Product& p = products[i];
    if (!p.magnitude) continue;
    const Wide term = shift(p.magnitude, p.exponent - f.fraction() - group.lsb_exponent);
    group.sum += p.negative ? -term : term;
  }
  return group;
}

/// A block scale: value = (-1)^negative * significand * 2^exponent.
Unpacked scale_value(const ScaleSpec& scale, formats::Code code) {
  if (scale.format) {
    Unpacked u = formats::unpack(*scale.format, code);
    u.exponent -= scale.format->mantissa_bits;
    return u;
  }
  return {code == formats::e8m0_nan ? Unpacked::Kind::nan : Unpacked::Kind::finite, false, static_cast<int>(code) - formats::e8m0_bias, 1};
}

GroupSum times_scale(const OperandSpec& side, formats::Code code, GroupSum group) {
  if (!side.has_unit_scale()) return group;
  const Unpacked scale = scale_value(*side.scale, code);
  const bool group_infinite = group.kind == GroupSum::Kind::infinity, scale_infinite = scale.kind == Unpacked::Kind::infinity;
  const bool nothing_times_infinity = (group_infinite && !scale_infinite && scale.significand == 0) || (scale_infinite && !group_infinite && group.sum == 0);
  if (group.kind == GroupSum::Kind::nan || scale.kind == Unpacked::Kind::nan || nothing_times_infinity) return {GroupSum::Kind::nan, false, 0, 0};
  const bool negative = (group_infinite ? group.negative : group.sum < 0) != scale.negative;
  if (group_infinite || scale_infinite) return {GroupSum::Kind::infinity, negative, 0, 0};
  group.sum *= scale.negative ? -static_cast<Wide>(scale.significand) : static_cast<Wide>(scale.significand);
  group.lsb_exponent += scale.exponent;
  return group;
}

PsumBits low_bits(int bits) { return (static_cast<PsumBits>(1) << bits) - 1; }

Wide sign_extend(PsumBits value, int bits) {
  const PsumBits sign = static_cast<PsumBits>(1) << (bits - 1);
  return static_cast<Wide>((value & low_bits(bits)) ^ sign) - static_cast<Wide>(sign);
}

/// psum + sum in a register of `bits` bits.
PsumBits add_fixed(PsumBits psum, Wide sum, int bits, AccumulatorOverflow overflow) {
  Wide total = sign_extend(psum, bits) + sum;
  if (overflow == AccumulatorOverflow::saturate) {
    const Wide largest = static_cast<Wide>(low_bits(bits - 1));
    if (total > largest) total = largest;
    if (total < -largest - 1) total = -largest - 1;
  }
  return static_cast<PsumBits>(total) & low_bits(bits);
}

std::uint32_t add_fp32(std::uint32_t psum, const GroupSum& group) {
  if (group.kind == GroupSum::Kind::nan) return canonical_nan;
  float value = 0;
  if (group.kind == GroupSum::Kind::infinity) {
    value = group.negative ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity();
  } else {
    const bool negative = group.sum < 0;
    value = round_to_fp32(negative, static_cast<PsumBits>(negative ? -group.sum : group.sum), group.lsb_exponent);
  }
  return fp32_bits(fp32_from_bits(psum) + value);
}

}  // namespace

std::uint32_t fp32_bits(float value) {
  if (value != value) return canonical_nan;
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float fp32_from_bits(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

float round_to_fp32(bool negative, PsumBits magnitude, int exponent) {
  const std::uint32_t sign = negative ? 0x80000000U : 0U;
  if (magnitude == 0) return 0.0F;
  // The last place of the result: 23 below the leading one, but never below 2^-149 (subnormals share it).
  const int leading = bit_length(magnitude) - 1 + exponent;
  if (leading > 127) return fp32_from_bits(sign | 0x7f800000U);
  const int last_place = leading - 23 < -149 ? -149 : leading - 23;
  const int drop = last_place - exponent;
  PsumBits kept = 0;
  if (drop <= 0) {
    kept = magnitude << -drop;
  } else if (drop <= 127) {
    kept = magnitude >> drop;
    const PsumBits rest = magnitude & low_bits(drop);
    const PsumBits half = static_cast<PsumBits>(1) << (drop - 1);
    if (rest > half || (rest == half && (kept & 1))) ++kept;
  }
  // Exponent field and fraction are one number: a carry out of the fraction steps the exponent, up to infinity.
  const auto significand = static_cast<std::uint32_t>(kept);
  const auto field = static_cast<std::uint32_t>(last_place + 149);  // 0 for subnormals and for the first binade
  return fp32_from_bits(sign | ((field << 23) + significand));
}

int product_lsb(const MacSpec& spec) {
  if (spec.activation.element.is_integer()) return -(spec.activation.scale_fraction_bits() + spec.weight.scale_fraction_bits());
  const auto& a = spec.activation.element.minifloat();
  const auto& w = spec.weight.element.minifloat();
  return a.min_exponent() - a.mantissa_bits + w.min_exponent() - w.mantissa_bits;
}

int exact_sum_bits(const MacSpec& spec) {
  const int carry = ceil_log2(spec.dot.lanes);
  if (spec.activation.element.is_integer()) return spec.activation.element.bits() + spec.weight.element.bits() + carry;
  const auto& a = spec.activation.element.minifloat();
  const auto& w = spec.weight.element.minifloat();
  // Largest product: below 2^(emax_a + 1 + emax_w + 1); one more bit for the sign.
  return a.max_exponent() + w.max_exponent() + 2 - product_lsb(spec) + carry + 1;
}

int scale_significand_bits(const MacSpec& spec) {
  int bits = 0;
  for (const OperandSpec* side : {&spec.activation, &spec.weight})
    if (side->has_unit_scale() && side->scale->format) bits += side->scale->format->mantissa_bits + 1;
  return bits;
}

int psum_bits(const MacSpec& spec) {
  return spec.accumulate.format == AccumulatorFormat::kulisch ? spec.accumulate.bits + 1 : 32;
}

GroupSum group_sum(const MacSpec& spec, const formats::Code* a, const formats::Code* w) {
  if (!spec.activation.element.is_integer()) return minifloat_sum(spec, a, w);
  GroupSum group;
  group.lsb_exponent = product_lsb(spec);
  for (int i = 0; i < spec.dot.lanes; ++i)
    group.sum += static_cast<std::int64_t>(formats::decode(spec.activation.element.integer(), a[i])) *
                 formats::decode(spec.weight.element.integer(), w[i]);
  return group;
}

GroupSum scaled(const MacSpec& spec, const GroupSum& sum, formats::Code a_scale, formats::Code w_scale) {
  GroupSum group = times_scale(spec.activation, a_scale, sum);
  return times_scale(spec.weight, w_scale, group);
}

PsumBits unit_step(const MacSpec& spec, const formats::Code* a, formats::Code a_scale, const formats::Code* w, formats::Code w_scale, PsumBits psum) {
  const GroupSum group = group_sum(spec, a, w);
  switch (spec.accumulate.format) {
    case AccumulatorFormat::int32: return add_fixed(psum, group.sum, 32, spec.accumulate.overflow);
    case AccumulatorFormat::kulisch: {
      const int bits = spec.accumulate.bits;
      const bool nan = ((psum >> bits) & 1) || group.kind == GroupSum::Kind::nan;
      const PsumBits total = add_fixed(psum, group.sum, bits, spec.accumulate.overflow);
      return nan ? static_cast<PsumBits>(1) << bits : total;
    }
    case AccumulatorFormat::fp32: break;
  }
  return add_fp32(static_cast<std::uint32_t>(psum), scaled(spec, group, a_scale, w_scale));
}

PsumBits unit_step(const MacSpec& spec, const UnitInput& in) {
  return unit_step(spec, in.activation.data(), in.activation_scale, in.weight.data(), in.weight_scale, in.psum);
}

float drain(const MacSpec& spec, PsumBits psum, float activation_scale, float weight_scale) {
  float value = 0;
  if (spec.accumulate.format == AccumulatorFormat::fp32) {
    value = fp32_from_bits(static_cast<std::uint32_t>(psum));
  } else {
    const int bits = spec.accumulate.bits;
    const bool nan = spec.accumulate.format == AccumulatorFormat::kulisch && ((psum >> bits) & 1);
    const Wide fixed = sign_extend(psum, bits);
    value = nan ? std::numeric_limits<float>::quiet_NaN()
                : round_to_fp32(fixed < 0, static_cast<PsumBits>(fixed < 0 ? -fixed : fixed),
                                spec.accumulate.format == AccumulatorFormat::kulisch ? product_lsb(spec) : 0);
  }
  value *= activation_scale;
  value *= weight_scale;
  return fp32_from_bits(fp32_bits(value));
}

std::string hex(PsumBits value, int bits) {
  std::string text;
  for (int digit = (bits + 3) / 4 - 1; digit >= 0; --digit) text += "0123456789abcdef"[static_cast<int>((value >> (4 * digit)) & 15)];
  return text;
}

}  // namespace macroscope::datapath
