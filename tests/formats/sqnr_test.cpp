// SPDX-License-Identifier: Apache-2.0
// Signal-to-quantization-noise ratios against the theory and against figures computed elsewhere by other programs.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "formats/block_format.hpp"
#include "formats/quantization_theory.hpp"

namespace macroscope::formats {
namespace {

double decibels(double signal, double noise) { return 10 * std::log10(signal / noise); }

double sqnr(const BlockFormat& format, const std::vector<float>& x) {
  const auto y = decode(format, encode(format, x.data(), static_cast<std::int64_t>(x.size())));
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto value = static_cast<double>(x[i]);
    signal += value * value;
    noise += (value - y[i]) * (value - y[i]);
  }
  return decibels(signal, noise);
}

struct Anchor {
  const char* format;
  double gaussian, outliers;
};

// 1.6 million numbers, nearest even, the OCP rule; outliers: one number of a hundred is 20 times as large. The figures were
// computed by an independent program from one such sample and are rounded to 0.1. With outliers, whose 16000 squares are most
// of the energy and of the errors, repetitions scatter by 0.07 dB (one standard deviation): two of them differ by 0.3 dB at
// three standard deviations.
TEST(sqnr, of_gaussian_numbers_with_and_without_outliers) {
  constexpr Anchor anchors[] = {
      {"mxint8", 41.7, 35.5}, {"mxfp8_e4m3", 30.6, 28.3}, {"mxfp8_e5m2", 25.4, 24.7}, {"mxfp6_e2m3", 30.9, 27.5}, {"mxfp6_e3m2", 25.4, 24.6},
      {"mxfp4_e2m1", 18.8, 15.5}, {"int8_g4096", 41.3, 25.9}, {"e4m3_g4096", 31.5, 32.0}, {"e5m2_g4096", 25.6, 26.0}, {"int4_g128", 18.6, 11.2},
      {"e2m1_g128", 19.3, 13.7}, {"int4_g16", 21.4, 18.9}, {"e2m1_g16", 20.5, 21.2}};
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<float> gaussian(1638400), outliers;
  for (float& value : gaussian) value = static_cast<float>(normal(random));
  outliers = gaussian;
  for (float& value : outliers)
    if (random() % 100 == 0) value *= 20;
  for (const Anchor& anchor : anchors) {
    const BlockFormat format = parse_block_format(anchor.format, "test");
    EXPECT_NEAR(sqnr(format, gaussian), anchor.gaussian, 0.1) << anchor.format;
    EXPECT_NEAR(sqnr(format, outliers), anchor.outliers, 0.3) << anchor.format;
  }
}

/// Best SQNR of a symmetric density over all clipping points: integrated on a grid, dense near zero.
double best_sqnr(const Element& element, double reach, const std::function<double(double)>& density, double lowest_clip, double highest_clip) {
  constexpr int points = 40000;
  double best = 0;
  for (double clip = lowest_clip; clip <= highest_clip; clip *= 1.02) {
    const double scale = clip / element.max_finite();
    double signal = 0, noise = 0;
    for (int i = 0; i < points; ++i) {
      const double u = (i + 0.5) / points;
      const double x = reach * u * u;
      const double weight = density(x) * u;
      const double error = x - element.decode(element.encode(x / scale, Rounding::rne, Overflow::saturate)) * scale;
      signal += weight * x * x;
      noise += weight * error * error;
    }
    best = std::max(best, decibels(signal, noise));
  }
  return best;
}

// The experiment of arXiv 2303.17951's authors (compute_quant_error.py): formats whose codes are all finite, the best range for
// each distribution. The figures were recomputed by an independent program and are rounded to 0.1.
TEST(sqnr, at_the_best_range_of_three_distributions) {
  struct Row {
    const char* element;
    double uniform, gaussian, student;
  };
  constexpr Row rows[] = {{"int8", 48.1, 40.5, 34.4}, {"e2m5none", 44.4, 42.7, 38.4}, {"e3m4none", 38.5, 37.6, 37.5}, {"e4m3none", 32.4, 31.6, 31.5}, {"e5m2none", 26.3, 25.6, 25.6}};
  for (const Row& row : rows) {
    const Element e = Element::parse(row.element, "test");
    EXPECT_NEAR(best_sqnr(e, 1, [](double) { return 1.0; }, 0.9, 1.2), row.uniform, 0.1) << row.element;
    EXPECT_NEAR(best_sqnr(e, 10, [](double x) { return std::exp(-x * x / 2); }, 3, 8), row.gaussian, 0.1) << row.element;
    EXPECT_NEAR(best_sqnr(e, 100, [](double x) { return std::pow(1 + x * x / 8, -4.5); }, 6, 40), row.student, 0.1) << row.element;
  }
}

TEST(quantization_theory, crosses_where_the_paper_says) {
  // arXiv 2510.25602, figure 3: INT wins below these crest factors.
  constexpr FloatShape e4m3{3, 7, 448}, e2m3{3, 1, 7.5}, e2m1{1, 1, 6};
  EXPECT_NEAR(crossover_crest_factor(8, e4m3, 1.5), 7.55, 0.02);
  EXPECT_NEAR(crossover_crest_factor(6, e2m3, 1.5), 1.96, 0.02);
  EXPECT_NEAR(crossover_crest_factor(4, e2m1, 1.5), 2.04, 0.02);
  EXPECT_NEAR(crossover_crest_factor(4, e2m1, 1.05, 16), 2.39, 0.02);
  // The QSNR there, in dB.
  EXPECT_NEAR(integer_qsnr(8, 7.55, 1.5), 31.86, 0.02);
  EXPECT_NEAR(float_qsnr(e2m3, 1.96, 1.5), 31.54, 0.02);
  EXPECT_NEAR(float_qsnr(e2m1, 2.04, 1.5), 19.14, 0.02);
  EXPECT_NEAR(float_qsnr(e2m1, 2.39, 1.05, 16), 21.14, 0.02);
  // With range to spare a minifloat has 13.80 + 6.02 M dB.
  EXPECT_NEAR(float_qsnr({3, 127, 1e38}, 4, 1), 13.80 + 6.02 * 3, 0.02);
}

TEST(quantization_theory, predicts_what_formats_do_to_gaussian_blocks) {
  // INT8 and E4M3 at a fixed scale, far from clipping: rho kappa = 6 standard deviations reach the largest code.
  const double sigma_reach = 6;
  for (const auto& [name, expected] : std::vector<std::pair<const char*, double>>{{"int8", integer_qsnr(8, sigma_reach, 1)}, {"e4m3", float_qsnr({3, 7, 448}, sigma_reach, 1)},
                                                                                 {"e2m3", float_qsnr({3, 1, 7.5}, sigma_reach, 1)}}) {
    const Element e = Element::parse(name, "test");
    // The theory spreads significands evenly in logarithm; a Gaussian under one scale does not quite.
    EXPECT_NEAR(best_sqnr(e, 10, [](double x) { return std::exp(-x * x / 2); }, sigma_reach, sigma_reach), expected, 0.5) << name;
  }
}

}  // namespace
}  // namespace macroscope::formats
