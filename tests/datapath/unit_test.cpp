// SPDX-License-Identifier: Apache-2.0
// Worked by hand: what one unit does, as sentences about the hardware.
#include "sim/datapath/unit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/datapath/operands.hpp"

namespace macroscope::datapath::test {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t canonical_nan = 0x7fc00000U;

/// A unit's inputs from numbers (each must be a code's own value); lanes not named hold +0.
UnitInput lanes(const MacSpec& spec, const std::vector<std::pair<double, double>>& products, float psum = 0) {
  UnitInput in{std::vector<formats::Code>(static_cast<std::size_t>(spec.dot.lanes), 0), std::vector<formats::Code>(static_cast<std::size_t>(spec.dot.lanes), 0), 127, 127, fp32_bits(psum)};
  for (std::size_t i = 0; i < products.size(); ++i) {
    in.activation[i] = spec.activation.element.encode(products[i].first, formats::Rounding::rne, formats::Overflow::inf);
    in.weight[i] = spec.weight.element.encode(products[i].second, formats::Rounding::rne, formats::Overflow::inf);
    EXPECT_TRUE(std::isnan(products[i].first) || spec.activation.element.decode(in.activation[i]) == products[i].first) << products[i].first << " is no code";
    EXPECT_TRUE(std::isnan(products[i].second) || spec.weight.element.decode(in.weight[i]) == products[i].second) << products[i].second << " is no code";
  }
  return in;
}

float fp32_step(const MacSpec& spec, const UnitInput& in) { return fp32_from_bits(static_cast<std::uint32_t>(unit_step(spec, in))); }

MacSpec e4m3_window(int window) {
  return spec_from("{element: e4m3}", "{element: e4m3}", "{lanes: 32, reduction: aligned, window: " + std::to_string(window) + "}", "{format: fp32}");
}

TEST(aligned_sum, a_window_of_24_drops_bits_below_2_to_the_emax_minus_23) {
  const MacSpec spec = e4m3_window(24);
  // emax = 8 + 8 = 16: the last bit kept weighs 2^-7. The smallest product, 2^-18, is dropped ...
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{256, 256}, {0x1p-9, 0x1p-9}})), 65536.0F);
  // ... one of 2^-7 is kept ...
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{256, 256}, {0x1p-7, 1}})), 65536.0F + 0x1p-7F);
  // ... and 1.5 * 2^-7 keeps its upper bit alone.
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{256, 256}, {1.5 * 0x1p-6, 0.5}})), 65536.0F + 0x1p-7F);
}

TEST(aligned_sum, one_more_bit_of_window_keeps_one_more_bit) {
  for (int window = 4; window <= 34; ++window) {
    const MacSpec spec = e4m3_window(window);
    for (int e = -9; e <= 8; ++e) {  // the small product is 2^(e-9), the large one 2^16
      const bool kept = e - 9 >= 16 - window + 1;
      const UnitInput in = lanes(spec, {{256, 256}, {-256, 256}, {std::ldexp(1.0, e), 0x1p-9}, {256, 256}, {-256, 256}});
      EXPECT_EQ(fp32_step(spec, in), kept ? std::ldexp(1.0F, e - 9) : 0.0F) << "window " << window << ", small product 2^" << e - 9;
    }
  }
}

TEST(aligned_sum, truncation_is_towards_zero_for_both_signs) {
  const MacSpec spec = e4m3_window(8);  // emax = 0: the last bit weighs 2^-7
  const UnitInput plus = lanes(spec, {{1, 1}, {-1, 1}, {1.75 * 0x1p-4, 0x1p-4}, {1, 0}});    // 1.75 * 2^-8
  const UnitInput minus = lanes(spec, {{1, 1}, {-1, 1}, {-1.75 * 0x1p-4, 0x1p-4}, {1, 0}});  // rounding down would give -2^-7
  EXPECT_EQ(fp32_step(spec, plus), 0.0F);
  EXPECT_EQ(fp32_step(spec, minus), 0.0F);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{1, 1}, {-1, 1}, {-1.75 * 0x1p-3, 0x1p-4}})), -0x1p-7F);
}

