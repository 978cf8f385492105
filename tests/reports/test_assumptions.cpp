// SPDX-License-Identifier: Apache-2.0
// Each assumption's sentence and its effect, with the data falling either way.
#include "reports/assumptions.hpp"

#include <gmock/gmock.h>

#include "tests/reports/made_up_results.hpp"

namespace macroscope::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Assumption told(const std::map<std::string, test::Figures>& figures, const std::string& name) {
  const ResultSet results = test::made_up_results(figures);
  for (const Assumption& assumption : assumptions(views(results).front()))
    if (assumption.name == name) return assumption;
  ADD_FAILURE() << "no assumption " << name;
  return {};
}

TEST(Effect, IsAReversalOnlyWhenTheFirstBecomesTheSecond) {
  EXPECT_EQ(effect_of(Order::less, Order::greater), Effect::reversal);
  EXPECT_EQ(effect_of(Order::tie, Order::greater), Effect::tie);
  EXPECT_EQ(effect_of(Order::less, Order::less), Effect::none);
  EXPECT_EQ(effect_of(Order::unknown, Order::less), Effect::none);
}

TEST(Window, ThatKeepsTheRankingSaysSo) {
  const Assumption window = told(test::integers_win(), "Alignment window");
  EXPECT_EQ(window.effect, Effect::none);
  EXPECT_THAT(window.finding, AllOf(HasSubstr("From 24 to 14 bits"), HasSubstr("area goes from 1.50× to 1.25× <code>int8</code>"),
                                    HasSubstr("energy per MAC with glitches goes from 1.70× to 1.40×"), HasSubstr("No ranking against INT8")));
}

TEST(Window, ThatReversesTheRankingSaysSo) {
  auto figures = test::integers_win();
  figures["fp8_e4m3_w14"].area = 800;
  const Assumption window = told(figures, "Alignment window");
  EXPECT_EQ(window.effect, Effect::reversal);
  EXPECT_THAT(window.finding, AllOf(HasSubstr("FP8 first is larger than <code>int8</code> and then is smaller than it"), HasSubstr("reverses a ranking")));
}

TEST(Window, ThatMakesATieSaysSo) {
  auto figures = test::integers_win();
  figures["fp8_e4m3_w14"].area = 1040;
  const Assumption window = told(figures, "Alignment window");
  EXPECT_EQ(window.effect, Effect::tie);
  EXPECT_THAT(window.finding, HasSubstr("then ties with it"));
}

TEST(ScaleRule, ThatReversesMxInt8AndMxFp8SaysSo) {
  auto figures = test::integers_win();
  EXPECT_EQ(told(figures, "Scale rule").effect, Effect::none);
  figures["mxfp8_e4m3_ceil"].kl = 0.1e-3;
  const Assumption rule = told(figures, "Scale rule");
  EXPECT_EQ(rule.effect, Effect::reversal);
  EXPECT_THAT(rule.finding, HasSubstr("strays further from FP32 than it under ceil"));
}

TEST(Glitches, ThatReverseTheRankingSaySo) {
  auto figures = test::integers_win();
  EXPECT_EQ(told(figures, "Glitches").effect, Effect::none);
  figures["fp8_e4m3_w14"].settled = 8;
  const Assumption glitches = told(figures, "Glitches");
  EXPECT_EQ(glitches.effect, Effect::reversal);
  EXPECT_THAT(glitches.finding, AllOf(HasSubstr("<code>fp8_e4m3_w14</code> 0.80× settled, 1.40× with glitches"), HasSubstr("INT8's own energy by 2.00")));
}

TEST(Pipelining, ComparesAreaWithAndWithoutRegisters) {
  auto figures = test::integers_win();
  figures["fp8_e4m3"] = {5e-3, 1150, 500, 14, 34};
  const Assumption pipelining = told(figures, "Pipelining");
  EXPECT_EQ(pipelining.effect, Effect::reversal);
  EXPECT_THAT(pipelining.finding, HasSubstr("<code>fp8_e4m3</code> 1.15× with registers, 0.76× without"));
}

TEST(Window, SaysThatAnotherDepthIsACauseOfItsOwn) {
  ResultSet results = test::made_up_results(test::integers_win());
  EXPECT_THAT(assumptions(views(results).front())[0].finding, Not(HasSubstr("as much as the change")));
  for (ResultRow& row : results.rows)
    if (row.mac == "fp8_e4m3_w14") row.metrics["pipeline_stages"].value = 1;
  EXPECT_THAT(assumptions(views(results).front())[0].finding, HasSubstr("at 3 stages, then at 1 stage, which the common clock asks for"));
}

TEST(Pipelining, TellsHowMuchGlitchesAddAtEachDepth) {
  EXPECT_THAT(told(test::integers_win(), "Pipelining").finding, HasSubstr("2.00 (<code>int8</code>, 3 stages), 2.43 (<code>fp8_e4m3</code>, 3 stages)"));
}

TEST(Accumulator, ComparesAlignedWithExact) {
  EXPECT_THAT(told(test::integers_win(), "Accumulator").finding, HasSubstr("area goes from 1.50× to 1.60×"));
}

TEST(Stimulus, IsNamedAndNotClaimedToBeVaried) {
  const Assumption stimulus = told(test::integers_win(), "Stimulus");
  EXPECT_FALSE(stimulus.measured);
  EXPECT_THAT(stimulus.finding, AllOf(HasSubstr("sha256 00ff"), HasSubstr("Not varied here")));
}

TEST(Assumptions, WithoutTheirRowsSayThatTheyWereNotVaried) {
  const ResultSet results = test::made_up_results({{"int8", {}}});
  const auto all = assumptions(views(results).front());
  ASSERT_EQ(all.size(), 6U);
  for (const Assumption& assumption : all) {
    EXPECT_FALSE(assumption.measured) << assumption.name;
    EXPECT_FALSE(assumption.finding.empty()) << assumption.name;
    EXPECT_THAT(assumption.finding, Not(HasSubstr("nan")));
  }
}

}  // namespace
}  // namespace macroscope::reports
