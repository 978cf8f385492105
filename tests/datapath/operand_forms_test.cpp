// SPDX-License-Identifier: Apache-2.0
// Operands that memory holds in another form than the multiplier takes: what is stored, what reaches the multiplier, and what
// comes out, each against its formula in exact numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <limits>
#include <set>

#include "formats/fitted_table.hpp"
#include "formats/input_error.hpp"
#include "formats/vector_codebook.hpp"
#include "sim/datapath/gemm.hpp"
#include "sim/datapath/unit.hpp"
#include "tests/datapath/exact_float.hpp"
#include "tests/datapath/operands.hpp"
#include "tests/datapath/operand_texts.hpp"
#include "tests/datapath/oracle.hpp"

namespace macroscope::datapath::test {
namespace {

using ::testing::HasSubstr;

std::vector<float> tilted_numbers(std::size_t count, Random& random) {
  std::normal_distribution<float> normal(0.7F, 1.0F);
  std::vector<float> x(count);
  for (float& v : x) v = normal(random);
  return x;
}

TEST(zero_points, reach_the_multiplier_subtracted) {
  Random random(41);
  for (int bits = 1; bits <= 8; ++bits)
    for (const std::string cover : {"granularity: channel", "granularity: tensor", "block: 32"}) {
      const MacSpec spec = spec_from(by_token("int8"),
                                     "{element: int" + std::to_string(bits + 1) + ", stored: {element: uint" + std::to_string(bits) + ", zero_point: true}, scale: {encoding: fp32, " + cover + ", rule: absmax}}",
                                     "{lanes: 32, reduction: integer}", "{format: int32}");
      const auto x = tilted_numbers(4 * 72, random);
      const auto q = quantize(spec.weight, x.data(), 4, 72, 72, 0, 3);
      const std::int64_t run = q.block ? q.block : 72;
      for (std::int64_t row = 0; row < 4; ++row)
        for (std::int64_t k = 0; k < 72; ++k) {
          float low = 0, high = 0;
          const bool tensor = cover == "granularity: tensor";
          for (std::int64_t i = tensor ? 0 : row * 72 + k / run * run; i < (tensor ? 4 * 72 : row * 72 + std::min(k / run * run + run, std::int64_t{72})); ++i) {
            low = std::min(low, x[static_cast<std::size_t>(i)]);
            high = std::max(high, x[static_cast<std::size_t>(i)]);
          }
          const float scale = (high - low) / static_cast<float>((1 << bits) - 1);
          ASSERT_EQ(q.fp32_scales[static_cast<std::size_t>(row * q.blocks() + k / run)], scale);
          const int zero = std::min(static_cast<int>(std::lrint(-low / scale)), (1 << bits) - 1);
          const int stored = std::max(0, std::min(static_cast<int>(std::lrint(x[static_cast<std::size_t>(row * 72 + k)] / scale)) + zero, (1 << bits) - 1));
          ASSERT_EQ(signed_code(q.code(row, k), bits + 1), stored - zero) << "bits " << bits << ", " << cover;
          ASSERT_LE(std::fabs(dequantize(q)[static_cast<std::size_t>(row * 72 + k)] - x[static_cast<std::size_t>(row * 72 + k)]), 1.001F * scale);
          if (k > 3) k += 7;
        }
    }
}

TEST(zero_points, of_a_region_with_a_nan_make_it_nan_and_of_zeros_keep_it_zero) {
  const OperandSpec side = preset("w4a8_zp").weight;
  std::vector<float> x(256, 0.0F);
  x[130] = std::nanf("");
  const auto q = quantize(side, x.data(), 1, 256, 256);
  EXPECT_EQ(q.fp32_scales[0], 1.0F);
  EXPECT_TRUE(std::isnan(q.fp32_scales[1]));
  EXPECT_EQ(q.codes8, std::vector<std::uint8_t>(256, 0));
}

TEST(microexponents, halve_the_step_of_a_pair_of_small_numbers) {
  Random random(42);
  for (const auto& [name, m] : {std::pair<std::string, int>{"mx9", 7}, {"mx6", 4}, {"mx4", 2}}) {
    const MacSpec spec = preset(name);
    std::vector<float> x = tilted_numbers(3 * 55, random);
    for (std::size_t i = 0; i < x.size(); i += 3) x[i] = std::ldexp(x[i], -static_cast<int>(random() % 9));
    std::fill(x.begin() + 55, x.begin() + 71, 0.0F);
    const auto values = dequantize(quantize(spec.weight, x.data(), 3, 55, 55));
    for (std::size_t row = 0; row < 3; ++row)
      for (std::size_t k = 0; k < 55; ++k) {
        float of_block = 0, of_pair = 0;
        for (std::size_t i = k / 16 * 16; i < std::min<std::size_t>(k / 16 * 16 + 16, 55); ++i) {
          of_block = std::max(of_block, std::fabs(x[row * 55 + i]));
          if (i / 2 == k / 2) of_pair = std::max(of_pair, std::fabs(x[row * 55 + i]));
        }
        if (of_block == 0) {
          ASSERT_EQ(values[row * 55 + k], 0.0F);
          continue;
        }
        const int exponent = std::ilogb(of_block);
        const int shift = of_pair == 0 ? 1 : std::min(1, exponent - std::ilogb(of_pair));
        const double step = std::ldexp(1.0, exponent - shift + 1 - m), largest = std::ldexp(1.0, m) - 1;
        const double q = std::nearbyint(static_cast<double>(x[row * 55 + k]) / step);
        ASSERT_EQ(static_cast<double>(values[row * 55 + k]), std::max(-largest, std::min(q, largest)) * step) << name << ", " << x[row * 55 + k];
      }
    EXPECT_EQ(stored_bits(spec.weight).element * 16 + stored_bits(spec.weight).region, 16 * (m + 2)) << "MX9, MX6 and MX4 are named by their bits";
  }
}

TEST(decoders, round_stored_numbers_times_their_scale_once) {
  Random random(43);
  for (const std::string stored : {"{element: int4, scale: {encoding: fp16, block: 32, rule: absmax}}", "{element: nf4, scale: {encoding: fp32, block: 64, rule: absmax}}",
                                   "{element: e2m1, scale: {encoding: e4m3, block: 16, rule: absmax, tensor: fp32}}", "{element: int8, scale: {encoding: e8m0, block: 32, rule: floor}}"})
    for (const std::string element : {"bf16", "fp16", "e4m3"}) {
      const MacSpec spec = spec_from("{element: bf16}", "{element: " + element + ", stored: " + stored + "}", "{lanes: 32, reduction: aligned, window: 24}", "{format: fp32}");
      const auto x = tilted_numbers(2 * 100, random);
      const auto q = quantize(spec.weight, x.data(), 2, 100, 100, 0, 2);
      const OperandSpec inner{spec.weight.stored->element, spec.weight.stored->scale, {}, {}};
      const auto held = quantize(inner, x.data(), 2, 100, 100);
      EXPECT_TRUE(q.fp32_scales.empty() && q.e8m0_scales.empty() && q.scale_codes.empty());
      for (std::int64_t row = 0; row < 2; ++row)
        for (std::int64_t k = 0; k < 100; ++k)
          ASSERT_EQ(q.code(row, k), spec.weight.element.encode(held.element.decode(held.code(row, k)) * held.scale(row, k), formats::Rounding::rne, formats::Overflow::saturate)) << stored;
    }
}

TEST(decoders, keep_a_nan_scale_nan) {
  const OperandSpec side = preset("w4a16").weight;
  std::vector<float> x(256, 1.0F);
  x[128] = std::nanf("");
  const auto q = quantize(side, x.data(), 1, 256, 256);
  EXPECT_EQ(q.code(0, 0), 0x3f80U);
  EXPECT_EQ(q.code(0, 200), 0x7fc0U);
}

TEST(decoders, with_a_zero_point_and_a_scale_give_the_number_meant) {
  const MacSpec spec = spec_from("{element: bf16}", "{element: bf16, stored: {element: uint4, zero_point: true, scale: {encoding: fp32, block: 128, rule: absmax}}}",
                                 "{lanes: 32, reduction: aligned, window: 30}", "{format: fp32}");
  std::vector<float> x(128);
  for (std::size_t i = 0; i < 128; ++i) x[i] = static_cast<float>(i % 16) - 3.0F;
  const auto q = quantize(spec.weight, x.data(), 1, 128, 128);
  EXPECT_EQ(dequantize(q), x);
  EXPECT_EQ(stored_bits(spec.weight).element, 4);
  EXPECT_EQ(stored_bits(spec.weight).region, 32 + 4);
}

TEST(decoders, of_dint4_count_halves) {
  const OperandSpec side = preset("w4a8_dint").weight;
  std::vector<float> x(128, 0.0F);
  for (std::size_t i = 0; i < 13; ++i) x[i] = static_cast<float>(i) - 6.0F;
  x[13] = 0.5F;
  x[14] = -0.5F;
  x[15] = -7.0F;
  const auto q = quantize(side, x.data(), 1, 128, 128);
  EXPECT_EQ(q.fp32_scales[0], 0.5F);
  EXPECT_EQ(dequantize(q), x);
  EXPECT_EQ(signed_code(q.code(0, 13), 5), 1);
  EXPECT_EQ(signed_code(q.code(0, 15), 5), -14);
}

// --- Fitted forms ----------------------------------------------------------------------------------------------------------

MacSpec with_weight(const std::string& weight) { return spec_from("{element: bf16}", "{" + weight + "}", "{lanes: 32, reduction: aligned, window: 30}", "{format: fp32}"); }

formats::Code nearest_code(const formats::Element& e, double x) { return e.encode(x, formats::Rounding::rne, formats::Overflow::saturate); }

TEST(fitted_tables, hold_at_most_so_many_different_numbers_a_row_and_the_nearest_of_them) {
  Random random(61);
  const MacSpec spec = with_weight("element: bf16, stored: {element: fp16, lookup: 5}");
  const auto x = tilted_numbers(3 * 70, random);
  const auto q = quantize(spec.weight, x.data(), 3, 70, 70, 0, 2);
  EXPECT_TRUE(q.fp32_scales.empty());
  for (std::int64_t row = 0; row < 3; ++row) {
    const float* w = x.data() + row * 70;
    const auto table = formats::fit_table(w, 70, 5, 50);
    std::set<formats::Code> seen;
    for (std::int64_t k = 0; k < 70; ++k) {
      double best = 1e9;
      for (const double t : table) {
        const auto entry = static_cast<double>(half(static_cast<float>(t)));
        if (std::fabs(entry - static_cast<double>(w[k])) < std::fabs(best - static_cast<double>(w[k]))) best = entry;
      }
      ASSERT_EQ(q.code(row, k), nearest_code(spec.weight.element, best)) << row << ", " << k;
      seen.insert(q.code(row, k));
    }
    EXPECT_LE(seen.size(), 5U);
    EXPECT_GE(seen.size(), 4U);
  }
  EXPECT_EQ(stored_bits(spec.weight).element, 3);
  EXPECT_EQ(stored_bits(spec.weight).region, 5 * 16);
}

/// Codes of the multiplier's element are sums of entries of two books under the row's scale: as many different groups as codes allow.
TEST(codebooks, decode_to_sums_of_entries_times_the_rows_scale) {
  Random random(62);
  const MacSpec spec = with_weight("element: fp16, stored: {element: fp16, codebooks: {books: 2, bits: 3, group: 4}, scale: {encoding: fp16, granularity: channel}}");
  const std::int64_t rows = 40, cols = 30;  // the last group has two weights
  auto x = tilted_numbers(static_cast<std::size_t>(rows * cols), random);
  for (std::int64_t k = 0; k < cols; ++k) x[static_cast<std::size_t>(7 * cols + k)] *= 64.0F;
  const auto q = quantize(spec.weight, x.data(), rows, cols, cols, 0, 3);
  std::vector<float> scales, groups;
  for (std::int64_t row = 0; row < rows; ++row) {
    double squares = 0;
    for (std::int64_t k = 0; k < cols; ++k) squares += std::pow(static_cast<double>(x[static_cast<std::size_t>(row * cols + k)]), 2);
    scales.push_back(half(static_cast<float>(std::sqrt(squares / cols))));
    for (std::int64_t k = 0; k < 32; ++k) groups.push_back(k < cols ? x[static_cast<std::size_t>(row * cols + k)] / scales.back() : 0.0F);
  }
  const auto coding = formats::fit_additive_codebooks(groups.data(), rows * 8, 4, 2, 3, 5, formats::Element::parse("fp16", ""));
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t k = 0; k < cols; ++k) {
      const auto* codes = &coding.codes[static_cast<std::size_t>((row * 8 + k / 4) * 2)];
      const double a = static_cast<double>(coding.codebooks.entries[codes[0] * 4 + static_cast<std::size_t>(k % 4)]);
      const double b = static_cast<double>(coding.codebooks.entries[32 + codes[1] * 4 + static_cast<std::size_t>(k % 4)]);
      ASSERT_EQ(q.code(row, k), nearest_code(spec.weight.element, (a + b) * static_cast<double>(scales[static_cast<std::size_t>(row)]))) << row << ", " << k;
    }
  const StoredBits bits = stored_bits(spec.weight);
  EXPECT_EQ(bits.element, 6);
  EXPECT_EQ(bits.vector, 4);
  EXPECT_EQ(bits.region, 16);
  EXPECT_EQ(bits.matrix, 2 * 8 * 4 * 16);
}

TEST(codebooks, of_integers_reach_the_multiplier_as_integers) {
  Random random(63);
  const MacSpec spec = spec_from(by_token("int8"), "{element: int6, stored: {element: int5, codebooks: {books: 2, bits: 4, group: 8}}, scale: {encoding: fp32, granularity: channel}}",
                                 "{lanes: 32, reduction: integer}", "{format: int32}");
  const auto x = tilted_numbers(64 * 64, random);
  const auto q = quantize(spec.weight, x.data(), 64, 64, 64, 0, 3);
  const auto values = dequantize(q);
  double error = 0, energy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    error += std::pow(static_cast<double>(x[i] - values[i]), 2);
    energy += std::pow(static_cast<double>(x[i]), 2);
  }
  EXPECT_LT(error, 0.6 * energy) << "one bit a weight";
  float largest = 0;
  for (std::size_t k = 0; k < 64; ++k) largest = std::max(largest, std::fabs(x[k]));
  EXPECT_EQ(q.fp32_scales[0], largest / 15);
}

