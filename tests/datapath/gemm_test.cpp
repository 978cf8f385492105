// SPDX-License-Identifier: Apache-2.0
// Every fast multiplication equals the definition (unit_step in ascending k, then drain) bit for bit.
#include "sim/datapath/gemm.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "sim/datapath/unit.hpp"
#include "tests/datapath/operands.hpp"

namespace macroscope::datapath::test {
namespace {

struct Shape {
  std::int64_t m, n, k;
};

std::vector<float> by_unit(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b) {
  std::vector<float> c(static_cast<std::size_t>(a.rows * b.rows), -1.0F);
  gemm_by_unit(spec, a, b, c.data(), b.rows);
  return c;
}

std::vector<float> by_gemm(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, int threads) {
  std::vector<float> c(static_cast<std::size_t>(a.rows * b.rows), -2.0F);
  gemm(spec, a, b, c.data(), b.rows, threads);
  return c;
}

/// Limits Highway to one instruction set while it lives.
class OneTarget {
 public:
  explicit OneTarget(std::int64_t target) { hwy::SetSupportedTargetsForTest(target); }
  ~OneTarget() { hwy::SetSupportedTargetsForTest(0); }
  OneTarget(const OneTarget&) = delete;
  OneTarget& operator=(const OneTarget&) = delete;
};

void expect_same(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, const std::string& what) {
  const std::vector<float> expected = by_unit(spec, a, b);
  static const std::vector<std::int64_t> targets = hwy::SupportedAndGeneratedTargets();
  for (const std::int64_t target : targets) {
    const OneTarget only(target);
    for (int threads = 1; threads <= 4; ++threads) {
      if (threads > 1 && target != targets.front()) continue;
      const std::vector<float> found = by_gemm(spec, a, b, threads);
      const std::int64_t at = first_difference(expected, found);
      ASSERT_EQ(at, -1) << what << ", kernel " << gemm_kernel_name(spec, a, b) << ", target " << hwy::TargetName(target) << ", threads " << threads
                        << ": C[" << at / b.rows << "][" << at % b.rows << "] is " << show(found[static_cast<std::size_t>(at)]) << ", the unit gives "
                        << show(expected[static_cast<std::size_t>(at)]) << "\n" << canonical_yaml(spec);
    }
  }
}

void expect_kernel_equals_unit(const MacSpec& spec, const std::vector<Shape>& shapes) {
  Random random(1);
  for (const Data data : {Data::gaussian, Data::outliers, Data::any_finite_code, Data::any_code, Data::extreme_scales}) {
    for (const Shape& s : shapes) {
      const auto a = make_operand(spec, spec.activation, data, s.m, s.k, random);
      const auto b = make_operand(spec, spec.weight, data, s.n, s.k, random);
      expect_same(spec, a, b, name(data) + " " + std::to_string(s.m) + "x" + std::to_string(s.n) + "x" + std::to_string(s.k));
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

const std::vector<Shape> ragged{{1, 1, 1}, {5, 33, 31}, {3, 7, 32}, {37, 65, 70}, {6, 40, 129}};

class EveryPreset : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryPreset, fast_multiplication_has_the_units_bits_on_ragged_shapes) { expect_kernel_equals_unit(preset(GetParam()), ragged); }

std::vector<std::string> hardware_presets() {
  std::vector<std::string> names;
  for (const std::string& name : preset_names(MACROSCOPE_SOURCE_DIR "/configs/mac"))
    if (!preset(name).is_reference()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(gemm, EveryPreset, ::testing::ValuesIn(hardware_presets()), [](const auto& test) { return test.param; });

std::string fp32_scaled(const std::string& element, const std::string& granularity) {
  return "{element: " + element + ", scale: {encoding: fp32, granularity: " + granularity + ", rule: absmax}}";
}
std::string mx(const std::string& element, int block = 32) {
  return "{element: " + element + ", scale: {encoding: e8m0, block: " + std::to_string(block) + ", rule: floor}}";
}
std::string plain(const std::string& element) { return "{element: " + element + "}"; }
std::string aligned(int window, int lanes = 32) {
  return "{lanes: " + std::to_string(lanes) + ", reduction: aligned, window: " + std::to_string(window) + "}";
}

TEST(gemm, every_alignment_window_from_4_to_40_bits_has_the_units_bits) {
  for (int window = 4; window <= 40; ++window)
    expect_kernel_equals_unit(spec_from(fp32_scaled("e4m3", "token"), fp32_scaled("e4m3", "channel"), aligned(window), "{format: fp32}"), {{9, 34, 70}});
}

TEST(gemm, the_last_bit_of_a_window_survives_the_largest_sum) {
  for (int window = 4; window <= 32; ++window) {
    const MacSpec spec = spec_from("{element: e4m3}", "{element: e4m3}", aligned(window), "{format: fp32}");
    // 31 products of 240 * 240, all of one sign, then one of just the last bit kept: 2^(14 - window + 1).
    QuantizedMatrix a{spec.activation.element, 1, 32, std::vector<std::uint8_t>(32, 0x77), {}, 0, {}, {}}, b = a;
    const int low = (15 - window) / 2;
    a.codes8[31] = static_cast<std::uint8_t>(a.element.encode(std::ldexp(1.0, low), formats::Rounding::rne, formats::Overflow::saturate));
    b.codes8[31] = static_cast<std::uint8_t>(b.element.encode(std::ldexp(1.0, 15 - window - low), formats::Rounding::rne, formats::Overflow::saturate));
    expect_same(spec, a, b, "window " + std::to_string(window));
    const float expected = static_cast<float>(31 * 240.0 * 240.0 + std::ldexp(1.0, 15 - window));
    if (window < 7) continue;  // 240 * 240 itself is cut
    EXPECT_EQ(by_gemm(spec, a, b, 1)[0], expected);
  }
}

TEST(gemm, every_element_format_has_the_units_bits_in_a_window) {
  for (const char* element : {"e5m2", "e4m3fnuz", "e5m2fnuz", "e3m4", "e2m1", "fp16", "bf16", "e8m7fnuz", "e1m6", "e6m9"})
    for (const int window : {4, 11, 17, 18, 25, 40})
      expect_kernel_equals_unit(spec_from("{element: " + std::string(element) + "}", "{element: " + std::string(element) + "}", aligned(window), "{format: fp32}"),
                                {{6, 35, 45}});
}

TEST(gemm, mixed_elements_and_odd_lane_counts_have_the_units_bits) {
  for (const int lanes : {1, 3, 8, 20, 64, 256})
    for (const int window : {5, 14, 24, 40})
      expect_kernel_equals_unit(spec_from("{element: e5m2}", "{element: e4m3}", aligned(window, lanes), "{format: fp32}"), {{5, 35, 77}});
}

TEST(gemm, block_scaled_elements_have_the_units_bits) {
  for (const char* element : {"e4m3", "e5m2", "e2m1", "e2m3", "e3m2", "bf16"})
    for (const int window : {6, 12, 24, 40}) expect_kernel_equals_unit(spec_from(mx(element), mx(element), aligned(window), "{format: fp32}"), {{6, 35, 70}});
  for (const char* element : {"e4m3", "e2m1", "e2m3", "e3m2"})
    expect_kernel_equals_unit(spec_from(mx(element), mx(element), "{lanes: 32, reduction: exact}", "{format: fp32}"), {{6, 35, 70}});
  for (const char* element : {"int2", "int4", "int8", "int12", "int16"})
    for (const int block : {5, 32}) {
      const std::string dot = "{lanes: " + std::to_string(block) + ", reduction: integer}";
      expect_kernel_equals_unit(spec_from(mx(element, block), mx(element, block), dot, "{format: fp32}"), {{6, 35, 70}});
    }
}

std::string scaled_blocks(const std::string& element, const std::string& scale, int block) {
  return "{element: " + element + ", scale: {encoding: " + scale + ", block: " + std::to_string(block) + ", rule: " + (scale == "e8m0" ? "floor" : "absmax") + "}}";
}

TEST(gemm, blocks_of_several_groups_and_scales_of_other_encodings_have_the_units_bits) {
  for (const char* scale : {"e8m0", "e4m3", "fp16"})
    for (const int block : {16, 48}) {
      for (const char* element : {"int4", "int8", "int12"})
        expect_kernel_equals_unit(spec_from(scaled_blocks(element, scale, block), scaled_blocks(element, scale, 16), "{lanes: 16, reduction: integer}", "{format: fp32}"), {{6, 35, 100}});
      for (const char* element : {"e2m1", "e4m3"})
        for (const char* dot : {"{lanes: 16, reduction: exact}", "{lanes: 16, reduction: aligned, window: 12}", "{lanes: 16, reduction: aligned, window: 40}"})
          expect_kernel_equals_unit(spec_from(scaled_blocks(element, scale, block), scaled_blocks("e2m1", scale, 16), dot, "{format: fp32}"), {{6, 35, 100}});
    }
}

TEST(gemm, integers_times_minifloats_have_the_units_bits) {
  const std::vector<Shape> shapes{{6, 35, 70}};
  for (const char* integer : {"int4", "int16", "ternary"})
    for (const char* minifloat : {"e4m3", "bf16", "fp16"})
      for (const std::string& dot : {aligned(9), aligned(24), aligned(40, 16), std::string("{lanes: 32, reduction: exact}"), std::string("{lanes: 16, reduction: sequential}")}) {
        if (std::string(minifloat) == "bf16" && dot.find("exact") != std::string::npos) continue;
        expect_kernel_equals_unit(spec_from(plain(minifloat), fp32_scaled(integer, "channel"), dot, "{format: fp32}"), shapes);
        expect_kernel_equals_unit(spec_from(mx(integer), mx(minifloat), dot, "{format: fp32}"), shapes);
        expect_kernel_equals_unit(spec_from(mx(minifloat, 64), fp32_scaled(integer, "channel"), dot, "{format: fp32}"), shapes);
      }
  for (const char* integer : {"int4", "int8"})
    expect_kernel_equals_unit(spec_from("{element: e4m3}", fp32_scaled(integer, "channel"), "{lanes: 32, reduction: exact}", "{format: kulisch, bits: 40}"), shapes);
}

TEST(gemm, the_most_negative_integer_keeps_its_exponent_beside_a_minifloat) {
  // -8 * 1.5 and 7 * 2^-k: the window hangs at int4's one exponent 2, not at -8's leading bit.
  const MacSpec spec = spec_from("{element: bf16}", fp32_scaled("int4", "channel"), aligned(8), "{format: fp32}");
  QuantizedMatrix a{spec.activation.element, 1, 32, {}, std::vector<std::uint16_t>(32, 0), 0, {}, {}};
  QuantizedMatrix b{spec.weight.element, 1, 32, std::vector<std::uint8_t>(32, 0), {}, 0, {}, {1.0F}};
  a.codes16[0] = 0x3fc0;  // 1.5
  b.codes8[0] = 8;        // -8
  a.codes16[1] = 0x3d00;  // 2^-5 = the last place, 2^(0 + 2 - 8 + 1)
  b.codes8[1] = 1;
  expect_same(spec, a, b, "-8 beside 1");
  EXPECT_EQ(by_gemm(spec, a, b, 1)[0], -12.0F + 0x1p-5F);
}

const std::vector<std::string> accumulators{"{format: fp32}",
                                            "{format: fp32, round: truncate}",
                                            "{format: fp22, round: truncate}",
                                            "{format: bf16, round: truncate}",
                                            "{format: fp32, chunk: {length: 64, into: fp32}}",
                                            "{format: fp22, round: truncate, chunk: {length: 32, into: fp32}}",
                                            "{format: fp32, chunk: {length: 96, into: tf32, round: truncate}}"};

TEST(gemm, accumulators_that_cut_or_are_emptied_by_chunks_have_the_units_bits) {
  const std::vector<Shape> shapes{{7, 35, 150}};
  for (const std::string& accumulate : accumulators)
    for (const std::string& dot : {aligned(9), aligned(14), aligned(24), aligned(37), std::string("{lanes: 32, reduction: exact}"), std::string("{lanes: 16, reduction: sequential}")}) {
      expect_kernel_equals_unit(spec_from(fp32_scaled("e4m3", "token"), fp32_scaled("e4m3", "channel"), dot, accumulate), shapes);
      if (dot.find("sequential") == std::string::npos) expect_kernel_equals_unit(spec_from(mx("e4m3"), mx("e4m3"), dot, accumulate), shapes);
    }
}

TEST(gemm, integer_registers_that_saturate_and_are_emptied_after_every_group_have_the_units_bits) {
  for (const char* element : {"int8", "int16"})
    for (const char* accumulate : {"{format: int32, overflow: saturate, chunk: {length: 32, into: fp32}}", "{format: int18, overflow: saturate, chunk: {length: 32, into: fp32}}",
                                   "{format: int32, overflow: saturate, chunk: {length: 32, into: fp22, round: truncate}}", "{format: int32, chunk: {length: 32, into: fp32}}",
                                   "{format: int32, overflow: saturate, chunk: {length: 64, into: fp32}}"})
      expect_kernel_equals_unit(spec_from(fp32_scaled(element, "token"), fp32_scaled(element, "channel"), "{lanes: 32, reduction: integer}", accumulate), {{7, 35, 150}});
}

TEST(gemm, sums_that_the_accumulator_joins_have_the_units_bits) {
  const std::vector<Shape> shapes{{7, 35, 150}};
  for (const std::string& accumulate : accumulators) {
    for (const int window : {6, 14, 25, 40}) {
      const std::string dot = "{lanes: 16, reduction: aligned, window: " + std::to_string(window) + ", fused: true}";
      for (const char* element : {"e4m3", "fp16", "bf16"}) expect_kernel_equals_unit(spec_from(plain(element), plain(element), dot, accumulate), shapes);
      expect_kernel_equals_unit(spec_from(mx("e4m3"), mx("e5m2", 16), dot, accumulate), shapes);
    }
    const std::string exact = "{lanes: 16, reduction: exact, fused: true}";
    expect_kernel_equals_unit(spec_from(plain("e4m3"), plain("e4m3"), exact, accumulate), shapes);
    expect_kernel_equals_unit(spec_from(mx("e4m3"), mx("e4m3"), exact, accumulate), shapes);
  }
}

/// A row of bf16 numbers +-(1 + i/128) 2^e, e near `exponent`.
QuantizedMatrix bf16_near(const MacSpec& spec, std::int64_t rows, std::int64_t cols, int exponent, unsigned seed) {
  std::mt19937 random(seed);
  QuantizedMatrix m{spec.activation.element, rows, cols, {}, std::vector<std::uint16_t>(static_cast<std::size_t>(rows * cols)), 0, {}, {}};
  for (std::uint16_t& code : m.codes16) code = static_cast<std::uint16_t>((random() & 0x807fU) | static_cast<unsigned>(exponent + 127 + static_cast<int>(random() % 5)) << 7);
  return m;
}

TEST(gemm, partial_sums_at_the_ends_of_fp32_have_the_units_bits) {
  for (const char* dot : {"{lanes: 16, reduction: aligned, window: 6, fused: true}", "{lanes: 16, reduction: aligned, window: 25, fused: true}", "{lanes: 16, reduction: sequential}"})
    for (const char* accumulate : {"{format: fp32, round: truncate}", "{format: fp22, round: truncate}", "{format: fp32}"}) {
      const MacSpec spec = spec_from(plain("bf16"), plain("bf16"), dot, accumulate);
      for (const int exponent : {-136, -130, -127, -124, 118, 122, 124})  // of products: subnormal sums, and totals that overflow
        expect_same(spec, bf16_near(spec, 7, 70, exponent / 2, 1), bf16_near(spec, 35, 70, exponent - exponent / 2, 2), std::to_string(exponent));
    }
}

TEST(gemm, chains_of_additions_have_the_units_bits) {
  const std::vector<Shape> shapes{{13, 35, 70}, {33, 65, 40}};
  for (const char* accumulate : {"{format: fp32}", "{format: fp32, round: truncate}", "{format: fp22, round: truncate}", "{format: fp22}", "{format: fp16}",
                                 "{format: fp16, chunk: {length: 32, into: fp32}}", "{format: fp16, round: truncate}", "{format: bf16, round: truncate}"})
    for (const char* product : {"exact", "rounded"}) {
      const std::string dot = std::string("{lanes: 16, reduction: sequential, product: ") + product + "}";
      for (const char* element : {"e4m3", "e5m2", "e2m3", "fp16", "bf16"}) expect_kernel_equals_unit(spec_from(plain(element), plain(element), dot, accumulate), {shapes[0]});
      expect_kernel_equals_unit(spec_from(fp32_scaled("int8", "token"), fp32_scaled("int8", "channel"), dot, accumulate), {shapes[1]});
    }
}

TEST(gemm, a_blocks_scale_holds_for_all_its_groups) {
  // Sums of a few small integers are exact in FP32, so it does not matter in how many groups a block is added.
  const auto spec = [](int lanes) { return spec_from(mx("int4", 64), mx("int4", 64), "{lanes: " + std::to_string(lanes) + ", reduction: integer}", "{format: fp32}"); };
  Random random(7);
  const auto a = make_operand(spec(64), spec(64).activation, Data::gaussian, 5, 200, random);
  const auto b = make_operand(spec(64), spec(64).weight, Data::gaussian, 9, 200, random);
  for (const int lanes : {8, 16, 32}) {
    EXPECT_EQ(first_difference(by_gemm(spec(64), a, b, 1), by_gemm(spec(lanes), a, b, 1)), -1);
    EXPECT_EQ(first_difference(by_gemm(spec(64), a, b, 1), by_unit(spec(lanes), a, b)), -1);
  }
}

TEST(gemm, an_int32_accumulator_wraps_or_saturates_as_the_unit_does) {
  for (const char* element : {"int4", "int8", "int12", "int16"})
    for (const char* overflow : {"wrap", "saturate"})
      expect_kernel_equals_unit(spec_from(fp32_scaled(element, "token"), fp32_scaled(element, "channel"), "{lanes: 32, reduction: integer}",
                                          "{format: int32, overflow: " + std::string(overflow) + "}"),
                                {{6, 35, 70}, {3, 5, 300}});
}

TEST(gemm, a_kulisch_accumulator_wraps_or_saturates_as_the_unit_does) {
  for (const char* element : {"e4m3", "e4m3fnuz", "e2m1", "e3m4fn"})
    for (const char* overflow : {"wrap", "saturate"})
      for (const int spare : {0, 1, 7, 40}) {
        const std::string name = element;
        MacSpec spec = spec_from(fp32_scaled(name, "token"), fp32_scaled(name, "channel"), "{lanes: 32, reduction: exact}",
                                 "{format: kulisch, bits: 64, overflow: " + std::string(overflow) + "}");
        spec.accumulate.bits = exact_sum_bits(spec) + spare;
        expect_kernel_equals_unit(spec, {{5, 35, 200}, {3, 5, 700}});
      }
}

TEST(gemm, a_kulisch_register_that_really_overflows_wraps_or_saturates) {
  for (const char* overflow : {"wrap", "saturate"}) {
    MacSpec spec = preset("fp8_e4m3_exact");
    spec.accumulate.overflow = std::string(overflow) == "wrap" ? AccumulatorOverflow::wrap : AccumulatorOverflow::saturate;
    for (const int bits : {exact_sum_bits(spec), 45, 49})
      for (const std::int64_t k : {320, 6000}) {
        spec.accumulate.bits = bits;
        // Rows of +448 and -448: every product is extreme, and sums of either sign leave the register.
        QuantizedMatrix a{spec.activation.element, 2, k, std::vector<std::uint8_t>(static_cast<std::size_t>(2 * k), 0x7e), {}, 0, {}, {1, 1}};
        std::fill(a.codes8.begin() + k, a.codes8.end(), std::uint8_t{0xfe});
        QuantizedMatrix b = a;
        for (std::int64_t i = 0; i < k; i += 3) b.codes8[static_cast<std::size_t>(i)] = 0x35;
        expect_same(spec, a, b, "448 times 448, " + std::to_string(k) + " times");
      }
  }
}

TEST(gemm, scales_along_k_drain_the_accumulator_block_by_block) {
  for (const std::string name : {"int8", "fp8_e4m3", "fp8_e4m3_w14", "fp8_e4m3_exact", "fp8_e4m3_seq_fp22", "tensorcore_h100_fp8_promoted"}) {
    const MacSpec spec = preset(name);
    Random random(3);
    for (const Data data : {Data::gaussian, Data::outliers, Data::any_finite_code, Data::any_code, Data::extreme_scales})
      for (const std::int64_t k : {1, 32, 64, 75, 160})
        for (const int block : {32, 64}) {
          const auto a = make_operand(spec, spec.activation, data, 6, k, random);
          const auto a_blocked = make_operand(spec, spec.activation, data, 6, k, random, 32);
          const auto b = make_operand(spec, spec.weight, data, 35, k, random, block);
          expect_same(spec, a, b, name + " B blocked " + std::to_string(block));
          expect_same(spec, a_blocked, b, name + " both blocked");
        }
  }
}

TEST(gemm, most_negative_bytes_do_not_saturate_on_the_way) {
  const MacSpec spec = preset("int8");
  for (const std::int64_t k : {2, 64, 1000}) {
    QuantizedMatrix a{spec.activation.element, 3, k, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * k), 0x80), {}, 0, {}, {1, 1, 1}};
    QuantizedMatrix b{spec.weight.element, 2, k, std::vector<std::uint8_t>(static_cast<std::size_t>(2 * k), 0x80), {}, 0, {}, {1, 1}};
    EXPECT_EQ(by_gemm(spec, a, b, 1), std::vector<float>(6, 16384.0F * static_cast<float>(k)));
    expect_same(spec, a, b, "-128 times -128");
  }
}

TEST(gemm, a_product_over_no_elements_is_plus_zero) {
  for (const std::string& name : hardware_presets()) {
    const MacSpec spec = preset(name);
    Random random(4);
    const auto a = make_operand(spec, spec.activation, Data::gaussian, 3, 0, random);
    const auto b = make_operand(spec, spec.weight, Data::gaussian, 2, 0, random);
    EXPECT_EQ(first_difference(by_gemm(spec, a, b, 2), std::vector<float>(6, 0.0F)), -1);
    EXPECT_EQ(first_difference(by_unit(spec, a, b), std::vector<float>(6, 0.0F)), -1);
  }
}

TEST(gemm, prepared_weights_give_the_same_bits_call_after_call) {
  for (const std::string& name : hardware_presets()) {
    const MacSpec spec = preset(name);
    Random random(5);
    const auto b = make_operand(spec, spec.weight, Data::outliers, 70, 100, random);
    const PreparedOperand prepared(spec, b);
    for (const std::int64_t rows : {1, 20, 20, 3}) {
      const auto a = make_operand(spec, spec.activation, Data::outliers, rows, 100, random);
      std::vector<float> c(static_cast<std::size_t>(rows * 80), 7.0F);
      gemm(spec, a, prepared, c.data(), 80, 2);
      const std::vector<float> expected = by_unit(spec, a, b);
      for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < 80; ++j)
          ASSERT_EQ(fp32_bits(c[static_cast<std::size_t>(i * 80 + j)]), fp32_bits(j < 70 ? expected[static_cast<std::size_t>(i * 70 + j)] : 7.0F))
              << name << ": row " << i << ", column " << j << " (columns from 70 on are not C's)";
    }
  }
}

TEST(gemm, operands_that_do_not_fit_the_spec_are_refused) {
  const MacSpec spec = preset("int8"), other = preset("fp8_e4m3");
  Random random(6);
  const auto a = make_operand(spec, spec.activation, Data::gaussian, 2, 64, random);
  const auto b = make_operand(spec, spec.weight, Data::gaussian, 2, 32, random);
  const auto floats = make_operand(other, other.weight, Data::gaussian, 2, 64, random);
  const auto odd_blocks = make_operand(spec, spec.weight, Data::gaussian, 2, 64, random, 24);
  float c[4];
  EXPECT_THROW(gemm(spec, a, b, c, 2), std::invalid_argument);
  EXPECT_THROW(gemm(spec, a, floats, c, 2), std::invalid_argument);
  EXPECT_THROW(gemm(spec, a, odd_blocks, c, 2), std::invalid_argument);
  EXPECT_THROW(PreparedOperand(spec, floats), std::invalid_argument);
}

}  // namespace
}  // namespace macroscope::datapath::test
