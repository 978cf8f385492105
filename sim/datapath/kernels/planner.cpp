// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/planner.hpp"

#include <algorithm>
#include <cmath>

#include "sim/datapath/kernels/int8_weights.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath::kernels {
namespace {

using formats::Minifloat;

constexpr double two_to(int exponent) { return exponent >= 0 ? static_cast<double>(1ULL << exponent) : 1.0 / static_cast<double>(1ULL << -exponent); }

/// Largest magnitude of any code, in code values; the most negative integer included.
double largest_value(const formats::Element& e) { return e.is_integer() ? e.max_finite() + 1 : e.max_finite(); }

/// Bound of |sum of `count` products|, in units of the smallest product's last bit.
double sum_bound(const MacSpec& spec, std::int64_t count) {
  const double product = largest_value(spec.activation.element) * largest_value(spec.weight.element);
  const int lsb = spec.activation.element.is_integer() ? 0 : product_lsb(spec);
  return std::ldexp(product * static_cast<double>(count), -lsb);
}

/// The sum, times its block scales, has at most 53 bits.
bool fits_fp64(const MacSpec& spec, std::int64_t count) { return sum_bound(spec, count) < two_to(53 - scale_significand_bits(spec)); }

/// |sum| * 2^e stays among FP32's normal numbers for every pair of block scales in use.
bool scaled_sums_are_normal(const Problem& p, const RowCensus& a, const RowCensus& b) {
  const int points = p.spec.activation.scale_fraction_bits() + p.spec.weight.scale_fraction_bits();
  const int lowest = a.lowest_scale + b.lowest_scale - 2 * formats::e8m0_bias - points;
  const int highest = a.highest_scale + b.highest_scale - 2 * formats::e8m0_bias - points;
  return lowest >= -126 && highest + 31 <= 127;
}

bool fits_int16(const formats::Element& e) { return e.is_two_complement() || e.bits() < 16; }

KernelKind choose_integer(const Problem& p, const RowCensus& a, const RowCensus& b) {
  if (!fits_int16(p.a.element) || !fits_int16(p.b.element)) return KernelKind::unit;
  if (p.spec.accumulate.format.is_int32()) {
    const bool may_clamp = p.spec.accumulate.overflow == AccumulatorOverflow::saturate && sum_bound(p.spec, p.groups() * p.lanes()) >= two_to(31);
    if (may_clamp) return KernelKind::unit;
    const bool bytes = p.a.element.name() == "int8" && p.b.element.name() == "int8";
    return bytes && p.drains() == 1 && Int8Weights::exact_here() ? KernelKind::int8_onednn : KernelKind::integer;
  }
  if (!p.spec.has_block_scales()) return KernelKind::unit;
  const bool powers_of_two = scale_significand_bits(p.spec) == 0;
  if (powers_of_two && sum_bound(p.spec, p.lanes()) < two_to(31) && scaled_sums_are_normal(p, a, b)) return KernelKind::integer_block;
  return fits_fp64(p.spec, p.lanes()) ? KernelKind::exact : KernelKind::unit;
}

/// Largest exponent as stored; a format without normal numbers has its subnormals' one, whatever their leading bit.
int largest_exponent(const Minifloat& f) { return std::max(f.max_exponent(), f.min_exponent()); }

/// FP32 products and biased accumulators stay normal, and a group's positive products below 2^23 u.
bool fits_narrow(const MacSpec& spec) {
  const Minifloat& a = spec.activation.element.minifloat();
  const Minifloat& w = spec.weight.element.minifloat();
  if (product_lsb(spec) < -100 || largest_exponent(a) + largest_exponent(w) > 90 || a.mantissa_bits + w.mantissa_bits + 2 > 24) return false;
  const auto largest_significand = [](const Minifloat& f) { return 2.0 - std::ldexp(1.0, -f.mantissa_bits); };
  return spec.dot.lanes * largest_significand(a) * largest_significand(w) * two_to(spec.dot.window - 1) <= two_to(23);
}

KernelKind choose_minifloat(const Problem& p) {
  if (p.spec.accumulate.format.is_kulisch()) {
    const std::int64_t between_drains = p.groups_per_drain() * p.lanes();
    if (!fits_fp64(p.spec, between_drains) || (may_overflow(p) && p.spec.accumulate.overflow == AccumulatorOverflow::saturate)) return KernelKind::unit;
    return KernelKind::kulisch;
  }
  const Minifloat& a = p.spec.activation.element.minifloat();
  const Minifloat& w = p.spec.weight.element.minifloat();
  const bool cuts_nothing = p.spec.dot.reduction == Reduction::exact || largest_exponent(a) + largest_exponent(w) - p.spec.dot.window + 1 <= product_lsb(p.spec);
  if (cuts_nothing && fits_fp64(p.spec, p.lanes())) return KernelKind::exact;
  if (p.spec.dot.reduction == Reduction::exact) return KernelKind::unit;
  if (fits_narrow(p.spec)) return KernelKind::aligned_narrow;
  const bool scaled_exactly = p.spec.dot.window + 9 + scale_significand_bits(p.spec) <= 53;  // 256 lanes at most, and a carry
  return scaled_exactly ? KernelKind::aligned_wide : KernelKind::unit;
}

/// The arithmetic that the kernels were written for: two roundings to nearest into FP32, or a fixed-point register, and
/// aligned products truncated towards zero. Everything else is the unit's.
bool kernels_know(const MacSpec& spec) {
  const DotSpec& dot = spec.dot;
  const AccumulateSpec& a = spec.accumulate;
  const bool reduction = dot.reduction == Reduction::integer || dot.reduction == Reduction::exact || dot.reduction == Reduction::aligned;
  const bool alignment = dot.round == formats::Rounding::truncate && dot.magnitude == Magnitude::sign_magnitude;
  const bool accumulator = a.format.is_int32() || a.format.is_kulisch() || (a.format.is_fp32() && a.round == formats::Rounding::rne);
  const bool alike = spec.activation.element.is_integer() == spec.weight.element.is_integer();
  return reduction && alignment && accumulator && alike && !dot.fused && !dot.flush_subnormals && !a.chunk;
}

}  // namespace

const char* name(KernelKind kind) {
  switch (kind) {
    case KernelKind::int8_onednn: return "int8_onednn";
    case KernelKind::integer: return "integer";
    case KernelKind::integer_block: return "integer_block";
    case KernelKind::kulisch: return "kulisch";
    case KernelKind::exact: return "exact";
    case KernelKind::aligned_narrow: return "aligned_narrow";
    case KernelKind::aligned_wide: return "aligned_wide";
    case KernelKind::unit: break;
  }
  return "unit";
}

KernelKind choose_kernel(const Problem& p, const RowCensus& a, const RowCensus& b) {
  if (!kernels_know(p.spec)) return KernelKind::unit;
  return p.a.element.is_integer() ? choose_integer(p, a, b) : choose_minifloat(p);
}

bool may_overflow(const Problem& p) {
  if (p.spec.accumulate.format.is_floating() || p.spec.accumulate.chunk) return true;
  return sum_bound(p.spec, p.groups_per_drain() * p.lanes()) >= std::ldexp(1.0, p.spec.accumulate.bits - 1);
}

int wrapping_bits(const Problem& p) {
  return p.spec.accumulate.format.is_kulisch() && may_overflow(p) ? p.spec.accumulate.bits : 0;
}

}  // namespace macroscope::datapath::kernels
