// SPDX-License-Identifier: Apache-2.0
// Weights in planes: what comes out of them, against the formula in exact numbers, and how they are fitted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <limits>
#include <set>

#include "formats/input_error.hpp"
#include "sim/datapath/gemm.hpp"
#include "sim/datapath/unit.hpp"
#include "tests/datapath/exact_float.hpp"
#include "tests/datapath/operands.hpp"
#include "tests/datapath/operand_texts.hpp"
#include "tests/datapath/oracle.hpp"

namespace macroscope::datapath::test {
namespace {

/// An integer register of 32 bits that wraps.
std::int32_t wrapped(std::int64_t x) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(x))); }

float planes_oracle(const QuantizedMatrix& a, std::int64_t m, const QuantizedMatrix& b, std::int64_t n) {
  const std::int64_t run = b.block ? b.block : b.cols;
  const int terms = b.planes + (b.planes_have_offset ? 1 : 0);
  float c = 0;
  for (std::int64_t begin = 0, block = 0; begin < b.cols; begin += run, ++block)
    for (int term = 0; term < terms; ++term) {
      std::int64_t total = 0;
      for (std::int64_t k = begin; k < std::min(begin + run, b.cols); ++k) {
        const bool minus = term < b.planes && ((b.codes8[static_cast<std::size_t>(n * b.cols + k)] >> term) & 1);
        const int x = signed_code(a.code(m, k), a.element.bits());
        total += minus ? -x : x;
      }
      const float scale = b.fp32_scales[static_cast<std::size_t>((n * ((b.cols + run - 1) / run) + block) * terms + term)];
      c = sum(c, product(scale, nearest_to(wrapped(total))));
    }
  return product(c, a.fp32_scales[static_cast<std::size_t>(m)]);
}

void expect_planes(const MacSpec& spec, Data data, std::int64_t rows, std::int64_t cols, std::int64_t k, Random& random) {
  const auto a = make_operand(spec, spec.activation, data, rows, k, random);
  const auto b = make_operand(spec, spec.weight, data, cols, k, random);
  std::vector<float> by_unit(static_cast<std::size_t>(rows * cols)), fast = by_unit;
  gemm_by_unit(spec, a, b, by_unit.data(), cols);
  gemm(spec, a, PreparedOperand(spec, b), fast.data(), cols, 3);
  ASSERT_EQ(first_difference(by_unit, fast), -1) << canonical_yaml(spec);
  for (std::int64_t m = 0; m < rows; ++m)
    for (std::int64_t n = 0; n < cols; ++n)
      ASSERT_EQ(fp32_bits(by_unit[static_cast<std::size_t>(m * cols + n)]), fp32_bits(planes_oracle(a, m, b, n)))
          << name(data) << ", k " << k << ", row " << m << ", column " << n << "\n" << canonical_yaml(spec);
}

TEST(planes, multiply_as_the_formula_says_bit_for_bit) {
  Random random(31);
  for (const std::string element : {"int8", "int16"})
    for (const int planes : {1, 3, 8})
      for (const bool offset : {false, true})
        for (const std::string cover : {"granularity: channel", "block: 32", "block: 128"})
          for (const Data data : {Data::gaussian, Data::outliers, Data::any_finite_code, Data::extreme_scales})
            for (const std::int64_t k : {31, 200})
              expect_planes(spec_from(by_token(element), planes_weight(planes, offset, cover), "{lanes: 32, reduction: integer}", "{format: int32}"), data, 3, 5, k, random);
}