TEST(lattice_points, have_as_many_pulses_under_the_scale_of_least_squares) {
  Random random(64);
  const MacSpec spec = preset("w3a8_pvq");
  auto x = tilted_numbers(4 * 40, random);
  std::fill(x.begin() + 16, x.begin() + 32, 0.0F);
  const auto q = quantize(spec.weight, x.data(), 4, 40, 40, 0, 3);
  const formats::Minifloat e4m3 = *formats::parse_minifloat("e4m3");
  float largest = 0;
  for (const float v : x) largest = std::max(largest, std::fabs(v));
  ASSERT_EQ(q.tensor_scale, largest / 448);
  for (std::int64_t row = 0; row < 4; ++row)
    for (std::int64_t block = 0; block < 3; ++block) {
      int pulses = 0;
      double along = 0, squares = 0;
      for (std::int64_t k = block * 16; k < std::min<std::int64_t>(block * 16 + 16, 40); ++k) {
        const int p = signed_code(q.code(row, k), 6);
        const double w = static_cast<double>(x[static_cast<std::size_t>(row * 40 + k)]);
        pulses += std::abs(p);
        along += w * p;
        squares += static_cast<double>(p) * p;
        ASSERT_GE(w * p, 0) << "a pulse has its weight's sign";
      }
      ASSERT_EQ(pulses, 22) << row << ", " << block;
      ASSERT_EQ(q.scale_codes[static_cast<std::size_t>(row * 3 + block)],
                formats::encode(e4m3, along / squares / static_cast<double>(q.tensor_scale), formats::Rounding::rne, formats::Overflow::saturate));
    }
  EXPECT_EQ(q.scale(0, 16), 0) << "zeros are zero whatever their point";
  const StoredBits bits = stored_bits(spec.weight);
  EXPECT_EQ(bits.element, 44);
  EXPECT_EQ(bits.vector, 16);
  EXPECT_EQ(bits.region, 8);
  EXPECT_EQ(bits.matrix, 32);
}

