// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "analysis/hardware/pipeline.hpp"

namespace macroscope::hardware {
namespace {

Segments segments(std::initializer_list<double> delays, std::vector<int> bits) {
  Segments s;
  for (const double d : delays) s.delay.push_back(Nanoseconds(d));
  s.register_bits = std::move(bits);
  s.overhead = Nanoseconds(0.5);
  return s;
}

TEST(Pipeline, TheFastestCutBalancesTheStages) {
  const Segments s = segments({2, 1, 1, 2}, {10, 10, 10});
  EXPECT_EQ(fastest(s, 2)->cuts, 0b010U);
  EXPECT_DOUBLE_EQ(fastest(s, 2)->period.value(), 3.5);
  EXPECT_DOUBLE_EQ(fastest(s, 1)->period.value(), 6.5);
}

TEST(Pipeline, AmongEquallyFastCutsTheOneWithFewestFlipFlopsWins) {
  EXPECT_EQ(fastest(segments({3, 0, 3}, {500, 20}), 2)->cuts, 0b10U);
}

TEST(Pipeline, ForAGivenClockRegistersAreSavedRatherThanTime) {
  const Segments s = segments({2, 1, 1, 2}, {10, 300, 5});
  EXPECT_EQ(smallest(s, 2, Nanoseconds(3.5))->cuts, 0b010U);
  EXPECT_EQ(smallest(s, 2, Nanoseconds(4.5))->cuts, 0b100U);
  EXPECT_FALSE(smallest(s, 2, Nanoseconds(3.4)));
}

TEST(Pipeline, AUnitWithOneBoundaryHasNoThreeStages) { EXPECT_FALSE(fastest(segments({1, 1}, {8}), 3)); }

}  // namespace
}  // namespace macroscope::hardware
