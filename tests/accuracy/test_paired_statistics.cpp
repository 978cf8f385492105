// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "analysis/accuracy/paired_statistics.hpp"

namespace macroscope::accuracy {
namespace {

TEST(MeanOverWindows, WithFewWindowsIsTheTextbookStandardError) {
  const Estimate estimate = mean_over_windows({1, 2, 3, 6}, 2);
  EXPECT_DOUBLE_EQ(estimate.mean, 3);
  EXPECT_DOUBLE_EQ(*estimate.standard_error, std::sqrt((4 + 1 + 0 + 9) / (4.0 * 3.0)));
  EXPECT_DOUBLE_EQ(*estimate.ci95(), 1.96 * *estimate.standard_error);
}

TEST(MeanOverWindows, WithManyWindowsIsTheStandardErrorOfTheWindowMeans) {
  // For windows of equal length the cluster-robust error is that of the mean of the windows' means.
  std::mt19937 random(1);
  std::normal_distribution<double> gauss;
  std::vector<double> values, means;
  for (int window = 0; window < 20; ++window) {
    const double shared = gauss(random);
    means.push_back(0);
    for (int i = 0; i < 5; ++i) {
      values.push_back(shared + 0.1 * gauss(random));
      means.back() += values.back() / 5;
    }
  }
  double mean = 0, squares = 0;
  for (const double m : means) mean += m / 20;
  for (const double m : means) squares += (m - mean) * (m - mean);
  const Estimate estimate = mean_over_windows(values, 5);
  EXPECT_NEAR(estimate.mean, mean, 1e-12);
  EXPECT_NEAR(*estimate.standard_error, std::sqrt(squares / (20 * 19)), 1e-12);
}

TEST(MeanOverWindows, CorrelationWithinAWindowWidensTheInterval) {
  std::vector<double> values;
  for (int window = 0; window < 16; ++window)
    for (int i = 0; i < 10; ++i) values.push_back(window % 2);  // ten copies of each observation
  EXPECT_NEAR(*mean_over_windows(values, 10).standard_error, 0.5 / std::sqrt(15), 1e-12) << "ten copies tell no more than one";
}

TEST(MeanOverWindows, OneValueHasNoError) {
  EXPECT_FALSE(mean_over_windows({3}, 1).standard_error);
  EXPECT_FALSE(mean_over_windows({3}, 1).ci95());
}

TEST(PairedDifference, IsSmallerThanItsPartsWhenTheyMoveTogether) {
  const std::vector<double> a{5, 1, 9, 3}, b{4.9, 1.1, 8.9, 3.1};
  const auto difference = paired_difference(a, b);
  EXPECT_NEAR(mean_over_windows(difference, 4).mean, 0, 1e-12);
  EXPECT_LT(*mean_over_windows(difference, 4).standard_error, 0.1 * *mean_over_windows(a, 4).standard_error);
}

}  // namespace
}  // namespace macroscope::accuracy
