// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/pareto.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace macroscope::sweep {
namespace {

using testing::ElementsAre;

/// Less is better; differences up to `error` tie; NaN is unknown.
Criterion by(std::vector<double> values, double error = 0.0) {
  return [values = std::move(values), error](std::size_t i, std::size_t j) {
    if (std::isnan(values[i]) || std::isnan(values[j])) return Order::unknown;
    if (std::fabs(values[i] - values[j]) <= error) return Order::tie;
    return values[i] < values[j] ? Order::less : Order::greater;
  };
}

TEST(ParetoFront, HoldsThoseThatNoOtherBeatsOnBothCriteria) {
  EXPECT_THAT(pareto_front(4, {by({1, 2, 3, 3}), by({3, 2, 1, 3})}), ElementsAre(0, 1, 2));
}

TEST(ParetoFront, ATieOnOneCriterionLetsTheOtherDecide) {
  EXPECT_THAT(pareto_front(2, {by({1.00, 1.05}, 0.1), by({2, 1})}), ElementsAre(1));
}

TEST(ParetoFront, TiesOnEverythingStayTogether) {
  EXPECT_THAT(pareto_front(2, {by({1.00, 1.05}, 0.1), by({2, 2})}), ElementsAre(0, 1));
}

TEST(ParetoFront, WhatWasNotMeasuredNeitherWinsNorLoses) {
  EXPECT_THAT(pareto_front(2, {by({1, 2}), by({std::nan(""), 1})}), ElementsAre(0, 1));
}

TEST(ParetoFront, OfNothingIsEmpty) { EXPECT_TRUE(pareto_front(0, {by({})}).empty()); }

}  // namespace
}  // namespace macroscope::sweep
