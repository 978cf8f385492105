// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/planner.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "sim/datapath/kernels/digit_images.hpp"
#include "sim/datapath/kernels/dot_tile.hpp"
#include "sim/datapath/kernels/int8_weights.hpp"
#include "sim/datapath/kernels/integer_image.hpp"
#include "sim/datapath/kernels/tile_kernels.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath::kernels {
namespace {

using formats::Minifloat;

constexpr double two_to(int exponent) { return exponent >= 0 ? static_cast<double>(1ULL << exponent) : 1.0 / static_cast<double>(1ULL << -exponent); }

/// Largest magnitude of any code, in code values; the most negative integer included.
double largest_value(const formats::Element& e) { return e.is_integer() ? e.max_finite() + 1 : e.max_finite(); }

/// product_lsb in units of code values: without the places that an integer's block scale gives it.
int code_lsb(const MacSpec& spec) { return product_lsb(spec) + spec.activation.scale_fraction_bits() + spec.weight.scale_fraction_bits(); }

/// Bound of |sum of `count` products|, in units of the smallest product's last bit.
double sum_bound(const MacSpec& spec, std::int64_t count) {
  const double product = largest_value(spec.activation.element) * largest_value(spec.weight.element);
  return std::ldexp(product * static_cast<double>(count), -code_lsb(spec));
}

bool fits_int16(const formats::Element& e) { return e.is_two_complement() || e.bits() < 16; }

/// The sum, times its block scales, has at most 53 bits.
bool fits_fp64(const MacSpec& spec, std::int64_t count) { return sum_bound(spec, count) < two_to(53 - scale_significand_bits(spec)); }

/// What is asked of the planner; an objection is why a kernel cannot take it, null when it can.
struct Question {
  const Problem& p;
  const RowCensus& a;
  const RowCensus& b;
  [[nodiscard]] bool integers() const { return p.a.element.is_integer() && p.b.element.is_integer(); }
  [[nodiscard]] bool minifloats() const { return p.a.element.is_minifloat() && p.b.element.is_minifloat(); }
  [[nodiscard]] const AccumulatorFormat& accumulator() const { return p.spec.accumulate.format; }
  [[nodiscard]] bool saturates() const { return p.spec.accumulate.overflow == AccumulatorOverflow::saturate; }
  [[nodiscard]] const IntegerImage& a_image() const { return integer_image(p.a.element); }
  [[nodiscard]] const IntegerImage& b_image() const { return integer_image(p.b.element); }
};
using Objection = const char*;

/// The arithmetic that no kernel was written for is the unit's.
Objection to_any_kernel(const Question& q) {
  const DotSpec& dot = q.p.spec.dot;
  if (q.integers() && !(fits_int16(q.p.a.element) && fits_int16(q.p.b.element))) return "an unsigned element has 16 bits";
  if (dot.reduction == Reduction::tree) return "the products are added in a tree";
  if (dot.round != formats::Rounding::truncate || dot.magnitude != Magnitude::sign_magnitude) return "the window does not cut magnitudes towards zero";
  if (dot.flush_subnormals) return "subnormals are flushed";
  return nullptr;
}

constexpr Objection needs_vnni = "no AVX-512 VNNI here (or not allowed by --isa)";

/// Largest exponent as stored; a format without normal numbers has its subnormals' one, whatever their leading bit.
int largest_exponent(const Minifloat& f) { return std::max(f.max_exponent(), f.min_exponent()); }
int largest_exponent(const formats::Element& e) { return e.is_minifloat() ? largest_exponent(e.minifloat()) : e.fraction_bits(); }

/// Group sums are exact: nothing is rounded or cut before the accumulator.
bool exact_groups(const Question& q) {
  if (q.p.spec.dot.reduction == Reduction::integer || q.p.spec.dot.reduction == Reduction::exact) return true;
  if (q.p.spec.dot.reduction != Reduction::aligned) return false;
  return largest_exponent(q.p.a.element) + largest_exponent(q.p.b.element) - q.p.spec.dot.window + 1 <= code_lsb(q.p.spec);
}

/// Exponents that one side's block scales in use give the last bit of a code and multiply it by at most.
struct ScaleRange {
  int lowest = 0;
  int highest = 0;
};

ScaleRange scale_range(const QuantizedMatrix& m, const RowCensus& census) {
  if (m.scale_format) return {m.scale_format->min_exponent() - m.scale_format->mantissa_bits, largest_exponent(*m.scale_format) + 1};
  if (m.e8m0_scales.empty()) return {0, 0};
  const int places = m.element.block_fraction_bits() + formats::e8m0_bias;
  return {census.lowest_scale - places, census.highest_scale - places};
}

/// A group's sum times its block scales stays among FP32's normal numbers, whatever scales in use meet.
bool scaled_sums_are_normal(const Question& q) {
  const ScaleRange a = scale_range(q.p.a, q.a), b = scale_range(q.p.b, q.b);
  const int shift = q.a_image().shift + q.b_image().shift;
  return a.lowest + b.lowest - shift >= -126 && a.highest + b.highest - shift + 31 <= 127;
}

/// Sums in groups or as a whole, two roundings to nearest into FP32 or a fixed-point register.
Objection to_plain(const Question& q) {
  const Reduction reduction = q.p.spec.dot.reduction;
  const AccumulateSpec& a = q.p.spec.accumulate;
  if (reduction == Reduction::sequential) return "the products are added one by one";
  if (!a.format.is_int32() && !a.format.is_kulisch() && !(a.format.is_fp32() && a.round == formats::Rounding::rne)) return "the accumulator is not int32, kulisch or fp32 rounded to nearest";
  if (q.p.spec.dot.fused) return "the accumulator joins the sum";
  if (a.chunk) return "the accumulator is emptied into another by chunks";
  return nullptr;
}

/// |Sum of all products|, block scales included, stays below 2^127: cutting towards zero then never meets an overflow.
bool totals_stay_finite(const Question& q) {
  const double a = std::min(q.a.largest, largest_value(q.p.a.element)), b = std::min(q.b.largest, largest_value(q.p.b.element));
  const int scales = scale_range(q.p.a, q.a).highest + scale_range(q.p.b, q.b).highest;
  return std::ldexp(a * b * static_cast<double>(q.p.groups() * q.p.lanes()), scales) < 0x1p127;
}

/// What FloatRule can round to.
bool follows_fp32(const Question& q, const AccumulatorFormat& format, formats::Rounding round) {
  if (!format.is_floating()) return false;
  if (round == formats::Rounding::rne) return format.is_fp32();
  return round == formats::Rounding::truncate && format.number().exponent_bits == 8 && format.number().has_infinity() && totals_stay_finite(q);
}

/// Partial sums that FP32 arithmetic makes.
Objection to_fp32_arithmetic(const Question& q) {
  const AccumulateSpec& a = q.p.spec.accumulate;
  if (!follows_fp32(q, a.format, a.round)) return "the accumulator is neither fp32 to nearest nor, without overflow, one of 8 exponent bits towards zero";
  if (a.chunk && !follows_fp32(q, a.chunk->into, a.chunk->round)) return "the outer accumulator is neither fp32 to nearest nor, without overflow, one of 8 exponent bits towards zero";
  return nullptr;
}

Objection to_int32(const Question& q) {
  if (const Objection o = to_plain(q)) return o;
  if (!q.accumulator().is_int32()) return "the accumulator is not int32";
  if (q.saturates() && sum_bound(q.p.spec, q.p.groups() * q.p.lanes()) >= two_to(31)) return "a total may saturate on the way, so the order counts";
  return nullptr;
}

Objection to_bytes(const Question& q) {
  if (!q.a_image().fits_bytes() || !q.b_image().fits_bytes()) return "some code is no 8-bit integer under one common scale";
  return nullptr;
}

Objection to_pairs(const Question& q) {
  return q.a_image().fits_int16() && q.b_image().fits_int16() ? nullptr : "some code is no 16-bit integer under one common scale";
}

Objection to_blocks(const Question& q) {
  if (const Objection o = to_plain(q)) return o;
  if (!q.accumulator().is_fp32()) return "the accumulator is not fp32";
  if (q.integers() && !q.p.spec.has_block_scales()) return "integer sums without block scales go into fp32";
  if (!exact_groups(q)) return "the window may cut products";
  const std::int64_t largest = q.a_image().largest() * q.b_image().largest() * q.p.lanes();
  if (largest >= std::int64_t{1} << 31) return "a group's sum may exceed 31 bits";
  const int scale_bits = scale_significand_bits(q.p.spec);
  if (scale_bits && largest > std::int64_t{1} << (24 - std::min(scale_bits, 24))) return "a group's sum times its block scales may exceed 24 bits";
  return scaled_sums_are_normal(q) ? nullptr : "a block's scale may take its sum out of FP32's normal numbers";
}

Objection to_onednn(const Question& q) {
  if (const Objection o = to_int32(q)) return o;
  if (q.p.a.element.bits() != 8 || q.p.b.element.bits() != 8) return "the elements are not int8";
  if (q.p.drains() != 1) return "scales along K drain the accumulator more than once";
  return Int8Weights::fastest_here() ? nullptr : "no AMX here (or not allowed by --isa)";
}

Objection first_of(Objection one, Objection two) { return one ? one : two; }

Objection to_byte_sum(const Question& q) {
  if (const Objection o = first_of(to_int32(q), to_bytes(q))) return o;
  return dot_functions().byte_sum ? nullptr : needs_vnni;
}
Objection to_pair_sum(const Question& q) { return first_of(to_int32(q), to_pairs(q)); }

Objection to_byte_blocks(const Question& q) {
  if (const Objection o = first_of(to_bytes(q), to_blocks(q))) return o;
  const DotFunctions functions = dot_functions();
  if (!functions.byte_blocks) return "neither AVX2 nor AVX-512 VNNI here (or not allowed by --isa)";
  return functions.largest_pair && largest_byte_pair(q.p) > functions.largest_pair ? "two products of bytes may exceed the 15 bits that AVX2 adds them in" : nullptr;
}
Objection to_pair_blocks(const Question& q) {
  if (const Objection o = to_pairs(q)) return o;
  return to_blocks(q);
}

Objection to_kulisch(const Question& q) {
  if (const Objection o = to_plain(q)) return o;
  if (!q.accumulator().is_kulisch()) return "the accumulator is not kulisch";
  if (wrapping_bits(q.p) && q.saturates()) return "a total may saturate on the way, so the order counts";
  return fits_fp64(q.p.spec, q.p.groups_per_drain() * q.p.lanes()) ? nullptr : "an exact total may exceed 53 bits";
}

Objection to_digit_sum(const Question& q) {
  if (const Objection o = to_kulisch(q)) return o;
  if (!digit_images(q.p.a.element) || !digit_images(q.p.b.element)) return "some code needs more than two 9-bit digits";
  if (digit_terms(q.p) <= q.p.lanes()) return "a group's sum of digits may exceed 31 bits";
  return dot_functions().byte_sum ? nullptr : needs_vnni;
}

Objection to_exact(const Question& q) {
  const DotSpec& dot = q.p.spec.dot;
  if (is_emptied_each_group(q.p.spec)) {
    const ChunkSpec& chunk = *q.p.spec.accumulate.chunk;
    if (!follows_fp32(q, chunk.into, chunk.round)) return "the outer accumulator is neither fp32 to nearest nor, without overflow, one of 8 exponent bits towards zero";
    return fits_fp64(q.p.spec, q.p.groups_per_drain() * q.p.lanes()) ? nullptr : "an exact total may exceed 53 bits";
  }
  if (const Objection o = to_fp32_arithmetic(q)) return o;
  if (dot.reduction == Reduction::sequential) return "the products are added one by one";
  if (!exact_groups(q)) return "the window may cut products";
  if (dot.fused && dot.reduction != Reduction::exact) return "the accumulator joins the sum, cut as the products are";
  if (dot.fused && q.p.spec.has_block_scales()) return "the accumulator joins sums under block scales";
  if (dot.fused && !fits_fp64(q.p.spec, q.p.groups_per_drain() * q.p.lanes())) return "the accumulator joins the sum, and an exact total may exceed 53 bits";
  return fits_fp64(q.p.spec, q.p.lanes()) ? nullptr : "a group's sum may exceed 53 bits";
}

/// The aligned kernels read exponents off FP32 numbers, where the most negative integer stands one above its own.
bool holds_most_negative(const QuantizedMatrix& m) {
  if (!m.element.is_two_complement()) return false;
  const formats::Code code = formats::Code{1} << (m.element.bits() - 1);
  if (m.codes16.empty()) return std::find(m.codes8.begin(), m.codes8.end(), static_cast<std::uint8_t>(code)) != m.codes8.end();
  return std::find(m.codes16.begin(), m.codes16.end(), static_cast<std::uint16_t>(code)) != m.codes16.end();
}

Objection to_aligned_wide(const Question& q) {
  if (q.p.spec.dot.reduction != Reduction::aligned) return "the reduction is not aligned";
  if (const Objection o = to_fp32_arithmetic(q)) return o;
  if (q.p.spec.dot.fused && !totals_stay_finite(q)) return "a total may overflow, and an infinite partial sum cannot be cut";
  if (q.p.spec.dot.fused && (q.p.a.scale_format || q.p.b.scale_format)) return "the accumulator joins sums whose block scales are no powers of two";
  if (holds_most_negative(q.p.a) || holds_most_negative(q.p.b)) return "an integer operand holds its most negative code, whose leading bit is above the exponent that alignment takes";
  // 256 lanes at most, and a carry.
  return q.p.spec.dot.window + 9 + scale_significand_bits(q.p.spec) <= 53 ? nullptr : "a group's sum times its block scales may exceed 53 bits";
}

Objection to_aligned_narrow(const Question& q) {
  if (const Objection o = to_aligned_wide(q)) return o;
  if (q.p.spec.dot.fused) return "the accumulator joins the sum";
  if (!q.minifloats()) return "one operand is an integer";
  const Minifloat& a = q.p.a.element.minifloat();
  const Minifloat& w = q.p.b.element.minifloat();
  if (product_lsb(q.p.spec) < -100 || largest_exponent(a) + largest_exponent(w) > 90) return "biased FP32 accumulators could leave FP32's normal numbers";
  if (a.mantissa_bits + w.mantissa_bits + 2 > 24) return "products do not fit FP32";
  const auto largest_significand = [](const Minifloat& f) { return 2.0 - std::ldexp(1.0, -f.mantissa_bits); };
  const bool fits = q.p.lanes() * largest_significand(a) * largest_significand(w) * two_to(q.p.spec.dot.window - 1) <= two_to(23);
  return fits ? nullptr : "a group's positive products may exceed 23 bits";
}

/// Whether a group's window cuts some product: `a` and `b` as integer images.
bool cuts(const Problem& p, std::int64_t row, std::int64_t column, std::int64_t group) {
  const IntegerImage& a = integer_image(p.a.element);
  const IntegerImage& b = integer_image(p.b.element);
  const auto exponent = [](std::int32_t v, int mantissa_bits) { return std::max(31 - __builtin_clz(static_cast<unsigned>(std::abs(v))), mantissa_bits); };
  int largest = 0, lowest = 64;
  for (std::int64_t k = group * p.lanes(); k < std::min((group + 1) * p.lanes(), p.a.cols); ++k) {
    const std::int32_t x = a.of_code[p.a.code(row, k)], y = b.of_code[p.b.code(column, k)];
    if (x == 0 || y == 0) continue;
    largest = std::max(largest, exponent(x, p.a.element.minifloat().mantissa_bits) + exponent(y, p.b.element.minifloat().mantissa_bits));
    lowest = std::min(lowest, __builtin_ctz(static_cast<unsigned>(x)) + __builtin_ctz(static_cast<unsigned>(y)));
  }
  return lowest < largest - p.spec.dot.window + 1;
}

/// Summing a cut group again costs as much as some hundred that are not cut, so that few may be.
bool cuts_often(const Problem& p) {
  constexpr std::int64_t samples = 128, bearable = 4;
  std::int64_t found = 0;
  for (std::int64_t i = 0; i < samples && found <= bearable; ++i) found += cuts(p, i * 7919 % p.a.rows, i * 104729 % p.b.rows, i * 31 % p.groups()) ? 1 : 0;
  return found > bearable;
}

Objection to_aligned_checked(const Question& q) {
  if (const Objection o = to_aligned_wide(q)) return o;
  if (q.p.spec.dot.fused) return "the accumulator joins the sum";
  if (!q.minifloats()) return "one operand is an integer";
  if (q.p.lanes() > 32) return "a group has more than 32 lanes";
  if (!fits_fp64(q.p.spec, q.p.lanes())) return "a group's exact sum may exceed 53 bits";
  if (q.a_image().of_code.empty() || q.b_image().of_code.empty()) return "some code is wider than 31 bits under one common scale";
  for (const Minifloat* f : {&q.p.a.element.minifloat(), &q.p.b.element.minifloat()})
    if (largest_exponent(*f) - f->min_exponent() + f->mantissa_bits >= checked_depths) return "an element's binades and fraction bits are more than 23";
  return cuts_often(q.p) ? "the window cuts products in many groups of these operands (sampled)" : nullptr;
}

int product_bits(const Question& q) { return q.p.a.element.significand_bits() + q.p.b.element.significand_bits(); }

/// Every product is a number of the format, whatever the codes.
bool holds_products(const Question& q, const Minifloat& f) {
  const double largest = largest_value(q.p.a.element) * largest_value(q.p.b.element);
  return product_bits(q) <= f.mantissa_bits + 1 && largest <= formats::decode(f, f.max_code()) && product_lsb(q.p.spec) >= f.min_exponent() - f.mantissa_bits;
}

Objection to_sequential(const Question& q) {
  const MacSpec& spec = q.p.spec;
  if (spec.dot.reduction != Reduction::sequential) return "the reduction is not sequential";
  if (spec.has_block_scales()) return "each product is scaled before it is added";
  if (is_half(spec.accumulate)) {
    // Rounding a sum of two numbers of 11 bits to 24 bits first does no harm; neither does it among FP16's subnormals.
    if (product_bits(q) > 11 || product_lsb(spec) < -37) return "products have more than fp16's 11 bits";
    if (spec.accumulate.chunk && !follows_fp32(q, spec.accumulate.chunk->into, spec.accumulate.chunk->round)) return "the outer accumulator is not fp32 rounded to nearest";
  } else if (const Objection o = to_fp32_arithmetic(q)) {
    return o;
  }
  if (spec.dot.round_products && !holds_products(q, spec.accumulate.format.number())) return "products are rounded before they are added";
  static const AccumulatorFormat fp32 = AccumulatorFormat::parse("fp32", "");
  if (!has_fused_multiply_add() && !holds_products(q, fp32.number())) return "products may be no FP32 numbers, and there is no fused multiply-add here";
  return nullptr;
}

Objection to_unit(const Question&) { return nullptr; }

struct Candidate {
  KernelKind kind;
  const char* name;
  const char* what;
  Objection (*objection)(const Question&);
};

/// Fastest first.
constexpr Candidate candidates[] = {
    {KernelKind::int8_onednn, "int8_onednn", "oneDNN's INT8 product on AMX", to_onednn},
    {KernelKind::byte_sum, "byte_sum", "bytes into INT32 (VNNI)", to_byte_sum},
    {KernelKind::pair_sum, "pair_sum", "INT16 pairs into INT32", to_pair_sum},
    {KernelKind::byte_blocks, "byte_blocks", "blocks of bytes (VNNI, or small ones by AVX2), each sum scaled and added in FP32", to_byte_blocks},
    {KernelKind::pair_blocks, "pair_blocks", "blocks of INT16 pairs, each sum scaled and added in FP32", to_pair_blocks},
    {KernelKind::digit_sum, "digit_sum", "two digits an operand, three INT16 products (VNNI), joined in FP64", to_digit_sum},
    {KernelKind::kulisch, "kulisch", "exact FP64 sums over all of K", to_kulisch},
    {KernelKind::exact, "exact", "exact FP64 sums of a group, each scaled and added in FP32", to_exact},
    {KernelKind::aligned_checked, "aligned_checked", "exact FP64 sums of a group where its window cuts nothing, the few others again product by product", to_aligned_checked},
    {KernelKind::aligned_narrow, "aligned_narrow", "truncating FP32 accumulators a group", to_aligned_narrow},
    {KernelKind::aligned_wide, "aligned_wide", "truncating FP64 accumulators a group", to_aligned_wide},
    {KernelKind::sequential, "sequential", "FP32 multiply-adds in ascending k, rounded on to the accumulator's format", to_sequential},
    {KernelKind::unit, "unit", "the unit's definition, step by step", to_unit},
};

}  // namespace

