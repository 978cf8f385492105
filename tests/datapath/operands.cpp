// SPDX-License-Identifier: Apache-2.0
#include "tests/datapath/operands.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace macroscope::datapath::test {
namespace {

QuantizedMatrix quantized_numbers(const OperandSpec& side, bool outliers, std::int64_t rows, std::int64_t cols, Random& random, int fp32_block) {
  std::vector<float> x(static_cast<std::size_t>(rows * cols));
  std::normal_distribution<float> normal;
  std::uniform_int_distribution<int> percent(0, 99);
  for (std::int64_t row = 0; row < rows; ++row) {
    const bool zero_row = outliers && row % 7 == 3;
    for (std::int64_t k = 0; k < cols; ++k) {
      float value = normal(random);
      if (outliers && percent(random) == 0) value *= 20;
      if (zero_row || (outliers && (row + k / 32) % 5 == 0)) value = 0;
      x[static_cast<std::size_t>(row * cols + k)] = value;
    }
  }
  return quantize(side, x.data(), rows, cols, cols, fp32_block);
}

bool finite(const formats::Element& element, formats::Code code) { return std::isfinite(element.decode(code)); }

std::uint8_t random_e8m0(Data data, Random& random) {
  static constexpr std::array<std::uint8_t, 12> extremes{0, 1, 2, 3, 20, 70, 127, 180, 230, 252, 253, 254};
  if (data == Data::extreme_scales) return random() % 40 == 0 ? formats::e8m0_nan : extremes[random() % extremes.size()];
  return static_cast<std::uint8_t>(120 + random() % 14);
}

/// Codes of a block scale's format: positive ones around 1, or any at all.
std::uint16_t random_scale_code(const formats::Minifloat& format, Data data, Random& random) {
  const auto one = static_cast<unsigned>(formats::encode(format, 1.0, formats::Rounding::rne, formats::Overflow::saturate));
  if (data != Data::extreme_scales) return static_cast<std::uint16_t>(one - 8 + random() % 16);
  const unsigned codes = 1U << format.bits();
  if (random() % 3 == 0) return static_cast<std::uint16_t>(random() % codes);  // of either sign, NaN among them
  const unsigned corners[] = {0U, 1U, 2U, static_cast<unsigned>(format.max_code()), codes / 2U, one};
  return static_cast<std::uint16_t>(corners[random() % 6]);
}

float random_fp32_scale(Data data, Random& random) {
  static constexpr std::array<float, 9> extremes{1e-45F, 1e-38F, 1.17549435e-38F, 3.4028234e38F, 1e30F, 1e-20F, 1.0F, 0.3F, 1e20F};
  if (data == Data::extreme_scales) return random() % 20 == 0 ? std::nanf("") : extremes[random() % extremes.size()];
  return std::ldexp(1.0F + static_cast<float>(random() % 1024) / 1024.0F, static_cast<int>(random() % 9) - 4);
}

}  // namespace

std::string name(Data data) {
  switch (data) {
    case Data::gaussian: return "gaussian";
    case Data::outliers: return "outliers";
    case Data::any_finite_code: return "any_finite_code";
    case Data::any_code: return "any_code";
    case Data::extreme_scales: break;
  }
  return "extreme_scales";
}

MacSpec spec_from(const std::string& activation, const std::string& weight, const std::string& dot, const std::string& accumulate) {
  return parse_mac_spec("{mac: test, activation: " + activation + ", weight: " + weight + ", dot: " + dot + ", accumulate: " + accumulate + "}", "test");
}

MacSpec preset(const std::string& name) { return load_mac_spec(name, MACROSCOPE_SOURCE_DIR "/configs/mac"); }

QuantizedMatrix make_operand(const MacSpec&, const OperandSpec& side, Data data, std::int64_t rows, std::int64_t cols, Random& random, int fp32_block) {
  if (data == Data::gaussian || data == Data::outliers) return quantized_numbers(side, data == Data::outliers, rows, cols, random, fp32_block);
  const bool in_unit = side.has_unit_scale(), drained = side.scale && !in_unit;
  const int own_block = side.scale ? side.scale->block : 0;
  QuantizedMatrix m{side.element, rows, cols, {}, {}, own_block ? own_block : (drained ? fp32_block : 0), {}, {}};
  if (in_unit) m.scale_format = side.scale->format;
  if (side.planes) {
    m.planes = side.planes->count;
    m.planes_have_offset = side.planes->offset;
    m.block = own_block;
  }
  if (side.scale && side.scale->tensor) m.tensor_scale = random_fp32_scale(data, random);
  // One row in four may hold anything; the others keep clear of NaN and infinity, or nothing else would be left to see.
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t k = 0; k < cols; ++k) {
      formats::Code code = 0;
      do code = static_cast<formats::Code>(random() & ((1U << (side.planes ? side.planes->count : side.element.bits())) - 1U));
      while (!(data == Data::any_code && row % 4 == 1) && !finite(side.element, code));
      if (side.element.bits() <= 8) m.codes8.push_back(static_cast<std::uint8_t>(code));
      else m.codes16.push_back(code);
    }
  }
  for (std::int64_t i = 0; i < rows * m.blocks(); ++i) {
    if (in_unit && m.scale_format) m.scale_codes.push_back(random_scale_code(*m.scale_format, data, random));
    else if (in_unit) m.e8m0_scales.push_back(random_e8m0(data, random));
    for (int term = 0; drained && term < std::max(m.terms(), 1); ++term) m.fp32_scales.push_back(random_fp32_scale(data, random));
  }
  return m;
}

std::int64_t first_difference(const std::vector<float>& a, const std::vector<float>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0) return static_cast<std::int64_t>(i);
  return -1;
}

std::string show(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  char text[96];
  std::snprintf(text, sizeof text, "%a (sign %u, exponent field %u, fraction 0x%06x)", static_cast<double>(value), bits >> 31, (bits >> 23) & 255U, bits & 0x7fffffU);
  return text;
}

}  // namespace macroscope::datapath::test