TEST(lattice_points, and_codebooks_that_a_decoder_scales_are_rounded_once) {
  Random random(65);
  const MacSpec decoded = with_weight("element: bf16, stored: {element: int8, pulses: 15, scale: {encoding: fp16, block: 32}}");
  const MacSpec integers = spec_from(by_token("int8"), "{element: int8, stored: {element: int8, pulses: 15}, scale: {encoding: fp16, block: 32}}", "{lanes: 32, reduction: integer}", "{format: fp32}");
  const auto x = tilted_numbers(3 * 80, random);
  const auto b = quantize(decoded.weight, x.data(), 3, 80, 80), q = quantize(integers.weight, x.data(), 3, 80, 80);
  EXPECT_TRUE(b.scale_codes.empty());
  for (std::int64_t row = 0; row < 3; ++row)
    for (std::int64_t k = 0; k < 80; ++k)
      ASSERT_EQ(b.code(row, k), nearest_code(decoded.weight.element, signed_code(q.code(row, k), 8) * q.scale(row, k)));
}

TEST(fitted_forms, of_numbers_that_are_not_finite_are_nan_where_they_stand) {
  std::vector<float> x(3 * 64);
  Random random(66);
  for (float& v : x) v = static_cast<float>(random() % 100) - 50.0F;
  x[70] = std::numeric_limits<float>::infinity();
  for (const char* name : {"w2a16_aqlm", "w3a16_kmeans", "w3a8_pvq"}) {
    MacSpec spec = preset(name);
    if (spec.weight.scale) spec.weight.scale->tensor = false;
    const auto values = dequantize(quantize(spec.weight, x.data(), 3, 64, 64, 0, 2));
    EXPECT_TRUE(std::isnan(values[70])) << name;
    for (std::size_t i = 0; i < 64; ++i) ASSERT_TRUE(std::isfinite(values[i]) && std::isfinite(values[128 + i])) << name;
    EXPECT_EQ(dequantize(quantize(preset(name).weight, x.data(), 0, 64, 64)).size(), 0U);
  }
  const auto nan_tensor = dequantize(quantize(preset("w3a8_pvq").weight, x.data(), 3, 64, 64));
  EXPECT_TRUE(std::isnan(nan_tensor[0])) << "under a tensor's scale all of it";
}

