// SPDX-License-Identifier: Apache-2.0
#include "reports/view.hpp"

#include <gtest/gtest.h>

#include "tests/reports/made_up_results.hpp"

namespace macroscope::reports {
namespace {

TEST(Views, ARowWithoutATechnologyBelongsToEachOfItsWorkload) {
  ResultSet results = test::made_up_results(test::integers_win());
  ResultRow other = results.rows.front();
  other.technology = "asap7";
  results.rows.push_back(other);
  const auto all = views(results);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NE(all[0].find("fp32"), nullptr);
  EXPECT_NE(all[1].find("fp32"), nullptr);
  EXPECT_EQ(all[1].rows().size(), 2U);
}

TEST(Views, WorkloadsAreKeptApart) {
  ResultSet results = test::made_up_results(test::integers_win());
  ResultRow other = results.rows.front();
  other.workload = "another model";
  results.rows.push_back(other);
  const auto all = views(results);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].rows().size(), 1U);
}

TEST(Views, BaselineAndReferenceAreNoCandidates) {
  const ResultSet results = test::made_up_results(test::integers_win());
  for (const ResultRow* row : views(results).front().candidates()) {
    EXPECT_NE(row->mac, "bf16");
    EXPECT_NE(row->mac, "fp32");
  }
}

TEST(Views, ARatioNeedsBothValuesAndABaseThatIsNotZero) {
  const ResultSet results = test::made_up_results(test::integers_win());
  const View view = views(results).front();
  EXPECT_DOUBLE_EQ(*ratio(view.find("fp8_e4m3"), view.find("int8"), "area"), 1.5);
  EXPECT_FALSE(ratio(view.find("fp32"), view.find("int8"), "area"));
  EXPECT_FALSE(ratio(view.find("int8"), view.find("fp32"), "kl"));
  EXPECT_FALSE(ratio(nullptr, view.find("int8"), "area"));
}

}  // namespace
}  // namespace macroscope::reports
