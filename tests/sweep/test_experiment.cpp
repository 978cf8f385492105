// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/experiment.hpp"

#include <gmock/gmock.h>

#include <set>

#include "formats/input_error.hpp"
#include "tests/sweep/fixture.hpp"

namespace macroscope::sweep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusal(const std::string& yaml) {
  try {
    expand(parse_experiment_text(yaml, "mine.yaml"), test::load_preset, {});
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Experiment, TheShippedWindowSweepHasOnePointForEachWidthFrom4To24) {
  const auto points = expand(parse_experiment(MACROSCOPE_SOURCE_DIR "/configs/sweeps/fp8-window.yaml"), test::load_preset, {});
  ASSERT_EQ(points.size(), 21U);
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].spec.dot.window, static_cast<int>(i) + 4);
    EXPECT_EQ(points[i].coordinates.at("dot.window"), static_cast<int>(i) + 4);
    EXPECT_EQ(points[i].ordinal, i);
  }
}

TEST(Experiment, AxesMultiplyWithTheLastOneFastest) {
  const auto points = expand(parse_experiment_text("experiment: e\nbase: fp8_e4m3\naxes: {dot.lanes: [16, 32], dot.window: "
                                                   "[14, 24]}\nmeasure: hardware\n", "e.yaml"), test::load_preset, {});
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[1].spec.dot.lanes, 16);
  EXPECT_EQ(points[1].spec.dot.window, 24);
  EXPECT_EQ(points[2].spec.dot.lanes, 32);
  EXPECT_EQ(points[2].spec.dot.window, 14);
}

TEST(Experiment, SeveralBasesAreSweptOneAfterTheOther) {
  const auto points = expand(parse_experiment_text("experiment: e\nbase: [int8, fp8_e4m3]\naxes: {dot.lanes: [16, 32]}\n"
                                                   "measure: accuracy\n", "e.yaml"), test::load_preset, {});
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[0].coordinates.at("base"), "int8");
  EXPECT_EQ(points[3].coordinates.at("base"), "fp8_e4m3");
}

TEST(Experiment, FieldsOfOneAxisMoveTogether) {
  const auto points = expand(parse_experiment_text("experiment: e\nbase: mxint8\naxes: {\"activation.scale.rule, weight.scale."
                                                   "rule\": [floor, ceil]}\nmeasure: accuracy\n", "e.yaml"),
                             test::load_preset, {});
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].spec.activation.scale->rule, formats::ScaleRule::ceil);
  EXPECT_EQ(points[1].spec.weight.scale->rule, formats::ScaleRule::ceil);
}

TEST(Experiment, PointsHaveDifferentNamesAndIdentities) {
  std::set<std::string> names, identities;
  for (const SweepPoint& point : expand(test::window_experiment(4, 24), test::load_preset, {})) {
    names.insert(point.spec.name);
    identities.insert(point.identity);
  }
  EXPECT_EQ(names.size(), 21U);
  EXPECT_EQ(identities.size(), 21U);
}

TEST(Experiment, AnotherInputIsAnotherIdentity) {
  const auto before = expand(test::window_experiment(7, 7), test::load_preset, {{"rtl", "aaaa"}});
  const auto after = expand(test::window_experiment(7, 7), test::load_preset, {{"rtl", "bbbb"}});
  EXPECT_NE(before.front().identity, after.front().identity);
}

TEST(Experiment, UnknownKeyNamesTheNearestOne) {
  EXPECT_THAT(refusal("experiment: e\nbase: int8\naxis: {dot.lanes: [16]}\nmeasure: accuracy\n"),
              AllOf(HasSubstr("mine.yaml"), HasSubstr("'axis'"), HasSubstr("'axes'")));
}

TEST(Experiment, UnknownMacFieldIsRefusedByMacSpecItself) {
  EXPECT_THAT(refusal("experiment: e\nbase: fp8_e4m3\naxes: {dot.windw: [16]}\nmeasure: accuracy\n"),
              AllOf(HasSubstr("windw"), HasSubstr("window")));
}

TEST(Experiment, ImpossibleCombinationIsRefusedWithItsCoordinates) {
  EXPECT_THAT(refusal("experiment: e\nbase: int8\naxes: {dot.reduction: [aligned]}\nmeasure: accuracy\n"),
              HasSubstr(R"("dot.reduction":"aligned")"));
}

TEST(Experiment, MissingKeyIsNamed) {
  EXPECT_THAT(refusal("experiment: e\nbase: int8\nmeasure: accuracy\n"), HasSubstr("'axes' is missing"));
}

TEST(Experiment, UnknownMeasurementNamesTheAcceptedOnes) {
  EXPECT_THAT(refusal("experiment: e\nbase: int8\naxes: {dot.lanes: [16]}\nmeasure: acuracy\n"),
              AllOf(HasSubstr("acuracy"), HasSubstr("accuracy"), HasSubstr("hardware")));
}

TEST(Experiment, TokensMustBeAWholeNumber) {
  EXPECT_THAT(refusal("experiment: e\nbase: int8\naxes: {dot.lanes: [16]}\nmeasure: accuracy\ntokens: 5k\n"),
              AllOf(HasSubstr("'tokens'"), HasSubstr("5k")));
}

TEST(Experiment, BrokenYamlNamesTheLine) {
  EXPECT_THAT(refusal("experiment: e\nbase: [int8\n"), AllOf(HasSubstr("mine.yaml"), HasSubstr("line")));
}

TEST(Experiment, MissingFileIsNamed) {
  EXPECT_THROW(parse_experiment("no/such/experiment.yaml"), InputError);
}

}  // namespace
}  // namespace macroscope::sweep