TEST(fitted_forms, that_make_no_hardware_are_refused_with_the_reason) {
  const auto refusal = [](const std::string& weight) {
    try {
      with_weight(weight);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const std::string books = "codebooks: {books: 2, bits: 8, group: 8}", by_row = "scale: {encoding: fp16, granularity: channel}";
  EXPECT_EQ(refusal("element: bf16, stored: {element: fp16, " + books + ", " + by_row + "}"), "accepted");
  EXPECT_THAT(refusal("element: bf16, stored: {element: fp16, " + books + "}"), HasSubstr("have one scale"));
  EXPECT_THAT(refusal("element: bf16, stored: {element: fp16, lookup: 4, " + books + ", " + by_row + "}"), HasSubstr("exclude each other"));
  EXPECT_THAT(refusal("element: bf16, stored: {element: fp16, " + books + ", scale: {encoding: fp16, granularity: channel, rule: absmax}}"), HasSubstr("follow from their fit"));
  EXPECT_THAT(refusal("element: int5, stored: {element: int5, " + books + "}, " + by_row), HasSubstr("does not hold the sum of 2 numbers of int5"));
  EXPECT_THAT(refusal("element: bf16, stored: {element: fp16, codebooks: {books: 2, bits: 17, group: 8}, " + by_row + "}"), HasSubstr("from 1 to 16"));
  EXPECT_THAT(refusal("element: bf16, stored: {element: fp16, lookup: 16, " + by_row + "}"), HasSubstr("need no scale"));
  EXPECT_THAT(refusal("element: bf16, stored: {element: int8, lookup: 16}"), HasSubstr("holds minifloats"));
  EXPECT_THAT(refusal("element: int5, stored: {element: int5, pulses: 16}, scale: {encoding: fp32, block: 32}"), HasSubstr("a coordinate is as large as 16 pulses"));
  EXPECT_THAT(refusal("element: int6, stored: {element: int5, pulses: 15}, scale: {encoding: fp32, block: 32}"), HasSubstr("found int6 for int5"));
  EXPECT_THAT(refusal("element: int8, stored: {element: int8, pulses: 60}, scale: {encoding: fp32, block: 64}"), HasSubstr("2^61 points or more"));
  EXPECT_THAT(refusal("element: int8, stored: {element: int8, pulses: 6}, scale: {encoding: fp32, granularity: channel}"), HasSubstr("'block' is the lattice's dimension"));
  EXPECT_THAT(refusal("element: int8, stored: {element: int8, pulses: 6}, scale: {encoding: e8m0, block: 32}"), HasSubstr("in fp32 or a minifloat"));
  EXPECT_THAT(refusal("element: bf16, round: truncate, stored: {element: fp16, lookup: 16}"), HasSubstr("nearest, not rounded"));
  try {
    spec_from("{element: bf16, stored: {element: fp16, lookup: 16}}", "{element: bf16}", "{lanes: 32, reduction: aligned, window: 30}", "{format: fp32}");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("to weights alone"));
  }
}

TEST(decoders, of_tables_are_named_where_a_table_is_to_be_multiplied) {
  const auto said = [](const std::string& element) {
    try {
      spec_from(by_token("int8"), "{element: " + element + ", scale: {encoding: fp32, granularity: channel, rule: absmax}}", "{lanes: 32, reduction: integer}", "{format: int32}");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(said("dint4"), HasSubstr("'element: int5, stored: {element: dint4}', which is exact"));
  EXPECT_THAT(said("pot2x1"), HasSubstr("'element: int3, stored: {element: pot2x1}', which is exact"));
  EXPECT_THAT(said("pot2x3"), HasSubstr("'element: int15, stored: {element: pot2x3}', which is exact"));
  EXPECT_THAT(said("nf4"), HasSubstr("'element: bf16, stored: {element: nf4, scale: ...}', which rounds to BF16"));
}

/// The sums of shifted activations are those of multiplying (K6 = K1), whether the shift is decoded or multiplied as it is.
TEST(powers_of_two, decoded_to_integers_are_the_powers_themselves) {
  Random random(45);
  const MacSpec decoded = preset("w4a8_pot");
  const MacSpec direct = spec_from(by_token("int8"), "{element: pot4, scale: {encoding: fp32, granularity: channel, rule: absmax}}", "{lanes: 32, reduction: exact, multiply: {kind: shift_add}}",
                                   "{format: kulisch, bits: 40}");
  std::vector<float> x(4 * 90), w(5 * 90), c(20), d(20);
  std::normal_distribution<float> normal;
  for (float& v : x) v = normal(random);
  for (float& v : w) v = normal(random);
  const auto multiply = [&](const MacSpec& spec, std::vector<float>& out) {
    gemm(spec, quantize(spec.activation, x.data(), 4, 90, 90), quantize(spec.weight, w.data(), 5, 90, 90), out.data(), 5);
  };
  multiply(decoded, c);
  multiply(direct, d);
  EXPECT_EQ(first_difference(c, d), -1);
  EXPECT_EQ(stored_bits(decoded.weight).element, 4);
}

TEST(powers_of_two, in_two_terms_are_sums_of_two_shifts) {
  const MacSpec spec = preset("w5a8_pot2");
  std::vector<float> w(64);
  const double first[] = {0, 1, 0.25, 0.0625}, second[] = {0, 0.5, 0.125, 0.03125};
  for (std::size_t i = 0; i < 16; ++i) w[i] = static_cast<float>(first[i / 4] + second[i % 4]);
  for (std::size_t i = 0; i < 16; ++i) w[16 + i] = -w[i];
  const auto q = quantize(spec.weight, w.data(), 1, 64, 64);
  EXPECT_EQ(q.fp32_scales[0], 0x1p-5F);
  EXPECT_EQ(dequantize(q), w);
  EXPECT_EQ(stored_bits(spec.weight).element, 5);
}

TEST(powers_of_two, as_weights_are_shifts) {
  const MacSpec spec = spec_from("{element: e4m3}", "{element: pot4, scale: {encoding: fp32, granularity: channel, rule: absmax}}", "{lanes: 16, reduction: exact, multiply: {kind: shift_add}}", "{format: fp32}");
  Random random(44);
  const auto a = make_operand(spec, spec.activation, Data::gaussian, 3, 40, random);
  const auto b = make_operand(spec, spec.weight, Data::gaussian, 4, 40, random);
  std::vector<float> c(12), plain(12);
  gemm(spec, a, b, c.data(), 4);
  MacSpec multiplied = spec;
  multiplied.dot.multiply = {};
  gemm(multiplied, a, b, plain.data(), 4);
  EXPECT_EQ(first_difference(c, plain), -1);
}

// --- Refusals --------------------------------------------------------------------------------------------------------------

std::string refusal(const std::string& activation, const std::string& weight, const std::string& dot = "{lanes: 32, reduction: integer}", const std::string& accumulate = "{format: int32}") {
  try {
    spec_from(activation, weight, dot, accumulate);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(operand_forms, that_make_no_hardware_are_refused_with_the_reason) {
  const std::string scale = "scale: {encoding: fp32, granularity: channel, rule: absmax}";
  const auto weight = [&](const std::string& text) { return refusal(by_token("int8"), "{" + text + "}"); };
  EXPECT_THAT(weight("element: int4, stored: {element: uint4, zero_point: true}, " + scale), HasSubstr("a uint4 less its zero point is an int5"));
  EXPECT_THAT(weight("element: int5, stored: {element: int4, zero_point: true}, " + scale), HasSubstr("zero points belong to uint1 ... uint15"));
  EXPECT_THAT(weight("element: int4, stored: {element: dint4}, " + scale), HasSubstr("which has no codes for some numbers of dint4"));
  EXPECT_THAT(weight("element: int8, stored: {element: int4, scale: {encoding: fp16, block: 32, rule: absmax}}"), HasSubstr("a decoder that applies a scale gives bf16"));
  EXPECT_THAT(weight("element: int8, stored: {element: int8, microexponent: 2}, " + scale), HasSubstr("int9 for int8 (MX9)"));
  EXPECT_THAT(weight("element: int9, stored: {element: int8, microexponent: 2}, " + scale), HasSubstr("stands below an e8m0 scale"));
  EXPECT_THAT(weight("element: int8, planes: 3, scale: {encoding: fp32, block: 32}"), HasSubstr("planes have element binary"));
  EXPECT_THAT(weight("element: binary, planes: 9, scale: {encoding: fp32, block: 32}"), HasSubstr("from 1 to 8"));
  EXPECT_THAT(weight("element: binary, planes: 3, " + scale), HasSubstr("follow from their fit"));
  EXPECT_THAT(weight("element: binary, offset: true, " + scale), HasSubstr("belongs to binary coding"));
  EXPECT_THAT(weight("element: binary, planes: 3, fit: gredy, scale: {encoding: fp32, block: 32}"), HasSubstr("did you mean 'greedy'"));
  EXPECT_THAT(refusal(planes_weight(2, false, "granularity: tensor"), "{element: int8, " + scale + "}"), HasSubstr("binary coding is for weights"));
  EXPECT_THAT(refusal("{element: int8, scale: {encoding: fp32, block: 32, rule: absmax}}", planes_weight(2, false, "block: 32")), HasSubstr("applied last"));
  EXPECT_THAT(refusal(by_token("int8"), "{element: int4, " + scale + "}", "{lanes: 32, reduction: integer, multiply: {kind: add_sub}}"), HasSubstr("binary and ternary"));
  EXPECT_THAT(refusal(by_token("int8"), planes_weight(2, false, "block: 30"), "{lanes: 30, reduction: integer, multiply: {kind: lut, mu: 4}}"), HasSubstr("does not divide 30 lanes"));
  EXPECT_THAT(refusal(by_token("int8"), planes_weight(2, false, "block: 32"), "{lanes: 32, reduction: integer, multiply: {kind: lut, mu: 5}}"), HasSubstr("accepted: 2, 4, 8"));
  EXPECT_THAT(refusal(by_token("int8"), planes_weight(2, false, "block: 32"), "{lanes: 32, reduction: integer, multiply: {kind: shift_add}}"), HasSubstr("powers of two"));
  EXPECT_THAT(refusal("{element: fp16}", planes_weight(2, false, "block: 32"), "{lanes: 32, reduction: sequential, multiply: {kind: lut, mu: 4}}", "{format: fp32}"), HasSubstr("a lut holds exact sums"));
  EXPECT_THAT(refusal(by_token("int8"), planes_weight(2, false, "block: 32"), "{lanes: 32, reduction: integer}", "{format: fp32}"), HasSubstr("the sums of planes are integers"));
  EXPECT_THAT(refusal(by_token("int8"), planes_weight(2, false, "block: 32"), "{lanes: 32, reduction: integer}", "{format: int32, chunk: {length: 32, into: fp32}}"), HasSubstr("leaves the accumulator after each block"));
  EXPECT_EQ(refusal(by_token("int8"), planes_weight(2, true, "block: 32")), "accepted");
}

TEST(operand_forms, without_rtl_are_named) {
  for (const char* name : {"bcq3_addsub", "bcq3_lut", "ternary", "binary", "w4a8_zp", "w4a16", "mx9"}) {
    const MacSpec spec = preset(name);
    EXPECT_EQ(canonical_yaml(parse_mac_spec(canonical_yaml(spec), name)), canonical_yaml(spec));
  }
}

}  // namespace
}  // namespace macroscope::datapath::test
