// SPDX-License-Identifier: Apache-2.0
#include "reports/agreement.hpp"

#include <gmock/gmock.h>

#include "reports/assumptions.hpp"
#include "tests/reports/made_up_results.hpp"

namespace macroscope::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

PublishedRatio published_ratio(double low, double high) { return {"p", "s", "Table 1", "area", "fp8_e4m3", "int8", low, high, ""}; }

TEST(Match, TellsAgreementDirectionTieAndOpposition) {
  EXPECT_EQ(match_of(published_ratio(1.53, 1.53), 1.60), Match::agrees);
  EXPECT_EQ(match_of(published_ratio(1.53, 1.53), 1.25), Match::same_direction);
  EXPECT_EQ(match_of(published_ratio(1.53, 1.53), 1.05), Match::we_tie);
  EXPECT_EQ(match_of(published_ratio(1.53, 1.53), 0.80), Match::opposite);
  EXPECT_EQ(match_of(published_ratio(0.79, 0.79), 0.60), Match::same_direction);
  EXPECT_EQ(match_of(published_ratio(0.79, 0.79), 1.30), Match::opposite);
}

TEST(Match, ARangeAgreesInsideAndWithinTheErrorOfItsEnds) {
  EXPECT_EQ(match_of(published_ratio(1.5, 2.8), 2.0), Match::agrees);
  EXPECT_EQ(match_of(published_ratio(1.5, 2.8), 3.0), Match::agrees);
  EXPECT_EQ(match_of(published_ratio(1.5, 2.8), 3.5), Match::same_direction);
}

Published one_source(PublishedRatio ratio) {
  return {{{"s", "Somebody 2020", "Somebody, A Paper, 2020", "counting gates", "none"}}, {std::move(ratio)}, {}};
}

std::string prose(const std::map<std::string, test::Figures>& figures, const PublishedRatio& ratio) {
  const ResultSet results = test::made_up_results(figures);
  const View view = views(results).front();
  return agreement_prose(agreements(one_source(ratio), view), view);
}

TEST(AgreementProse, ReadsRightWhenTheDataAgree) {
  EXPECT_THAT(prose(test::integers_win(), published_ratio(1.53, 1.53)),
              AllOf(HasSubstr("We agree"), HasSubstr("1.53× published, 1.50× here"), Not(HasSubstr("counting gates"))));
}

TEST(AgreementProse, ReadsRightWhenTheDataSayTheOpposite) {
  EXPECT_THAT(prose(test::floats_win(), published_ratio(1.53, 1.53)),
              AllOf(HasSubstr("the other format ahead"), HasSubstr("1.53× published, 0.50× here"), HasSubstr("counting gates")));
}

TEST(AgreementProse, NamesTheAssumptionThatClosesTheGap) {
  auto figures = test::integers_win();
  figures["fp8_e4m3_exact"].area = 2800;  // an exact accumulator brings ours to 2.80
  EXPECT_THAT(prose(figures, published_ratio(2.83, 2.83)), AllOf(HasSubstr("An exact accumulator explains it"), HasSubstr("ours is then 2.80×")));
  figures["fp8_e4m3_exact"].area = 1900;
  EXPECT_THAT(prose(figures, published_ratio(2.83, 2.83)), HasSubstr("An exact accumulator explains part of it"));
}

TEST(AgreementProse, ListsWhatWasTriedWhenNothingClosesTheGap) {
  auto figures = test::integers_win();
  figures["fp8_e4m3_exact"].area = 1400;
  figures["fp8_e4m3"].flipflops = 400;
  EXPECT_THAT(prose(figures, published_ratio(2.83, 2.83)),
              AllOf(HasSubstr("Not explained by"), HasSubstr("leaving out flip-flops (1.29×)"), HasSubstr("an exact accumulator (1.40×)")));
}

TEST(AgreementProse, EnergyIsToldWithAndWithoutGlitches) {
  PublishedRatio energy = published_ratio(1.4, 1.4);
  energy.quantity = "energy";
  EXPECT_THAT(prose(test::integers_win(), energy), AllOf(HasSubstr("1.70× here with glitches and 1.40× settled"), HasSubstr("Leaving out glitches explains it")));
}

TEST(AgreementProse, SaysWhatWasNotMeasured) {
  PublishedRatio unknown = published_ratio(2, 2);
  unknown.of = "nvfp4";
  EXPECT_THAT(prose(test::integers_win(), unknown), AllOf(HasSubstr("Not measured here"), HasSubstr("nvfp4")));
}

}  // namespace
}  // namespace macroscope::reports
