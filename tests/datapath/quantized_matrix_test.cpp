// SPDX-License-Identifier: Apache-2.0
// Quantizing a matrix gives the scale that the rule says and the codes that encoding one number after the other gives.
#include "sim/datapath/quantized_matrix.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <tuple>

#include "formats/block_format.hpp"
#include "sim/datapath/unit.hpp"
#include "tests/datapath/operands.hpp"

namespace macroscope::datapath::test {
namespace {

/// Numbers that lie on, beside and half-way between codes of the element, at any of some scales, both signs.
std::vector<float> tricky_numbers(const formats::Element& element, Random& random, std::size_t count) {
  std::vector<float> x;
  while (x.size() < count) {
    const double one = element.decode(static_cast<formats::Code>(random() & ((1U << element.bits()) - 1U)));
    const double other = element.decode(static_cast<formats::Code>(random() & ((1U << element.bits()) - 1U)));
    float value = static_cast<float>(random() % 3 ? one : (one + other) / 2);
    if (!std::isfinite(value)) continue;
    if (random() % 4 == 0) value = std::nextafter(value, random() % 2 ? 1e30F : -1e30F);
    if (random() % 8 == 0) value = std::copysign(0.0F, value);
    if (random() % 50 == 0) value = std::numeric_limits<float>::denorm_min() * static_cast<float>(random() % 100);
    x.push_back(value);
  }
  return x;
}

float largest(const float* x, std::int64_t n) {
  float m = 0;
  for (std::int64_t i = 0; i < n; ++i) m = std::isnan(x[i]) || std::isnan(m) ? std::nanf("") : std::max(m, std::fabs(x[i]));
  return m;
}

float row_scale(const ScaleSpec& scale, const formats::Element& element, float absmax) {
  if (scale.encoding == ScaleEncoding::fp32) return formats::fp32_scale(absmax, element);
  if (std::isnan(absmax) || std::isinf(absmax)) return std::nanf("");
  if (scale.encoding == ScaleEncoding::e8m0) {
    const double value = formats::decode_e8m0(formats::e8m0_scale(absmax, element, scale.rule));
    return static_cast<float>(std::ldexp(value, -element.block_fraction_bits()));
  }
  const auto code = formats::encode(*scale.format, static_cast<double>(absmax / static_cast<float>(element.max_finite())), formats::Rounding::rne, formats::Overflow::saturate);
  return static_cast<float>(formats::decode(*scale.format, code ? code : 1));
}

/// The words of quantized_matrix.hpp, number by number.
void expect_quantized(const MacSpec& spec, const OperandSpec& side, const std::vector<float>& x, std::int64_t rows, std::int64_t cols, int fp32_block) {
  const QuantizedMatrix q = quantize(side, x.data(), rows, cols, cols, fp32_block, 3);
  const std::int64_t run = q.block ? q.block : cols;
  float whole = 0;
  for (std::int64_t r = 0; r < rows; ++r) whole = std::max(whole, largest(x.data() + r * cols, cols));
  for (std::int64_t row = 0; row < rows; ++row) {
    float absmax = 0;
    for (std::int64_t k = 0; k < cols; ++k) {
      const std::int64_t start = k / run * run;
      if (k == start) absmax = largest(x.data() + row * cols + start, std::min(run, cols - start));
      const auto index = static_cast<std::size_t>(row * q.blocks() + k / run);
      const float value = x[static_cast<std::size_t>(row * cols + k)];
      double scaled = static_cast<double>(value);
      bool nan_scale = false;
      if (!q.scale_codes.empty()) {
        const formats::Minifloat& format = *side.scale->format;
        const auto reach = static_cast<float>(side.element.max_finite());
        const float above = side.scale->tensor ? whole / (reach * static_cast<float>(format.max_finite())) : 1.0F;
        const float t = above == 0 ? 1.0F : above;
        if (side.scale->tensor && !std::isfinite(largest(x.data(), rows * cols))) {
          ASSERT_TRUE(std::isnan(q.tensor_scale)) << "one NaN makes the whole tensor NaN";
          ASSERT_EQ(q.code(row, k), 0);
          continue;
        }
        ASSERT_EQ(q.tensor_scale, t);
        const float largest_number = reach * t;
        const float quotient = largest_number == 0 ? absmax : absmax / largest_number;
        auto code = formats::encode(format, static_cast<double>(quotient), formats::Rounding::rne, formats::Overflow::saturate);
        if (code == 0) code = 1;
        if (std::isnan(absmax) || std::isinf(absmax)) code = format.nan_code();
        ASSERT_EQ(q.scale_codes[index], code) << side.element.name() << " under " << format.name;
        float divisor = static_cast<float>(formats::decode(format, code)) * t;
        if (divisor == 0) divisor = std::numeric_limits<float>::denorm_min();
        nan_scale = std::isnan(divisor);
        scaled = static_cast<double>(value / divisor);
      } else if (!q.e8m0_scales.empty()) {
        const std::uint8_t scale = formats::e8m0_scale(absmax, side.element, side.scale->rule);
        ASSERT_EQ(q.e8m0_scales[index], scale);
        nan_scale = scale == formats::e8m0_nan;
        scaled = static_cast<double>(value) / formats::decode_e8m0(scale) * std::ldexp(1.0, side.element.block_fraction_bits());
      } else if (!q.fp32_scales.empty()) {
        const bool tensor = side.scale->granularity == Granularity::tensor && !fp32_block;
        const float scale = row_scale(*side.scale, side.element, tensor ? whole : absmax);
        nan_scale = std::isnan(scale);
        if (nan_scale) ASSERT_TRUE(std::isnan(q.fp32_scales[index]));
        else ASSERT_EQ(q.fp32_scales[index], scale);
        scaled = static_cast<double>(value / scale);
      }
      const formats::Code expected = nan_scale ? formats::Code{0} : side.element.encode(scaled, side.round, side.overflow);
      ASSERT_EQ(q.code(row, k), expected) << side.element.name() << ": " << show(value) << ", scaled " << scaled << ", row " << row << ", k " << k << "\n"
                                          << canonical_yaml(spec);
    }
  }
}

std::vector<MacSpec> specs() {
  std::vector<MacSpec> all;
  for (const std::string& name : preset_names(MACROSCOPE_SOURCE_DIR "/configs/mac"))
    if (const MacSpec spec = preset(name); !spec.is_reference() && !spec.weight.planes && !spec.weight.stored && spec.weight.element.name() != "ternary") all.push_back(spec);
  const std::string dot = "{lanes: 32, reduction: aligned, window: 20}";
  for (const std::string element : {"e5m2", "e4m3fnuz", "e5m2fnuz", "e2m1", "e2m3", "e3m2", "e3m4", "fp16", "bf16", "e8m7fnuz", "e6m9", "e4m0fn"}) {
    all.push_back(spec_from("{element: " + element + "}", "{element: " + element + ", round: half_away}", dot, "{format: fp32}"));
    const std::string mx = "{element: " + element + ", scale: {encoding: e8m0, block: 32, rule: floor}}";
    const std::string by_tensor = "{element: " + element + ", scale: {encoding: fp32, granularity: tensor, rule: absmax}}";
    all.push_back(spec_from(mx, mx, dot, "{format: fp32}"));
    all.push_back(spec_from(by_tensor, by_tensor, dot, "{format: fp32}"));
  }
  for (const std::string encoding : {"e4m3", "e5m2", "fp16", "bf16", "e4m3, tensor: fp32", "fp16, tensor: fp32"})
    for (const std::string element : {"e2m1", "int4", "e4m3", "int8"}) {
      const bool integers = element.substr(0, 3) == "int";
      const std::string scale = "{element: " + element + ", scale: {encoding: " + encoding + ", block: 16, rule: absmax}}";
      all.push_back(spec_from(scale, scale, integers ? "{lanes: 16, reduction: integer}" : "{lanes: 16, reduction: exact}", "{format: fp32}"));
      if (encoding.find("tensor") != std::string::npos) continue;
      const std::string by_row = "{element: " + element + ", scale: {encoding: " + encoding + ", granularity: ";
      all.push_back(spec_from(by_row + "token, rule: absmax}}", by_row + "tensor, rule: absmax}}", integers ? "{lanes: 16, reduction: integer}" : "{lanes: 16, reduction: exact}",
                              integers ? "{format: int32}" : "{format: fp32}"));
    }
  for (const std::string rule : {"floor", "ceil"}) {  // DFP: one exponent for the whole tensor
    const std::string dfp = "{element: int16, scale: {encoding: e8m0, granularity: tensor, rule: " + rule + "}}";
    all.push_back(spec_from(dfp, dfp, "{lanes: 16, reduction: integer}", "{format: int32}"));
  }
  for (const int block : {16, 48}) {  // drained block by block
    const std::string drained = "{element: int4, scale: {encoding: fp32, block: " + std::to_string(block) + ", rule: absmax}}";
    all.push_back(spec_from(drained, drained, "{lanes: 16, reduction: integer}", "{format: int32}"));
  }
  return all;
}

TEST(quantize, codes_are_those_of_encoding_number_by_number_on_every_instruction_set) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    Random random(11);
    for (const MacSpec& spec : specs())
      for (const OperandSpec* side : {&spec.activation, &spec.weight}) {
        std::vector<float> x = tricky_numbers(side->element, random, 9 * 77);
        for (std::size_t i = 0; i < 40; ++i) x[200 + i] = 0;  // a block of zeros
        for (const int block : {0, 32}) expect_quantized(spec, *side, x, 9, 77, block);
        if (HasFatalFailure()) break;
      }
    hwy::SetSupportedTargetsForTest(0);
  }
}

