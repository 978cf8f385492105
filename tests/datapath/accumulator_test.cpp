// SPDX-License-Identifier: Apache-2.0
// Worked by hand: where accumulators of every format round, and what fused windows, chains, trees and chunks keep.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sim/datapath/accumulation.hpp"
#include "sim/datapath/gemm.hpp"
#include "sim/datapath/reduction.hpp"
#include "tests/datapath/operands.hpp"

namespace macroscope::datapath::test {
namespace {

constexpr auto rne = formats::Rounding::rne, truncate = formats::Rounding::truncate;

formats::Minifloat format(const std::string& name) { return AccumulatorFormat::parse(name, "test").number(); }

/// The number that `value` becomes in a register of that format.
double rounded(const std::string& name, double value, formats::Rounding rounding) {
  int exponent = 0;
  const auto significand = static_cast<std::uint64_t>(std::ldexp(std::frexp(std::fabs(value), &exponent), 53));
  return formats::decode(format(name), round_to_format(value < 0, significand, exponent - 53, format(name), rounding));
}

/// One step of a spec whose operands are plain minifloats, from numbers to a number.
double step(const MacSpec& spec, const std::vector<std::pair<double, double>>& products, double psum = 0) {
  UnitInput in{std::vector<formats::Code>(static_cast<std::size_t>(spec.dot.lanes)), std::vector<formats::Code>(static_cast<std::size_t>(spec.dot.lanes)), 127, 127, 0};
  for (std::size_t i = 0; i < products.size(); ++i) {
    in.activation[i] = spec.activation.element.encode(products[i].first, rne, formats::Overflow::inf);
    in.weight[i] = spec.weight.element.encode(products[i].second, rne, formats::Overflow::inf);
  }
  const formats::Minifloat& f = spec.accumulate.format.number();
  in.psum = formats::encode(f, psum, rne, formats::Overflow::inf);
  return formats::decode(f, static_cast<formats::Code>(unit_step(spec, in)));
}

MacSpec fp16_spec(int lanes, const std::string& dot, const std::string& accumulate) {
  return spec_from("{element: fp16}", "{element: fp16}", "{lanes: " + std::to_string(lanes) + ", " + dot + "}", accumulate);
}

TEST(rounding_to_a_format, goes_to_nearest_even_or_towards_zero) {
  EXPECT_EQ(rounded("fp16", 2049, rne), 2048);
  EXPECT_EQ(rounded("fp16", 2051, rne), 2052);
  EXPECT_EQ(rounded("fp16", -2051, truncate), -2050);
  EXPECT_EQ(rounded("fp22", 1 + 0x1.8p-14, rne), 1 + 0x1p-13);
  EXPECT_EQ(rounded("fp22", 1 + 0x1.8p-14, truncate), 1);
  EXPECT_EQ(rounded("fp16", 0x1.8p-25, rne), 0x1p-24) << "subnormals are kept";
  EXPECT_EQ(rounded("fp16", 0x1p-25, rne), 0) << "a tie, to the even zero";
}

TEST(rounding_to_a_format, overflows_to_infinity_or_to_nan_where_there_is_none) {
  EXPECT_EQ(rounded("fp16", 65519, rne), 65504);
  EXPECT_EQ(rounded("fp16", 65520, rne), std::numeric_limits<double>::infinity());
  EXPECT_EQ(rounded("fp16", -65535, truncate), -65504);
  EXPECT_EQ(rounded("fp16", -65536, truncate), -std::numeric_limits<double>::infinity()) << "as tensor cores, unlike IEEE's roundTowardZero";
  EXPECT_EQ(rounded("e4m3", 463, rne), 448);
  EXPECT_EQ(rounded("e4m3", 464, rne), 448) << "a tie, to the even code";
  EXPECT_TRUE(std::isnan(rounded("e4m3", 465, rne)));
}

TEST(float_register, of_fp32_adds_as_this_machine_does) {
  const FloatRegister fp32(format("fp32"), rne, false);
  Random random(1);
  for (int i = 0; i < 300000; ++i) {
    auto x = static_cast<std::uint32_t>(random()), y = static_cast<std::uint32_t>(random());
    if (i % 2) y = (y & 0x807fffffU) | ((x & 0x7f800000U) ^ static_cast<std::uint32_t>((random() % 4) << 23));  // exponents close together
    ASSERT_EQ(fp32.add(x, fp32.value(y)), fp32_bits(fp32_from_bits(x) + fp32_from_bits(y))) << show(fp32_from_bits(x)) << " + " << show(fp32_from_bits(y));
  }
}

TEST(tensor_cores, cut_every_term_below_the_largest_one) {
  // Four products of 2^-24 beside an accumulator of 1: each alone lies below 24 bits, but not below 25 or 26.
  const std::vector<std::pair<double, double>> small(4, {0x1p-12, 0x1p-12});
  EXPECT_EQ(step(preset("tensorcore_v100_fp16"), small, 1), 1);
  EXPECT_EQ(step(preset("tensorcore_a100_fp16"), small, 1), 1 + 0x1p-22);
  EXPECT_EQ(step(preset("tensorcore_h100_fp16"), small, 1), 1 + 0x1p-22);
  // Without the accumulator in the sum nothing is lost.
  EXPECT_EQ(step(fp16_spec(4, "reduction: aligned, window: 24", "{format: fp32}"), small, 1), 1 + 0x1p-22);
}

TEST(tensor_cores, truncate_the_sum) {
  // 26 bits of window hold 1 - 2^-25 and 1 + 2^-24; FP32 does not, and truncation is towards zero for both signs.
  const MacSpec h100 = preset("tensorcore_h100_fp16");
  EXPECT_EQ(step(h100, {{-0x1p-12, 0x1p-13}}, 1), 1 - 0x1p-24);
  EXPECT_EQ(step(h100, {{0x1p-12, 0x1p-12}}, 1), 1);
  EXPECT_EQ(step(h100, {{-0x1p-12, 0x1p-12}}, -1), -1);
}

TEST(tensor_cores, of_fp8_keep_13_fraction_bits) {
  const MacSpec h100 = preset("tensorcore_h100_fp8");
  EXPECT_EQ(step(h100, {{0x1p-6, 0x1p-7}}, 1), 1 + 0x1p-13);
  EXPECT_EQ(step(h100, {{0x1p-7, 0x1p-7}}, 1), 1);
  EXPECT_EQ(step(h100, {{0x1p-7, 0x1p-7}, {0x1p-7, 0x1p-7}}, 1), 1) << "each is cut before they could add up";
}

TEST(fused_exact_sum, is_rounded_once) {
  // 2^24 + 1 is a tie for FP32; the group's 1 and 2^-20 together lie above it.
  const std::vector<std::pair<double, double>> products{{1, 1}, {0x1p-10, 0x1p-10}};
  EXPECT_EQ(step(fp16_spec(4, "reduction: exact, fused: true", "{format: fp32}"), products, 0x1p24), 0x1p24 + 2);
  // Rounded to FP16 first, 1 + 2^-20 is 1.
  EXPECT_EQ(step(fp16_spec(4, "reduction: exact", "{format: fp16}"), products, 2048), 2048);
  EXPECT_EQ(step(fp16_spec(4, "reduction: exact, fused: true", "{format: fp16}"), products, 2048), 2050);
}

TEST(aligner, truncates_negative_products_as_its_magnitude_says) {
  const std::vector<std::pair<double, double>> products{{1, 1}, {-1, 1}, {-1.75, 0x1p-8}};
  const std::string window = "reduction: aligned, window: 8";
  EXPECT_EQ(step(fp16_spec(4, window, "{format: fp32}"), products), 0);
  EXPECT_EQ(step(fp16_spec(4, window + ", magnitude: twos_complement", "{format: fp32}"), products), -0x1p-7);
  EXPECT_EQ(step(fp16_spec(4, window + ", round: rne", "{format: fp32}"), products), -0x1p-7);
  EXPECT_EQ(step(fp16_spec(4, window + ", round: rne", "{format: fp32}"), {{1, 1}, {-1, 1}, {1, 0x1p-8}}), 0) << "half a last place: to even";
}

TEST(chain_of_additions, forgets_what_is_small_and_a_tree_does_not) {
  const std::vector<std::pair<double, double>> products{{2048, 1}, {1, 1}, {1, 1}, {1, 1}};
  EXPECT_EQ(step(fp16_spec(4, "reduction: sequential", "{format: fp16}"), products), 2048) << "each 1 is a tie";
  EXPECT_EQ(step(fp16_spec(4, "reduction: tree", "{format: fp16}"), products), 2050) << "(2048 + 1) + (1 + 1)";
  EXPECT_EQ(step(fp16_spec(3, "reduction: tree", "{format: fp16}"), {{2048, 1}, {1, 1}, {3, 1}}), 2052) << "the odd one passes: 2048 + 3, to even";
  EXPECT_EQ(step(fp16_spec(4, "reduction: sequential", "{format: fp16}"), {{1, 1}, {1, 1}, {1, 1}, {2048, 1}}), 2052) << "ascending lanes: 3 + 2048, a tie to even";
}

TEST(chain_of_additions, rounds_products_first_if_the_spec_says_so) {
  const double p = 1 + 0x1p-9;  // its square is 1 + 2^-8 + 2^-18
  EXPECT_EQ(step(fp16_spec(1, "reduction: sequential", "{format: fp16}"), {{p, p}}, -1), 0x1p-8 + 0x1p-18) << "a fused multiply-add";
  EXPECT_EQ(step(fp16_spec(1, "reduction: sequential, product: rounded", "{format: fp16}"), {{p, p}}, -1), 0x1p-8);
}

TEST(flushed_subnormals, count_as_zeros_at_inputs_and_results) {
  const MacSpec keep = fp16_spec(1, "reduction: sequential", "{format: fp16}"), flush = fp16_spec(1, "reduction: sequential, subnormals: flush", "{format: fp16}");
  EXPECT_EQ(step(keep, {{0x1p-15, 4}}), 0x1p-13);
  EXPECT_EQ(step(flush, {{0x1p-15, 4}}), 0) << "a subnormal operand";
  EXPECT_EQ(step(flush, {{0, 0}}, 0x1p-15), 0) << "a subnormal partial sum";
  EXPECT_EQ(step(flush, {{0x1p-8, 0x1p-7}}), 0) << "a subnormal result";
  EXPECT_EQ(step(flush, {{0x1p-7, 0x1p-7}}), 0x1p-14);
}

/// K elements of 127 times 127.
std::pair<QuantizedMatrix, QuantizedMatrix> full_bytes(const MacSpec& spec, std::int64_t k) {
  QuantizedMatrix a{spec.activation.element, 1, k, std::vector<std::uint8_t>(static_cast<std::size_t>(k), 127), {}, 0, {}, {1}};
  return {a, a};
}

MacSpec int8_into(const std::string& accumulate) {
  const std::string side = "{element: int8, scale: {encoding: fp32, granularity: tensor, rule: absmax}}";
  return spec_from(side, side, "{lanes: 1, reduction: integer}", accumulate);
}

float product(const MacSpec& spec, std::int64_t k) {
  const auto [a, b] = full_bytes(spec, k);
  float c = 0;
  gemm(spec, a, b, &c, 1);
  return c;
}

TEST(int16_accumulator, holds_two_full_products_and_counts_what_it_loses) {
  const MacSpec wrap = int8_into("{format: int16}"), saturate = int8_into("{format: int16, overflow: saturate}");
  EXPECT_EQ(product(wrap, 2), 2 * 16129.0F);
  EXPECT_EQ(product(wrap, 3), 3 * 16129.0F - 65536);
  EXPECT_EQ(product(saturate, 3), 32767.0F);
  const auto count = [](const MacSpec& spec, std::int64_t k) {
    const auto [a, b] = full_bytes(spec, k);
    return count_overflows(spec, a, b);
  };
  EXPECT_EQ(count(wrap, 2), 0);
  EXPECT_EQ(count(wrap, 3), 1);
  EXPECT_EQ(count(saturate, 7), 5) << "every step from the third on";
  EXPECT_EQ(count(int8_into("{format: fp16}"), 4), 0) << "64516 is below FP16's largest number";
  EXPECT_EQ(count(int8_into("{format: fp16}"), 9), 1) << "infinite once";
}

TEST(chunk, empties_the_inner_accumulator_before_it_overflows) {
  const MacSpec spec = int8_into("{format: int16, chunk: {length: 2, into: fp32}}");
  EXPECT_EQ(product(spec, 7), 7 * 16129.0F) << "three chunks and a last product";
  const auto [a, b] = full_bytes(spec, 7);
  EXPECT_EQ(count_overflows(spec, a, b), 0);
  const auto [c, d] = full_bytes(spec, 9);
  EXPECT_EQ(count_overflows(int8_into("{format: int16, chunk: {length: 1, into: fp16}}"), c, d), 1) << "the outer sum, infinite once";
  EXPECT_EQ(product(int8_into("{format: int16, chunk: {length: 2, into: bf16, round: truncate}}"), 2), 32256.0F) << "32258 has 15 bits, BF16 8";
}

TEST(int64_accumulator, holds_what_int32_does_not) {
  const std::string side = "{element: int16, scale: {encoding: fp32, granularity: tensor, rule: absmax}}";
  const MacSpec spec = spec_from(side, side, "{lanes: 4, reduction: integer}", "{format: int64}");
  QuantizedMatrix a{spec.activation.element, 1, 8, {}, std::vector<std::uint16_t>(8, 0x8000), 0, {}, {1}};
  float c = 0;
  gemm(spec, a, a, &c, 1);
  EXPECT_EQ(c, 8 * 0x1p30F);
}

}  // namespace
}  // namespace macroscope::datapath::test