/// Every term's sum is that of a unit with weights of +-1 (the oracle's), whatever its reduction.
TEST(planes, multiply_minifloats_as_the_formula_says_bit_for_bit) {
  Random random(35);
  const std::string weight = planes_weight(2, true, "block: 16");
  for (const std::string activation : {"fp16", "bf16", "e4m3", "e5m2"})
    for (const std::string dot : {"reduction: exact, multiply: {kind: lut, mu: 4}", "reduction: exact, fused: true, multiply: {kind: add_sub}", "reduction: aligned, window: 12",
                                  "reduction: sequential, multiply: {kind: add_sub}", "reduction: tree"})
      for (const std::string accumulate : {"fp32", "fp16"})
        for (const Data data : {Data::gaussian, Data::any_code, Data::extreme_scales}) {
          if (activation == "bf16" && dot.find("exact") != std::string::npos) continue;
          const std::string scaled = data == Data::gaussian ? "{element: " + activation + "}" : "{element: " + activation + ", scale: {encoding: fp32, granularity: token, rule: absmax}}";
          const MacSpec spec = spec_from(scaled, weight, "{lanes: 8, " + dot + "}", "{format: " + accumulate + "}");
          const std::int64_t k = 45;
          const auto a = make_operand(spec, spec.activation, data, 5, k, random), b = make_operand(spec, spec.weight, data, 3, k, random);
          std::vector<float> c(15), by_unit(15);
          gemm(spec, a, b, c.data(), 3, 2);
          gemm_by_unit(spec, a, b, by_unit.data(), 3);
          ASSERT_EQ(first_difference(c, by_unit), -1);
          for (std::int64_t m = 0; m < 5; ++m)
            for (std::int64_t n = 0; n < 3; ++n) {
              float total = 0;
              for (std::int64_t block = 0; block < 3; ++block)
                for (int term = 0; term < 3; ++term) {
                  std::vector<UnitInput> groups;
                  for (std::int64_t first = block * 16; first < std::min<std::int64_t>(block * 16 + 16, k); first += 8) {
                    UnitInput in{std::vector<formats::Code>(8, 0), std::vector<formats::Code>(8, 0), 127, 127, 0};
                    for (std::int64_t i = 0; i < std::min<std::int64_t>(8, k - first); ++i) {
                      in.activation[static_cast<std::size_t>(i)] = a.code(m, first + i);
                      in.weight[static_cast<std::size_t>(i)] = term < 2 ? b.code(n, first + i) >> term & 1U : 0;
                    }
                    groups.push_back(in);
                  }
                  total = sum(total, product(b.fp32_scales[static_cast<std::size_t>((n * 3 + block) * 3 + term)], oracle_output(spec, groups, 1, 1)));
                }
              const float expected = product(total, a.fp32_scales.empty() ? 1.0F : a.fp32_scales[static_cast<std::size_t>(m)]);
              ASSERT_EQ(fp32_bits(c[static_cast<std::size_t>(m * 3 + n)]), fp32_bits(expected)) << name(data) << " " << m << ", " << n << "\n" << canonical_yaml(spec);
            }
        }
}

/// Panels of 64 rows, tables of 4 in blocks that they do not fill, sums that pass INT16 many times over, more tokens than are looked
/// up at once.
TEST(planes, are_looked_up_with_the_units_bits_on_every_instruction_set) {
  Random random(33);
  for (const std::string cover : {"granularity: channel", "block: 20", "block: 160"})
    for (const int planes : {2, 4}) {
      const MacSpec spec = spec_from(by_token("int8"), planes_weight(planes, planes == 4, cover), "{lanes: 20, reduction: integer}", "{format: int32}");
      auto a = make_operand(spec, spec.activation, Data::any_code, 18, 707, random);
      std::fill(a.codes8.begin(), a.codes8.begin() + 707, std::uint8_t{0x80});  // -128, which encoding never writes
      auto b = make_operand(spec, spec.weight, Data::any_finite_code, 131, 707, random);
      std::fill(b.codes8.begin(), b.codes8.begin() + 2 * 707, std::uint8_t{0});
      std::fill(b.codes8.begin() + 707, b.codes8.begin() + 2 * 707, std::uint8_t{15});
      std::vector<float> expected;
      for (std::int64_t m = 0; m < a.rows; ++m)
        for (std::int64_t n = 0; n < b.rows; ++n) expected.push_back(planes_oracle(a, m, b, n));
      for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        std::vector<float> found(expected.size());
        gemm(spec, a, b, found.data(), b.rows, 2);
        ASSERT_EQ(first_difference(expected, found), -1) << hwy::TargetName(target) << "\n" << canonical_yaml(spec);
      }
      hwy::SetSupportedTargetsForTest(0);
    }
}

TEST(planes, that_leave_their_register_wrap_in_it) {
  const MacSpec spec = spec_from(by_token("int16"), planes_weight(2, true, "granularity: channel"), "{lanes: 64, reduction: integer}", "{format: int32}");
  const std::int64_t k = 70000;
  QuantizedMatrix a{spec.activation.element, 1, k, {}, std::vector<std::uint16_t>(static_cast<std::size_t>(k), 0x7fff), 0, {}, {1.0F}};
  QuantizedMatrix b{spec.weight.element, 2, k, std::vector<std::uint8_t>(static_cast<std::size_t>(2 * k), 0), {}, 0, {}, {0.5F, 0.25F, 1.0F, 1.0F, 2.0F, -1.0F}};
  std::fill(b.codes8.begin() + k, b.codes8.end(), std::uint8_t{2});
  b.planes = 2;
  b.planes_have_offset = true;
  float c[2];
  gemm(spec, a, b, c, 2);
  for (int n = 0; n < 2; ++n) EXPECT_EQ(c[n], planes_oracle(a, 0, b, n));
}