/// Largest magnitudes at which a rule steps, and ends of FP32's range.
float block_maximum(const formats::Element& element, Random& random) {
  const double reach = std::ldexp(element.max_finite(), -element.block_fraction_bits());
  const double steps[] = {1.0, 1.5, 1.5 * reach, reach, 0.75 * reach, 1.9999999};
  auto value = static_cast<float>(std::ldexp(steps[random() % 6], static_cast<int>(random() % 40) - 20));
  if (random() % 2) value = std::nextafter(value, random() % 2 ? 1e30F : 0.0F);
  switch (random() % 24) {
    case 0: return 0.0F;
    case 1: return std::numeric_limits<float>::denorm_min() * static_cast<float>(random() % 100000);
    case 2: return std::ldexp(value, static_cast<int>(random() % 40) - 130);
    case 3: return std::min(std::ldexp(value, 100), std::numeric_limits<float>::max());
    case 4: return random() % 2 ? std::nanf("") : std::numeric_limits<float>::infinity();
    default: return value;
  }
}

/// Rows of more blocks than one call of the vector code takes, and a rest; most stretches of them for vectors, some not.
std::vector<float> rows_of_blocks(const formats::Element& element, int block, std::int64_t rows, std::int64_t cols, bool specials, Random& random) {
  std::vector<float> x(static_cast<std::size_t>(rows * cols));
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t start = 0; start < cols; start += block) {
      float largest = block_maximum(element, random);
      const bool calm = (row + start / 512) % 2 == 0;
      while ((calm && (!std::isfinite(largest) || largest < 1e-10F || largest > 1e20F)) || (!specials && !std::isfinite(largest))) largest = block_maximum(element, random);
      const std::int64_t n = std::min<std::int64_t>(block, cols - start);
      for (std::int64_t k = start; k < start + n; ++k) {
        const auto share = static_cast<float>(static_cast<int>(random() % 65537) - 32768) / 32768.0F;
        x[static_cast<std::size_t>(row * cols + k)] = random() % 8 ? largest * (random() % 4 ? share : share * share * share) : std::copysign(0.0F, share);
      }
      x[static_cast<std::size_t>(row * cols + start + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)))] = random() % 2 ? largest : -largest;
    }
  return x;
}

