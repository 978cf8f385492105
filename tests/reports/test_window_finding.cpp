// SPDX-License-Identifier: Apache-2.0
#include "reports/window_finding.hpp"

#include <gmock/gmock.h>

#include "tests/reports/made_up_results.hpp"

namespace macroscope::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Windows 4, 5, 6 … with these KLs; area is 100 and energy 1 for each bit.
sweep::StoredSweep sweep_of(const std::vector<double>& kls) {
  sweep::StoredSweep sweep{"fp8-window", {}, {}, {}};
  for (std::size_t i = 0; i < kls.size(); ++i) {
    const double window = 4.0 + static_cast<double>(i);
    sweep.points.push_back({i, {{"dot.window", 4 + i}}, "", test::made_up_row("fp8_e4m3", {kls[i], 100 * window, 0, window, 2 * window})});
  }
  return sweep;
}

TEST(WindowFinding, NamesTheNarrowestWindowThatLosesNothingAndWhatItSaves) {
  EXPECT_THAT(window_finding(sweep_of({9e-3, 3e-3, 1.001e-3, 1e-3, 1e-3})),
              AllOf(HasSubstr("From 6 bits on"), HasSubstr("at 8 bits"), HasSubstr("area −25\u202f% (0.75×)"), HasSubstr("At 4 bits the KL is 9.00× that at 8")));
}

TEST(WindowFinding, SaysWhenEveryBitCounts) {
  EXPECT_THAT(window_finding(sweep_of({9e-3, 3e-3, 2e-3, 1e-3})), AllOf(HasSubstr("Every bit counts"), Not(HasSubstr("From"))));
}

TEST(WindowFinding, ALuckyNarrowWindowBelowAWorseOneDoesNotCount) {
  EXPECT_THAT(window_finding(sweep_of({1e-3, 3e-3, 1e-3, 1e-3})), HasSubstr("From 6 bits on"));
}

TEST(WindowFinding, OfASinglePointIsNothing) { EXPECT_EQ(window_finding(sweep_of({1e-3})), ""); }

}  // namespace
}  // namespace macroscope::reports
