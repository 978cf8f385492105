// SPDX-License-Identifier: Apache-2.0
// Signal-to-quantization-noise ratios of model-free data. The expected figures were measured with an independent NumPy
// program (RNE, OCP scale rule) on 1.6 million samples of its own.
#include <gtest/gtest.h>

#include <cmath>

#include "sim/datapath/quantized_matrix.hpp"
#include "tests/datapath/operands.hpp"

namespace macroscope::datapath::test {
namespace {

constexpr std::int64_t rows = 391, cols = 4096;  // 1.6 million samples, tensor-scaled formats take one scale a row

const std::vector<float>& samples(bool outliers) {
  static const auto draw = [](bool with_outliers) {
    Random random(7);
    std::normal_distribution<float> normal;
    std::vector<float> x(static_cast<std::size_t>(rows * cols));
    for (float& value : x) {
      value = normal(random);
      if (with_outliers && random() % 100 == 0) value *= 20;
    }
    return x;
  };
  static const std::vector<float> gaussian = draw(false), with_outliers = draw(true);
  return outliers ? with_outliers : gaussian;
}

double sqnr_in_db(const OperandSpec& operand, bool outliers) {
  const std::vector<float>& x = samples(outliers);
  const std::vector<float> y = dequantize(quantize(operand, x.data(), rows, cols, cols, 0, 2));
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    signal += static_cast<double>(x[i]) * x[i];
    noise += (static_cast<double>(x[i]) - y[i]) * (static_cast<double>(x[i]) - y[i]);
  }
  return 10 * std::log10(signal / noise);
}

OperandSpec mx(const std::string& element) {
  const std::string side = "{element: " + element + ", scale: {encoding: e8m0, block: 32, rule: floor}}";
  const bool integer = element.rfind("int", 0) == 0;
  return spec_from(side, side, integer ? "{lanes: 32, reduction: integer}" : "{lanes: 32, reduction: aligned, window: 24}", "{format: fp32}").activation;
}

OperandSpec by_row(const std::string& element) {
  const std::string side = "{element: " + element + ", scale: {encoding: fp32, granularity: token, rule: absmax}}";
  const std::string other = "{element: " + element + ", scale: {encoding: fp32, granularity: channel, rule: absmax}}";
  const bool integer = element.rfind("int", 0) == 0;
  return spec_from(side, other, integer ? "{lanes: 32, reduction: integer}" : "{lanes: 32, reduction: aligned, window: 24}",
                   integer ? "{format: int32}" : "{format: fp32}").activation;
}

constexpr double tolerance = 0.2;  // dB

TEST(sqnr, of_gaussian_data_is_highest_for_block_scaled_integers) {
  EXPECT_NEAR(sqnr_in_db(mx("int8"), false), 41.7, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e4m3"), false), 30.6, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e5m2"), false), 25.4, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e2m3"), false), 30.9, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e3m2"), false), 25.4, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e2m1"), false), 18.8, tolerance);
  EXPECT_NEAR(sqnr_in_db(by_row("int8"), false), 41.3, tolerance);
  EXPECT_NEAR(sqnr_in_db(by_row("e4m3"), false), 31.5, tolerance);
  EXPECT_NEAR(sqnr_in_db(by_row("e5m2"), false), 25.6, tolerance);
}

TEST(sqnr, with_outliers_a_row_wide_scale_hurts_integers_and_not_floats) {
  EXPECT_NEAR(sqnr_in_db(mx("int8"), true), 35.5, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e4m3"), true), 28.3, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e5m2"), true), 24.7, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e2m3"), true), 27.5, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e3m2"), true), 24.6, tolerance);
  EXPECT_NEAR(sqnr_in_db(mx("e2m1"), true), 15.5, tolerance);
  EXPECT_NEAR(sqnr_in_db(by_row("int8"), true), 25.9, tolerance);
  EXPECT_NEAR(sqnr_in_db(by_row("e4m3"), true), 32.0, tolerance);
  EXPECT_NEAR(sqnr_in_db(by_row("e5m2"), true), 26.0, tolerance);
}

TEST(sqnr, the_ceil_rule_gains_mxfp8_about_3_db_at_outliers) {
  EXPECT_NEAR(sqnr_in_db(preset("mxfp8_e4m3_ceil").activation, true) - sqnr_in_db(preset("mxfp8_e4m3").activation, true), 3, 0.7);
}

}  // namespace
}  // namespace macroscope::datapath::test