TEST(aligned_sum, every_lane_is_cut_before_the_sum) {
  const MacSpec spec = e4m3_window(8);
  // Eight products of 2^-8 would make 2^-5 together; each alone is below the last bit, 2^-7.
  std::vector<std::pair<double, double>> products{{1, 1}};
  for (int i = 0; i < 8; ++i) products.emplace_back(0x1p-4, 0x1p-4);
  EXPECT_EQ(fp32_step(spec, lanes(spec, products)), 1.0F);
}

TEST(aligned_sum, products_that_cancel_still_set_the_window) {
  const MacSpec spec = e4m3_window(10);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{256, 256}, {-256, 256}, {1, 1}})), 0.0F);  // 1 lies below 2^(16 - 9)
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{1, 1}})), 1.0F);
}

TEST(aligned_sum, products_with_a_zero_take_no_part_in_the_largest_exponent) {
  const MacSpec spec = e4m3_window(8);
  // 256 * 0 would have exponent 8 - 6 = 2 and push 2^-6 * 2^-4 = 2^-10 out of the window.
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{256, 0}, {0, 256}, {0x1p-6, 0x1p-4}})), 0x1p-10F);
}

TEST(aligned_sum, subnormals_count_with_the_smallest_exponent_and_are_not_normalised) {
  const MacSpec spec = e4m3_window(4);
  // 2^-9 is stored as 0.001b * 2^-6: the product's exponent is -6 + 0, so the last bit kept weighs 2^-9: just enough.
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{0x1p-9, 1}})), 0x1p-9F);
  // Times another subnormal, 2^-18 lies below 2^(-12 - 3).
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{0x1p-9, 0x1p-9}})), 0.0F);
}

TEST(aligned_sum, a_window_below_7_bits_cuts_even_the_largest_product_of_e4m3) {
  EXPECT_EQ(fp32_step(e4m3_window(7), lanes(e4m3_window(7), {{1.875, 1.875}})), 3.515625F);  // 11.100001b
  EXPECT_EQ(fp32_step(e4m3_window(6), lanes(e4m3_window(6), {{1.875, 1.875}})), 3.5F);
}

TEST(fp32_accumulator, the_sum_is_rounded_once_before_it_is_added) {
  const MacSpec spec = e4m3_window(40);
  // 2^16 + 2^-8 has 25 bits: a tie, rounded to even before the addition. Added exactly to 2^-8 it would give 2^16 + 2^-7.
  const UnitInput in = lanes(spec, {{256, 256}, {0x1p-8, 1}}, 0x1p-8F);
  EXPECT_EQ(fp32_step(spec, in), 65536.0F);  // RNE(65536 + 2^-8) again a tie
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{256, 256}, {0x1p-8, 1}, {0x1p-9, 0x1p-9}})), 65536.0F + 0x1p-7F);  // above the tie
}

TEST(fp32_accumulator, ties_go_to_the_even_neighbour) {
  const MacSpec spec = e4m3_window(24);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{1, 1}}, 0x1p24F)), 0x1p24F);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{1, 1}}, 0x1p24F + 2)), 0x1p24F + 4);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{1, 1}, {0x1p-6, 1}}, 0x1p24F)), 0x1p24F + 2) << "a little above the tie";
}

TEST(fp32_accumulator, overflow_goes_to_infinity_and_stays) {
  const MacSpec spec = preset("bf16");
  const double big = 0x1p127;
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{big, 1}}, 0x1p127F)), infinity);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{big, big}})), infinity);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{-big, big}})), -infinity);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{1, 1}}, -infinity)), -infinity);
  EXPECT_EQ(unit_step(spec, lanes(spec, {{big, big}}, -infinity)), canonical_nan);
}

TEST(fp32_accumulator, subnormal_sums_are_kept) {
  const MacSpec spec = preset("bf16");
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{0x1p-100, 0x1p-49}})), 0x1p-149F);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{0x1p-100, 0x1p-50}})), 0.0F);             // half the smallest: a tie, to zero
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{0x1.8p-100, 0x1p-50}})), 0x1p-149F);
  EXPECT_EQ(unit_step(spec, lanes(spec, {{-0x1p-100, 0x1p-50}}, -0.0F)), 0x80000000U) << "a sum rounded to zero keeps its sign";
}

TEST(fp32_accumulator, a_zero_sum_is_plus_zero) {
  const MacSpec spec = e4m3_window(24);
  EXPECT_EQ(unit_step(spec, lanes(spec, {{-0.0, 1}, {1, 1}, {-1, 1}}, -0.0F)), 0U) << "-0 + +0 is +0";
}