TEST(planes, of_adders_and_of_tables_have_the_same_bits) {
  const MacSpec adders = preset("bcq3_addsub"), tables = preset("bcq3_lut");
  EXPECT_NE(hardware_key(adders), hardware_key(tables));
  Random random(32);
  const auto a = make_operand(adders, adders.activation, Data::gaussian, 4, 300, random);
  const auto b = make_operand(adders, adders.weight, Data::gaussian, 9, 300, random);
  std::vector<float> x(36), y(36);
  gemm(adders, a, b, x.data(), 9);
  gemm(tables, a, b, y.data(), 9);
  EXPECT_EQ(first_difference(x, y), -1);
  EXPECT_EQ(gemm_kernel_name(adders, a, b), "binary_coding");
}

TEST(planes, of_one_scale_are_the_sign_times_the_mean_magnitude) {
  const MacSpec spec = preset("binary");
  const std::vector<float> w{1.0F, -3.0F, 0.5F, -1.5F};
  const auto q = quantize(spec.weight, w.data(), 1, 4, 4);
  EXPECT_EQ(q.codes8, (std::vector<std::uint8_t>{0, 1, 0, 1}));
  EXPECT_EQ(q.fp32_scales, std::vector<float>{1.5F});
  EXPECT_EQ(dequantize(q), (std::vector<float>{1.5F, -1.5F, 1.5F, -1.5F}));
}

TEST(planes, of_zeros_are_zero) {
  const MacSpec spec = preset("bcq3_lut");
  const auto q = quantize(spec.weight, std::vector<float>(200, 0.0F).data(), 1, 200, 200);
  EXPECT_EQ(dequantize(q), std::vector<float>(200, 0.0F));
}

double squared_error(const OperandSpec& side, const std::vector<float>& x, std::int64_t rows, std::int64_t cols) {
  const auto values = dequantize(quantize(side, x.data(), rows, cols, cols));
  double error = 0;
  for (std::size_t i = 0; i < x.size(); ++i) error += std::pow(static_cast<double>(x[i]) - static_cast<double>(values[i]), 2);
  return error;
}

TEST(planes, fit_better_by_alternating_than_greedily_and_with_every_plane) {
  Random random(33);
  std::normal_distribution<float> normal;
  std::vector<float> x(8 * 256);
  for (float& v : x) v = normal(random);
  double before = 1e30;
  for (int planes = 1; planes <= 4; ++planes) {
    const auto side = [&](const std::string& fit) { return spec_from(by_token("int8"), planes_weight(planes, false, "block: 128", fit), "{lanes: 32, reduction: integer}", "{format: int32}").weight; };
    const double greedy = squared_error(side("greedy"), x, 8, 256), alternating = squared_error(side("alternating"), x, 8, 256);
    EXPECT_LE(alternating, greedy * 1.000001);
    if (planes > 1) {
      EXPECT_LT(alternating, 0.99 * greedy);
    }
    EXPECT_LT(alternating, 0.5 * before);
    before = alternating;
  }
}

TEST(planes, with_a_number_that_is_not_finite_make_their_outputs_nan) {
  const MacSpec spec = preset("bcq3_addsub");
  std::vector<float> w(2 * 256, 0.5F);
  w[300] = std::numeric_limits<float>::infinity();
  const auto b = quantize(spec.weight, w.data(), 2, 256, 256);
  const auto a = quantize(spec.activation, std::vector<float>(256, 1.0F).data(), 1, 256, 256);
  float c[2];
  gemm(spec, a, b, c, 2);
  EXPECT_EQ(c[0], 128.0F);
  EXPECT_EQ(fp32_bits(c[1]), 0x7fc00000U);
}

TEST(planes, hold_fp16_scales_where_the_spec_says_so) {
  const MacSpec spec = spec_from(by_token("int8"), planes_weight(2, true, "block: 32", "alternating", "fp16"), "{lanes: 32, reduction: integer}", "{format: int32}");
  Random random(34);
  const auto q = make_operand(spec, spec.weight, Data::gaussian, 3, 64, random);
  for (const float scale : q.fp32_scales) {
    const auto code = formats::encode(*formats::parse_minifloat("fp16"), static_cast<double>(scale), formats::Rounding::rne, formats::Overflow::saturate);
    EXPECT_EQ(scale, static_cast<float>(formats::decode(*formats::parse_minifloat("fp16"), code)));
  }
  expect_planes(spec, Data::gaussian, 3, 4, 100, random);
}

}  // namespace
}  // namespace macroscope::datapath::test
