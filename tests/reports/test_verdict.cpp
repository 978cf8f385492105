// SPDX-License-Identifier: Apache-2.0
#include "reports/verdict.hpp"

#include <gtest/gtest.h>

#include "tests/reports/made_up_results.hpp"

namespace macroscope::reports {
namespace {

ResultRow row_with(const std::string& mac, const std::string& metric, Metric value) {
  ResultRow row;
  row.mac = mac;
  row.metrics[metric] = std::move(value);
  return row;
}

Order area_order(double a, double b) {
  const ResultRow left = row_with("a", "area", test::measured(a, "um2")), right = row_with("b", "area", test::measured(b, "um2"));
  return compare(&left, &right, "area").order;
}

TEST(Verdict, AreasWithinTenPercentTie) {
  EXPECT_EQ(area_order(109, 100), Order::tie);
  EXPECT_EQ(area_order(100, 109), Order::tie);
  EXPECT_EQ(area_order(111, 100), Order::greater);
  EXPECT_EQ(area_order(100, 111), Order::less);
}

TEST(Verdict, CountsTieOnlyWhenEqual) {
  const ResultRow a = row_with("a", "pipeline_stages", test::measured(3, "1")), b = row_with("b", "pipeline_stages", test::measured(4, "1"));
  EXPECT_EQ(compare(&a, &b, "pipeline_stages").order, Order::less);
  EXPECT_EQ(compare(&a, &a, "pipeline_stages").order, Order::tie);
}

TEST(Verdict, ThePairedIntervalDecidesAboutKlEvenWhenTheOwnIntervalsOverlap) {
  ResultRow a = row_with("a", "kl", test::measured(1.00e-3, "nat", 0.2e-3));
  const ResultRow b = row_with("b", "kl", test::measured(1.05e-3, "nat", 0.2e-3));
  EXPECT_EQ(compare(&a, &b, "kl").order, Order::tie) << "without pairing the intervals overlap";
  a.metrics["kl_difference/b"] = test::measured(-0.05e-3, "nat", 0.01e-3);
  EXPECT_EQ(compare(&a, &b, "kl").order, Order::less);
  EXPECT_EQ(compare(&b, &a, "kl").order, Order::greater) << "the difference counts from either side";
  EXPECT_DOUBLE_EQ(*compare(&b, &a, "kl").difference, 0.05e-3);
}

TEST(Verdict, APairedIntervalThatHoldsZeroIsATie) {
  ResultRow a = row_with("a", "kl", test::measured(1e-3, "nat", 1e-6));
  const ResultRow b = row_with("b", "kl", test::measured(2e-3, "nat", 1e-6));
  a.metrics["kl_difference/b"] = test::measured(-1e-3, "nat", 1.1e-3);
  EXPECT_EQ(compare(&a, &b, "kl").order, Order::tie);
}

TEST(Verdict, AMissingValueIsUnknown) {
  const ResultRow a = row_with("a", "area", Metric::missing("um2", "no power tables")), b = row_with("b", "area", test::measured(1, "um2"));
  EXPECT_EQ(compare(&a, &b, "area").order, Order::unknown);
  EXPECT_EQ(compare(nullptr, &b, "area").order, Order::unknown);
}

}  // namespace
}  // namespace macroscope::reports