TEST(special_values, a_nan_operand_makes_the_output_the_canonical_nan) {
  for (const std::string& name : {std::string("fp8_e4m3"), std::string("mxfp8_e4m3"), std::string("bf16")}) {
    const MacSpec spec = preset(name);
    EXPECT_EQ(unit_step(spec, lanes(spec, {{1, 1}, {std::nan(""), 0}}, 1.0F)), canonical_nan) << name;
    EXPECT_EQ(unit_step(spec, lanes(spec, {{0, std::nan("")}}, 1.0F)), canonical_nan) << name;
    UnitInput in = lanes(spec, {{1, 1}});
    in.psum = 0xff812345U;  // a signalling NaN with payload
    EXPECT_EQ(unit_step(spec, in), canonical_nan) << name;
  }
}

TEST(special_values, infinity_times_zero_and_opposite_infinities_are_nan) {
  const MacSpec spec = preset("bf16");
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{infinity, 2}, {-1, 1}}, -5.0F)), infinity);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{infinity, -2}})), -infinity);
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{infinity, 2}, {-infinity, -1}})), infinity);
  EXPECT_EQ(unit_step(spec, lanes(spec, {{infinity, 0}})), canonical_nan);
  EXPECT_EQ(unit_step(spec, lanes(spec, {{infinity, 1}, {-infinity, 1}})), canonical_nan);
  EXPECT_EQ(unit_step(spec, lanes(spec, {{infinity, 1}}, -infinity)), canonical_nan);
}

TEST(block_scales, multiply_the_sum_inside_the_one_rounding) {
  const MacSpec spec = preset("mxfp8_e4m3");
  UnitInput in = lanes(spec, {{1, 1}, {0x1p-9, 0x1p-9}}, 0);  // 1 + 2^-18: 19 bits
  in.activation_scale = 127 - 100;
  in.weight_scale = 127 - 30;  // 2^-130 (1 + 2^-18): FP32 keeps 19 places below 2^-130, so nothing is lost
  EXPECT_EQ(fp32_step(spec, in), std::ldexp(1.0F + 0x1p-18F, -130));
  in.weight_scale = 127 - 49;  // 2^-149 (1 + 2^-18) rounds to the smallest subnormal
  EXPECT_EQ(fp32_step(spec, in), 0x1p-149F);
  in.weight_scale = 127 - 50;  // 2^-150 (1 + 2^-18): above the tie; two roundings would have given zero
  EXPECT_EQ(fp32_step(spec, in), 0x1p-149F);
}

TEST(block_scales, a_nan_scale_makes_the_output_nan_whatever_the_codes) {
  for (const std::string& name : {std::string("mxfp8_e4m3"), std::string("mxint8")}) {
    const MacSpec spec = preset(name);
    UnitInput in = lanes(spec, {});
    in.weight_scale = formats::e8m0_nan;
    EXPECT_EQ(unit_step(spec, in), canonical_nan) << name;
  }
}

TEST(block_scales, an_mxint8_product_weighs_2_to_the_minus_12) {
  const MacSpec spec = preset("mxint8");
  EXPECT_EQ(fp32_step(spec, lanes(spec, {{64, 64}})), 1.0F) << "64 stands for 1.0";
  UnitInput in = lanes(spec, {});
  in.activation[5] = in.weight[5] = 0x80;
  EXPECT_EQ(fp32_step(spec, in), 4.0F) << "-128 times -128: encoding never makes the most negative code, the unit takes it";
}

TEST(int32_accumulator, wraps_or_saturates_as_its_spec_says) {
  MacSpec spec = preset("int8");
  UnitInput in = lanes(spec, {{127, 127}});
  in.psum = 0x7fffffffU;
  EXPECT_EQ(unit_step(spec, in), 0x80000000U + 16128U);
  spec.accumulate.overflow = AccumulatorOverflow::saturate;
  EXPECT_EQ(unit_step(spec, in), 0x7fffffffU);
}