TEST(quantize, blocks_of_every_magnitude_are_as_number_by_number_on_every_instruction_set) {
  std::vector<std::string> scales;
  for (const std::string rule : {"floor", "ceil", "nearest"})
    for (const std::string block : {"16", "32", "48"}) scales.push_back("{encoding: e8m0, block: " + block + ", rule: " + rule + "}");
  for (const std::string encoding : {"e4m3", "e4m3, tensor: fp32", "e5m2, tensor: fp32", "e4m3fnuz"})
    for (const std::string block : {"16", "32"}) scales.push_back("{encoding: " + encoding + ", block: " + block + ", rule: absmax}");
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    Random random(13);
    for (const std::string element : {"e4m3", "e5m2", "e2m1", "e2m3", "e3m2", "e3m4", "e4m3fnuz", "int8", "int4", "int3"})
      for (const std::string& scale : scales) {
        const std::string side = "{element: " + element + ", scale: " + scale + "}";
        const MacSpec spec = spec_from(side, side, element[0] == 'i' ? "{lanes: 16, reduction: integer}" : "{lanes: 16, reduction: exact}", "{format: fp32}");
        const bool specials = scale.find("tensor") == std::string::npos;
        constexpr std::int64_t rows = 2, cols = 1221;  // 76 blocks of 16
        expect_quantized(spec, spec.activation, rows_of_blocks(spec.activation.element, spec.activation.scale->block, rows, cols, specials, random), rows, cols, 0);
        if (HasFatalFailure()) break;
      }
    hwy::SetSupportedTargetsForTest(0);
  }
}

