// SPDX-License-Identifier: Apache-2.0
// The answer follows the data, whichever way they fall.
#include "reports/answer.hpp"

#include <gmock/gmock.h>

#include "tests/reports/made_up_results.hpp"

namespace macroscope::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Answer answer_to(const std::map<std::string, test::Figures>& figures) {
  const ResultSet results = test::made_up_results(figures);
  return answer(views(results).front());
}

TEST(Answer, NamesTheMacThatWinsEverything) {
  EXPECT_THAT(answer_to(test::integers_win()).headline, HasSubstr("<code>mxint8</code> is best"));
  auto figures = test::floats_win();
  figures["fp8_e4m3_w14"].kl = 0.5e-3;
  EXPECT_THAT(answer_to(figures).headline, HasSubstr("<code>fp8_e4m3_w14</code> is best"));
}

TEST(Answer, SaysWhenNobodyWinsEverything) {
  const std::string headline = answer_to(test::floats_win()).headline;
  EXPECT_THAT(headline, AllOf(HasSubstr("No MAC wins on every count"), HasSubstr("fp8_e4m3_w14"), HasSubstr("mxfp8_e4m3_ceil")));
  EXPECT_THAT(headline, AllOf(HasSubstr("<code>int8</code>, <code>fp8_e4m3</code>"), HasSubstr("are beaten by at least one of them")));
}

TEST(Answer, GivesTheWinnersAndTheirRatiosToInt8AndBf16) {
  const Answer found = answer_to(test::floats_win());
  EXPECT_THAT(found.sentences[0], AllOf(HasSubstr("mxfp8_e4m3_ceil"), HasSubstr("0.089× <code>int8</code>"), HasSubstr("80.0× <code>bf16</code>")));
  EXPECT_THAT(found.sentences[1], AllOf(HasSubstr("fp8_e4m3_w14"), HasSubstr("0.35× <code>int8</code>"), HasSubstr("0.28× <code>bf16</code>")));
  EXPECT_THAT(found.sentences[2], AllOf(HasSubstr("fp8_e4m3_w14"), HasSubstr("0.35× <code>int8</code>"), HasSubstr("0.20× <code>bf16</code>")));
}

TEST(Answer, CallsATieATie) {
  auto figures = test::integers_win();
  figures["fp8_e4m3_w14"].area = 950;
  EXPECT_THAT(answer_to(figures).sentences[1], HasSubstr("0.90× <code>int8</code>"));
  EXPECT_THAT(answer_to(figures).sentences[1], AllOf(HasSubstr("tied with"), HasSubstr("fp8_e4m3_w14")));
}

TEST(Answer, SaysWhenGlitchesDecideWhoTakesLeastEnergy) {
  auto figures = test::integers_win();
  EXPECT_THAT(answer_to(figures).sentences[2], HasSubstr("leaves"));
  figures["fp8_e4m3_w14"].settled = 5;
  EXPECT_THAT(answer_to(figures).sentences[2], HasSubstr("<code>fp8_e4m3_w14</code> would come first"));
}

TEST(Answer, SaysWhatWasNotMeasuredAndWhy) {
  ResultSet results = test::made_up_results(test::integers_win());
  for (ResultRow& row : results.rows)
    for (const char* name : {"energy_per_mac_glitch", "energy_per_mac_settled"}) row.metrics[name] = Metric::missing("pJ", "the library has no power tables");
  const Answer found = answer(views(results).front());
  EXPECT_THAT(found.sentences[2], AllOf(HasSubstr("not measured"), HasSubstr("no power tables")));
  EXPECT_THAT(found.headline, Not(HasSubstr("energy at once")));
}

TEST(Answer, RecommendsNothingWithoutACost) {
  ResultSet results = test::made_up_results(test::integers_win());
  for (ResultRow& row : results.rows)
    for (const char* name : {"energy_per_mac_glitch", "energy_per_mac_settled", "area"}) row.metrics.erase(name);
  EXPECT_THAT(answer(views(results).front()).headline, HasSubstr("Too little was measured"));
}

}  // namespace
}  // namespace macroscope::reports