TEST(kulisch_accumulator, holds_4096_of_the_largest_products_and_wraps_at_2_to_the_48) {
  const MacSpec spec = preset("fp8_e4m3_exact");
  ASSERT_EQ(psum_bits(spec), 50);
  std::vector<std::pair<double, double>> extreme(32, {448, 448});
  PsumBits psum = 0;
  for (int group = 1; group <= 4096 / 32; ++group) {
    UnitInput in = lanes(spec, extreme);
    in.psum = psum;
    psum = unit_step(spec, in);
    ASSERT_EQ(drain(spec, psum, 1, 1), 448.0F * 448.0F * 32.0F * static_cast<float>(group));
  }
  // In units of 2^-18 one product is 448^2 * 2^18 = 49 * 2^30; 5349 of them pass 2^48 and the sign flips.
  UnitInput in = lanes(spec, {{448, 448}});
  in.psum = (static_cast<PsumBits>(1) << 48) - 1;
  psum = unit_step(spec, in);
  EXPECT_EQ(psum, (static_cast<PsumBits>(1) << 48) - 1 + (static_cast<PsumBits>(49) << 30));
  EXPECT_LT(drain(spec, psum, 1, 1), 0.0F);
}

TEST(kulisch_accumulator, adds_without_any_rounding) {
  const MacSpec spec = preset("fp8_e4m3_exact");
  const UnitInput in = lanes(spec, {{448, 448}, {0x1p-9, 0x1p-9}, {-448, 448}});
  EXPECT_EQ(unit_step(spec, in), 1U) << "the smallest product alone, one unit of 2^-18";
  EXPECT_EQ(drain(spec, 1, 1, 1), 0x1p-18F);
}

TEST(kulisch_accumulator, remembers_a_nan) {
  const MacSpec spec = preset("fp8_e4m3_exact");
  PsumBits psum = unit_step(spec, lanes(spec, {{std::nan(""), 1}}));
  EXPECT_EQ(psum, static_cast<PsumBits>(1) << 49) << "flag set, register cleared";
  UnitInput in = lanes(spec, {{1, 1}});
  in.psum = psum;
  psum = unit_step(spec, in);
  EXPECT_EQ(fp32_bits(drain(spec, psum, 1, 1)), canonical_nan);
}

TEST(drain, rounds_three_times) {
  const MacSpec spec = preset("int8");
  EXPECT_EQ(drain(spec, 0x01000001U, 1, 1), 0x1p24F) << "2^24 + 1 has 25 bits: a tie";
  EXPECT_EQ(drain(spec, 0xffffffffU, 0.5F, 4), -2.0F);
  const float third = 1.0F / 3;
  EXPECT_EQ(drain(spec, 3, third, third), 3.0F * third * third);
}

TEST(rounding_to_fp32, covers_the_whole_range) {
  EXPECT_EQ(round_to_fp32(false, 1, -149), 0x1p-149F);
  EXPECT_EQ(round_to_fp32(false, 1, -150), 0.0F);
  EXPECT_EQ(round_to_fp32(false, 3, -151), 0x1p-149F);
  EXPECT_EQ(round_to_fp32(true, 0xffffff, 104), -std::numeric_limits<float>::max());
  EXPECT_EQ(round_to_fp32(false, 0x1ffffff, 103), infinity) << "half a last place above the largest number rounds up";
  EXPECT_EQ(round_to_fp32(false, 0x1fffffe, 103), std::numeric_limits<float>::max());
  EXPECT_EQ(fp32_bits(round_to_fp32(true, 0, 0)), 0U) << "a zero has no sign";
  EXPECT_EQ(round_to_fp32(false, 1, 128), infinity);
  EXPECT_EQ(round_to_fp32(false, static_cast<PsumBits>(1) << 100, -100), 1.0F);
}

TEST(register_widths, follow_from_the_formats) {
  EXPECT_EQ(product_lsb(preset("fp8_e4m3")), -18);
  EXPECT_EQ(product_lsb(preset("mxint8")), -12);
  EXPECT_EQ(product_lsb(preset("int8")), 0);
  EXPECT_EQ(psum_bits(preset("int8")), 32);
  EXPECT_EQ(psum_bits(preset("mxfp8_e4m3")), 32);
  EXPECT_EQ(exact_sum_bits(preset("int8")), 21);  // 32 * 2^14 = 2^19 is the largest sum: 21 bits with its sign
}

}  // namespace
}  // namespace macroscope::datapath::test
