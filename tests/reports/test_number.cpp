// SPDX-License-Identifier: Apache-2.0
#include "reports/number.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace macroscope::reports {
namespace {

TEST(Number, KeepsSignificantDigits) {
  EXPECT_EQ(significant(0.0012345), "0.00123");
  EXPECT_EQ(significant(1.0), "1.00");
  EXPECT_EQ(significant(9.996), "10.0") << "rounding carries into a new digit";
  EXPECT_EQ(significant(-2.5, 2), "\u22122.5");
  EXPECT_EQ(significant(0.0), "0.00");
  EXPECT_EQ(significant(1234.4), "1230") << "digits beyond the significant ones are zeros";
}

TEST(Number, GroupsThousandsFromFiveDigitsOn) {
  EXPECT_EQ(whole(9999), "9999");
  EXPECT_EQ(whole(438837), "438\u202f837");
  EXPECT_EQ(whole(12345678), "12\u202f345\u202f678");
}

TEST(Number, TellsRatiosAndChanges) {
  EXPECT_EQ(times(1.534), "1.53×");
  EXPECT_EQ(times(0.0123), "0.012×");
  EXPECT_EQ(times(64.42), "64.4×");
  EXPECT_EQ(percent_change(1.53), "+53\u202f%");
  EXPECT_EQ(percent_change(0.79), "\u221221\u202f%");
  EXPECT_EQ(percent_change(1.001), "±0\u202f%");
}

TEST(Number, ChoosesAPrefix) {
  EXPECT_EQ(with_prefix(3.2e-5, "J"), "32.0\u202fµJ");
  EXPECT_EQ(with_prefix(0.9999e-3, "J"), "1000\u202fµJ");
  EXPECT_EQ(with_prefix(0.0, "J"), "0.00\u202fJ");
}

TEST(Number, NamesWhatIsNoNumber) { EXPECT_EQ(significant(std::nan("")), "not a number"); }

TEST(Number, JoinsWords) {
  EXPECT_EQ(joined({}), "");
  EXPECT_EQ(joined({"a"}), "a");
  EXPECT_EQ(joined({"a", "b"}), "a and b");
  EXPECT_EQ(joined({"a", "b", "c"}, "or"), "a, b or c");
}

}  // namespace
}  // namespace macroscope::reports