TEST(quantize, runs_with_infinities_and_nans_are_as_number_by_number) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    Random random(14);
    for (const std::string element : {"e4m3", "e5m2", "e3m4", "e2m1", "e4m3fnuz", "fp16", "bf16"}) {
      const MacSpec spec = spec_from("{element: " + element + "}", "{element: " + element + "}", "{lanes: 16, reduction: aligned, window: 20}", "{format: fp32}");
      std::vector<float> x(2 * 400);
      for (float& v : x) {
        v = std::ldexp(static_cast<float>(random() % 65536) - 32768.0F, static_cast<int>(random() % 30) - 24);
        if (random() % 60 == 0) v = std::nanf("");
        if (random() % 60 == 0) v = std::copysign(std::numeric_limits<float>::infinity(), v);
        if (random() % 60 == 0) v = std::copysign(random() % 2 ? 1e38F : 1e-41F, v);
      }
      expect_quantized(spec, spec.activation, x, 2, 400, 0);
    }
    hwy::SetSupportedTargetsForTest(0);
  }
}

TEST(quantize, takes_over_the_storage_of_any_matrix) {
  Random random(15);
  QuantizedMatrix used = quantize(preset("bcq3_lut").weight, std::vector<float>(9 * 256, 1.0F).data(), 9, 256, 256);
  for (const MacSpec& spec : specs()) {
    std::vector<float> x = tricky_numbers(spec.activation.element, random, 5 * 70);
    x[100] = std::nanf("");
    quantize_into(used, spec.activation, x.data(), 5, 70, 70, 32);
    const QuantizedMatrix fresh = quantize(spec.activation, x.data(), 5, 70, 70, 32);
    EXPECT_EQ(used.codes8, fresh.codes8) << spec.name;
    EXPECT_EQ(used.codes16, fresh.codes16) << spec.name;
    EXPECT_EQ(used.e8m0_scales, fresh.e8m0_scales) << spec.name;
    EXPECT_EQ(used.scale_codes, fresh.scale_codes) << spec.name;
    EXPECT_EQ(first_difference(used.fp32_scales, fresh.fp32_scales), -1) << spec.name;
    EXPECT_EQ(used.fp32_scales.size(), fresh.fp32_scales.size()) << spec.name;
    EXPECT_EQ(used.block, fresh.block) << spec.name;
    EXPECT_EQ(used.terms(), 0) << spec.name;
    EXPECT_EQ(used.scale_format.has_value(), fresh.scale_format.has_value()) << spec.name;
    EXPECT_EQ(fp32_bits(used.tensor_scale), fp32_bits(fresh.tensor_scale)) << spec.name;
  }
}

TEST(quantize, tiny_and_huge_blocks_keep_their_exact_scaling) {
  Random random(12);
  for (const MacSpec& spec : specs())
    for (const int exponent : {-149, -130, -120, -100, 100, 119}) {
      std::vector<float> x(5 * 64);
      for (float& v : x) v = std::ldexp(static_cast<float>(random() % 512) - 256.0F, exponent);
      expect_quantized(spec, spec.activation, x, 5, 64, 0);
    }
}

