// SPDX-License-Identifier: Apache-2.0
#include "reports/label_layout.hpp"

#include <gtest/gtest.h>

namespace macroscope::reports {
namespace {

const Box frame{0, 0, 400, 300};

bool overlap(const Box& a, const Box& b) { return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom; }

TEST(LabelLayout, NamesOfCrowdedPointsDoNotCoverEachOther) {
  const std::vector<LabelledPoint> points{{200, 150, "mxint8"}, {203, 152, "mxfp8_e4m3"}, {198, 149, "int8"}, {205, 147, "fp8_e4m3_w14"}};
  const auto placed = place_labels(points, frame, 12);
  for (std::size_t i = 0; i < placed.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(overlap(placed[i], placed[j])) << points[i].text << " and " << points[j].text;
}

TEST(LabelLayout, NamesStayInsideTheFrame) {
  for (const Box& box : place_labels({{395, 5, "at the corner"}, {3, 295, "at the other"}}, frame, 12)) {
    EXPECT_GE(box.left, frame.left);
    EXPECT_LE(box.right, frame.right);
    EXPECT_GE(box.top, frame.top);
    EXPECT_LE(box.bottom, frame.bottom);
  }
}

TEST(LabelLayout, NamesKeepClearOfOtherPointsAndLines) {
  const Box line{100, 140, 300, 160};
  const auto placed = place_labels({{200, 150, "on the line"}}, frame, 12, {line});
  EXPECT_FALSE(overlap(placed[0], line));
}

TEST(LabelLayout, AccentedLettersCountOnce) {
  const auto placed = place_labels({{200, 150, "\u2026_ceil"}, {200, 250, "x_ceil"}}, frame, 12);
  EXPECT_DOUBLE_EQ(placed[0].right - placed[0].left, placed[1].right - placed[1].left);
}

}  // namespace
}  // namespace macroscope::reports
