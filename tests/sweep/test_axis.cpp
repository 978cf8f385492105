// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/axis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "formats/input_error.hpp"

namespace macroscope::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Axis axis(const std::string& values, const std::string& key = "dot.window") {
  return parse_axis(key, YAML::Load(values), "file.yaml");
}

std::string refusal(const std::string& values, const std::string& key = "dot.window") {
  try {
    axis(values, key);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Axis, RangeHoldsBothEnds) { EXPECT_THAT(axis("{from: 4, to: 7}").values, ElementsAre("4", "5", "6", "7")); }

TEST(Axis, RangeStepsDownWhenTheStepIsNegative) {
  EXPECT_THAT(axis("{from: 24, to: 14, step: -5}").values, ElementsAre("24", "19", "14"));
}

TEST(Axis, RangeStopsBeforeAnEndThatItsStepsMiss) {
  EXPECT_THAT(axis("{from: 4, to: 10, step: 4}").values, ElementsAre("4", "8"));
}

TEST(Axis, RangeOfFractionsReachesItsEndDespiteRounding) {
  EXPECT_THAT(axis("{from: 0.1, to: 0.3, step: 0.1}").values, ElementsAre("0.1", "0.2", "0.3"));
}

TEST(Axis, ListKeepsItsOrder) { EXPECT_THAT(axis("[24, exact, 7]").values, ElementsAre("24", "exact", "7")); }

TEST(Axis, ValueMayBeAMap) { EXPECT_THAT(axis("[{encoding: fp32}]").values, ElementsAre("{encoding: fp32}")); }

TEST(Axis, SingleValueIsAListOfOne) { EXPECT_THAT(axis("14").values, ElementsAre("14")); }

TEST(Axis, SeveralFieldsMoveTogether) {
  EXPECT_THAT(axis("[floor, ceil]", "activation.scale.rule, weight.scale.rule").fields,
              ElementsAre("activation.scale.rule", "weight.scale.rule"));
}

TEST(Axis, UnknownRangeKeyNamesTheNearestOne) {
  EXPECT_THAT(refusal("{from: 4, to: 24, stpe: 2}"), testing::AllOf(HasSubstr("file.yaml"), HasSubstr("stpe"), HasSubstr("'step'")));
}

TEST(Axis, RangeThatNeverArrivesIsRefused) {
  EXPECT_THAT(refusal("{from: 4, to: 24, step: -1}"), HasSubstr("never arrives"));
  EXPECT_THAT(refusal("{from: 4, to: 24, step: 0}"), HasSubstr("never arrives"));
}

TEST(Axis, RangeWithoutAnEndIsRefused) { EXPECT_THAT(refusal("{from: 4}"), HasSubstr("needs 'to'")); }
TEST(Axis, RangeOfWordsIsRefused) { EXPECT_THAT(refusal("{from: four, to: 24}"), HasSubstr("not a number")); }
TEST(Axis, EmptyListIsRefused) { EXPECT_THAT(refusal("[]"), HasSubstr("no values")); }
TEST(Axis, RepeatedValueIsRefused) { EXPECT_THAT(refusal("[7, 14, 7]"), HasSubstr("7 twice")); }
TEST(Axis, FieldThatIsNoPathIsRefused) { EXPECT_THAT(refusal("[7]", "dot..window"), HasSubstr("dotted path")); }

}  // namespace
}  // namespace macroscope::sweep