TEST(quantize, a_nan_or_infinity_makes_the_scale_nan_and_the_codes_zero) {
  for (const MacSpec& spec : specs()) {
    if (!spec.activation.scale || spec.activation.scale->granularity == Granularity::tensor) continue;
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
      std::vector<float> x(2 * 64, 1.5F);
      x[70] = bad;
      expect_quantized(spec, spec.activation, x, 2, 64, 0);
      const QuantizedMatrix q = quantize(spec.activation, x.data(), 2, 64, 64);
      EXPECT_TRUE(std::isnan(q.scale(1, 6)));
      EXPECT_EQ(q.code(1, 6), 0);
      EXPECT_EQ(std::isnan(q.scale(0, 0)), spec.activation.scale->tensor);
    }
  }
}

/// A row of a matrix under one tensor scale is a span in the storage format of the same name: the same scales, codes and numbers, also
/// where a block's scale times the tensor's is no number of FP32.
TEST(quantize, gives_what_the_storage_formats_give_however_small_or_large_the_numbers) {
  Random random(17);
  std::normal_distribution<float> normal;
  for (const char* name : {"nvfp4", "nvint4"}) {
    const OperandSpec side = preset(name).weight;
    const formats::BlockFormat format = formats::parse_block_format(name, "test");
    for (int exponent = -149; exponent <= 120; ++exponent)
      for (const int spread : {0, 12, 60}) {
        std::vector<float> x(77);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::ldexp(normal(random), exponent - (i / 16 % 2 ? spread : 0));
        if (random() % 8 == 0) x[40] = std::nanf("");
        const auto q = quantize(side, x.data(), 1, 77, 77);
        const auto span = formats::encode(format, x.data(), 77);
        ASSERT_EQ(fp32_bits(q.tensor_scale), fp32_bits(span.tensor_scale)) << name << " 2^" << exponent;
        const auto numbers = formats::decode(format, span);
        const auto values = dequantize(q);
        for (std::size_t i = 0; i < x.size(); ++i) {
          ASSERT_EQ(q.scale_codes[i / 16], span.scales[i / 16]) << name << " 2^" << exponent << ", spread " << spread;
          ASSERT_EQ(q.code(0, static_cast<std::int64_t>(i)), span.codes[i]) << name << " 2^" << exponent << ", spread " << spread << ": " << show(x[i]);
          ASSERT_EQ(fp32_bits(values[i]), fp32_bits(static_cast<float>(numbers[i])));
        }
      }
  }
}

/// Every stored and scaled form that rounds numbers; the random word of a number is that of its place in the matrix.
TEST(quantize, stochastic_rounding_depends_on_seed_row_and_column_alone) {
  Random random(15);
  std::normal_distribution<float> normal;
  std::vector<float> x(40 * 96);
  for (float& v : x) v = normal(random);
  for (const std::string form : {"element: int8, scale: {encoding: fp32, granularity: token, rule: absmax}", "element: e4m3, scale: {encoding: e8m0, block: 32, rule: floor}",
                                 "element: e2m1, scale: {encoding: e4m3, block: 32, rule: absmax, tensor: fp32}", "element: bf16", "element: int4, scale: {encoding: fp32, granularity: tensor, rule: absmax}",
                                 "element: int5, stored: {element: uint4, zero_point: true}, scale: {encoding: fp32, block: 32, rule: absmax}",
                                 "element: int5, stored: {element: int4, microexponent: 2}, scale: {encoding: e8m0, block: 32, rule: floor}",
                                 "element: bf16, stored: {element: int4, scale: {encoding: fp16, block: 32, rule: absmax}}",
                                 "element: int5, stored: {element: dint4}, scale: {encoding: fp32, granularity: token, rule: absmax}"}) {
    const bool integers = form.find("element: int") == 0;
    const auto side = [&](const std::string& round) {
      const std::string weight = integers ? "{element: int8, scale: {encoding: fp32, granularity: channel, rule: absmax}}" : "{element: e4m3}";
      return spec_from("{" + form + ", round: " + round + "}", weight, integers ? "{lanes: 32, reduction: integer}" : "{lanes: 32, reduction: aligned, window: 24}", "{format: fp32}").activation;
    };
    const OperandSpec stochastic = side("stochastic, seed: 3");
    const auto codes = [&](const OperandSpec& operand, std::int64_t rows, int threads) {
      const QuantizedMatrix q = quantize(operand, x.data(), rows, 96, 96, 0, threads);
      return std::pair(q.codes8, q.codes16);
    };
    EXPECT_EQ(codes(stochastic, 40, 1), codes(stochastic, 40, 5)) << form;
    EXPECT_NE(codes(stochastic, 40, 1), codes(side("stochastic, seed: 4"), 40, 1)) << form;
    // Between the number's neighbours: never another step away than truncating or going on by one.
    const std::vector<float> down = dequantize(quantize(side("truncate"), x.data(), 40, 96, 96)), near = dequantize(quantize(stochastic, x.data(), 40, 96, 96));
    double biased = 0, unbiased = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool bf16_decoder = form.find("bf16, stored") != std::string::npos;
      if (!bf16_decoder) {
        ASSERT_GE(std::fabs(near[i]), std::fabs(down[i])) << form;
      }
      biased += static_cast<double>(std::copysign(1.0F, x[i]) * (down[i] - x[i]));
      unbiased += static_cast<double>(std::copysign(1.0F, x[i]) * (near[i] - x[i]));
    }
    EXPECT_LT(std::fabs(unbiased), 0.1 * std::fabs(biased)) << form << ": the mean of many is the number";
  }
}

