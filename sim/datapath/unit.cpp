// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/unit.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "sim/datapath/reduction.hpp"

namespace macroscope::datapath {
namespace {

int ceil_log2(int n) {
  int bits = 0;
  while ((1 << bits) < n) ++bits;
  return bits;
}

const formats::Minifloat& fp32_format() {
  static const formats::Minifloat format = AccumulatorFormat::parse("fp32", "").number();
  return format;
}

/// Exponents of an element's nonzero finite codes, as stored.
struct ExponentRange {
  int lowest, highest;
};

ExponentRange exponents(const formats::Element& e) {
  if (e.is_minifloat()) return {e.minifloat().min_exponent(), e.minifloat().max_exponent()};
  if (e.is_integer()) return {e.fraction_bits(), e.fraction_bits()};
  ExponentRange range{std::numeric_limits<int>::max(), std::numeric_limits<int>::min()};
  for (const formats::Unpacked& u : e.table().unpacked)
    if (u.significand) range = {std::min(range.lowest, u.exponent), std::max(range.highest, u.exponent)};
  return range;
}

int last_place(const OperandSpec& operand) { return exponents(operand.element).lowest - operand.element.fraction_bits() - operand.scale_fraction_bits(); }

/// Bits of an element's largest magnitude in units of its last place; the most negative integer needs them all.
int magnitude_bits(const formats::Element& e) { return e.significand_bits() + exponents(e).highest - exponents(e).lowest; }

PsumBits low_bits(int bits) { return (static_cast<PsumBits>(1) << bits) - 1; }

Wide sign_extend(PsumBits value, int bits) {
  const PsumBits sign = static_cast<PsumBits>(1) << (bits - 1);
  return static_cast<Wide>((value & low_bits(bits)) ^ sign) - static_cast<Wide>(sign);
}

/// A two's-complement register: total to contents.
PsumBits enter_fixed(Wide total, const AccumulateSpec& a, bool& overflowed) {
  const Wide largest = static_cast<Wide>(low_bits(a.bits - 1));
  overflowed = total > largest || total < -largest - 1;
  if (overflowed && a.overflow == AccumulatorOverflow::saturate) total = total < 0 ? -largest - 1 : largest;
  return static_cast<PsumBits>(total) & low_bits(a.bits);
}

PsumBits fixed_step(const MacSpec& spec, const ExactNumber& sum, PsumBits psum, bool& overflowed) {
  const AccumulateSpec& a = spec.accumulate;
  const PsumBits nan_flag = static_cast<PsumBits>(1) << a.bits;
  overflowed = false;
  if (a.format.is_kulisch() && ((psum & nan_flag) || !sum.is_finite())) return nan_flag;
  const Wide units = sum.is_zero() ? 0 : static_cast<Wide>(sum.magnitude) << (sum.exponent - product_lsb(spec));
  return enter_fixed(sign_extend(psum, a.bits) + (sum.negative ? -units : units), a, overflowed);
}

PsumBits floating_step(const MacSpec& spec, const Products& products, const GroupScale& scale, PsumBits psum, bool& overflowed) {
  const FloatRegister accumulator(spec.accumulate.format.number(), spec.accumulate.round, spec.dot.flush_subnormals);
  const auto before = static_cast<std::uint32_t>(psum);
  const std::uint32_t after = add_group(spec, accumulator, products, scale, before);
  overflowed = products.special.is_finite() && scale.kind == ExactNumber::Kind::finite && accumulator.value(before).is_finite() && !accumulator.value(after).is_finite();
  return after;
}

}  // namespace

std::uint32_t fp32_bits(float value) {
  if (value != value) return 0x7fc00000U;
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
  return fp32_from_bits(round_to_format(negative && magnitude, magnitude, exponent, fp32_format(), formats::Rounding::rne));
}

int product_lsb(const MacSpec& spec) { return last_place(spec.activation) + last_place(spec.weight); }

int exact_sum_bits(const MacSpec& spec) {
  const formats::Element &a = spec.activation.element, &w = spec.weight.element;
  // Two's complement: the magnitude's bits of such an integer have room for the sum's sign.
  const bool has_room = (a.is_integer() && a.integer().is_signed()) || (w.is_integer() && w.integer().is_signed());
  return magnitude_bits(a) + magnitude_bits(w) + ceil_log2(spec.dot.lanes) + (has_room ? 0 : 1);
}

int scale_significand_bits(const MacSpec& spec) {
  int bits = 0;
  for (const OperandSpec* side : {&spec.activation, &spec.weight})
    if (side->has_unit_scale() && side->scale->format) bits += side->scale->format->mantissa_bits + 1;
  return bits;
}

int psum_bits(const MacSpec& spec) {
  const AccumulateSpec& a = spec.accumulate;
  return a.format.is_kulisch() ? a.bits + 1 : a.format.bits();
}

PsumBits unit_step(const MacSpec& spec, const formats::Code* a, formats::Code a_scale, const formats::Code* w, formats::Code w_scale, PsumBits psum,
                   bool* overflowed) {
  bool unasked = false;
  bool& overflow = overflowed ? *overflowed : unasked;
  const Products products = multiply_lanes(spec, a, w);
  if (!spec.accumulate.format.is_floating()) return fixed_step(spec, group_sum(spec, products), psum, overflow);
  return floating_step(spec, products, group_scale(spec, a_scale, w_scale), psum, overflow);
}

PsumBits unit_step(const MacSpec& spec, const UnitInput& in) {
  return unit_step(spec, in.activation.data(), in.activation_scale, in.weight.data(), in.weight_scale, in.psum);
}

ExactNumber partial_sum(const MacSpec& spec, PsumBits psum) {
  const AccumulateSpec& a = spec.accumulate;
  if (a.format.is_floating()) return FloatRegister(a.format.number(), a.round, spec.dot.flush_subnormals).value(static_cast<std::uint32_t>(psum));
  if (a.format.is_kulisch() && ((psum >> a.bits) & 1)) return {ExactNumber::Kind::nan, false, 0, 0};
  return exact_number(sign_extend(psum, a.bits), a.format.is_kulisch() ? product_lsb(spec) : 0);
}

float drain(const MacSpec& spec, PsumBits psum, float activation_scale, float weight_scale) {
  const auto& chunk = spec.accumulate.chunk;
  const ExactNumber sum = chunk ? FloatRegister(chunk->into.number(), chunk->round, spec.dot.flush_subnormals).value(static_cast<std::uint32_t>(psum)) : partial_sum(spec, psum);
  float value = fp32_from_bits(FloatRegister(fp32_format(), formats::Rounding::rne, false).round(sum));
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