const char* name(KernelKind kind) {
  for (const Candidate& c : candidates)
    if (c.kind == kind) return c.name;
  return "unit";
}

KernelKind choose_kernel(const Problem& p, const RowCensus& a, const RowCensus& b) {
  const Question question{p, a, b};
  if (to_any_kernel(question)) return KernelKind::unit;
  for (const Candidate& c : candidates)
    if (!c.objection(question)) return c.kind;
  return KernelKind::unit;
}

std::vector<KernelVerdict> explain_kernels(const Problem& p, const RowCensus& a, const RowCensus& b) {
  if (p.spec.weight.planes) return {{"binary_coding", "INT32 sums of every plane, scaled and added in FP32", ""}};
  std::vector<KernelVerdict> verdicts;
  const Objection general = to_any_kernel({p, a, b});
  for (const Candidate& c : candidates) {
    const Objection objection = c.kind == KernelKind::unit ? nullptr : (general ? general : c.objection({p, a, b}));
    verdicts.push_back({c.name, c.what, objection ? objection : ""});
    if (!objection) break;
  }
  return verdicts;
}

bool is_emptied_each_group(const MacSpec& spec) {
  const AccumulateSpec& a = spec.accumulate;
  return a.format.is_integer() && a.overflow == AccumulatorOverflow::saturate && a.chunk && a.chunk->length == spec.dot.lanes;
}

bool is_half(const AccumulateSpec& a) {
  return a.format.is_floating() && a.format.number().exponent_bits == 5 && a.format.number().mantissa_bits == 10 && a.format.number().has_infinity() && a.round == formats::Rounding::rne;
}

bool may_overflow(const Problem& p) {
  if (p.spec.accumulate.format.is_floating() || p.spec.accumulate.chunk) return true;
  return sum_bound(p.spec, p.groups_per_drain() * p.lanes()) >= std::ldexp(1.0, p.spec.accumulate.bits - 1);
}

int wrapping_bits(const Problem& p) {
  return p.spec.accumulate.format.is_kulisch() && may_overflow(p) ? p.spec.accumulate.bits : 0;
}

std::int64_t largest_byte_pair(const Problem& p) {
  return 2 * (128 + integer_image(p.a.element).highest) * integer_image(p.b.element).largest();
}

std::int64_t digit_terms(const Problem& p) {
  return ((std::int64_t{1} << 31) - 1) / (digit_images(p.a.element)->largest * digit_images(p.b.element)->largest);
}

}  // namespace macroscope::datapath::kernels