TEST(quantize, scales_of_least_error_are_measured_by_rounding_to_nearest_where_the_codes_round_stochastically) {
  Random random(16);
  std::normal_distribution<float> normal;
  std::vector<float> x(4 * 64);
  for (float& v : x) v = normal(random);
  for (const std::string scale : {"encoding: e8m0, block: 32", "encoding: e4m3, block: 32", "encoding: fp32, granularity: token"}) {
    const auto scaled = [&](const std::string& round) {
      const OperandSpec side = spec_from("{element: e2m1, scale: {" + scale + ", rule: mse}, round: " + round + "}", "{element: e4m3}", "{lanes: 32, reduction: exact}", "{format: fp32}").activation;
      const QuantizedMatrix q = quantize(side, x.data(), 4, 64, 64);
      return std::tuple(q.e8m0_scales, q.scale_codes, q.fp32_scales);
    };
    EXPECT_EQ(scaled("stochastic, seed: 1"), scaled("rne")) << scale;
  }
}

TEST(quantize, stochastic_codes_are_those_of_their_random_words) {
  const MacSpec spec = spec_from("{element: int8, scale: {encoding: fp32, granularity: token, rule: absmax}, round: stochastic, seed: 9}",
                                 "{element: int8, scale: {encoding: fp32, granularity: channel, rule: absmax}}", "{lanes: 32, reduction: integer}", "{format: int32}");
  std::vector<float> x(3 * 50, 0.25F);
  for (std::size_t row = 0; row < 3; ++row) x[row * 50] = 127.0F;
  const QuantizedMatrix q = quantize(spec.activation, x.data(), 3, 50, 50, 0, 2);
  for (std::size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(q.codes8[i], i % 50 == 0 ? 127 : formats::random_word(9, i) < (1U << 30) ? 1 : 0) << "a quarter goes up for a quarter of the words";
}

TEST(quantize, unscaled_bf16_saturates_infinity_and_keeps_nan) {
  const MacSpec spec = preset("bf16");
  const std::vector<float> x{std::numeric_limits<float>::infinity(), -3.4e38F, std::nanf(""), -std::nanf(""), 1.00390625F, 1.01171875F, 1e-45F};
  const QuantizedMatrix q = quantize(spec.activation, x.data(), 1, 7, 7);
  EXPECT_EQ(q.codes16, (std::vector<std::uint16_t>{0x7f7f, 0xff7f, 0x7fc0, 0x7fc0, 0x3f80, 0x3f82, 0x0000}));
}

TEST(quantize, an_mxint8_code_counts_64ths_of_its_block_scale) {
  const MacSpec spec = preset("mxint8");
  std::vector<float> x(32, 0.0F);
  x[0] = 1.0F;
  x[1] = -1.984375F;  // -127 / 64
  const QuantizedMatrix q = quantize(spec.activation, x.data(), 1, 32, 32);
  EXPECT_EQ(q.e8m0_scales[0], 127);
  EXPECT_EQ(q.codes8[0], 64);
  EXPECT_EQ(q.codes8[1], 0x81);
  EXPECT_EQ(dequantize(q)[1], -1.984375F);
}

}  // namespace
}  // namespace macroscope::datapath::test
