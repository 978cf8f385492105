// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/input_error.hpp"
#include "rtl/unit_sources.hpp"
#include "tests/rtl/cosim_fixture.hpp"

namespace macroscope::rtl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Package, NamesTheBoundariesOfEachComposition) {
  EXPECT_THAT(boundary_names(preset("int8")), ElementsAre("group", "tree"));
  EXPECT_THAT(boundary_names(preset("fp8_e4m3_exact")), ElementsAre("product", "align", "group", "tree"));
  EXPECT_THAT(boundary_names(preset("mxint8")), ElementsAre("group", "tree", "sum", "normalise", "convert", "add_align", "add_sum", "add_normalise"));
  EXPECT_THAT(boundary_names(preset("fp8_e4m3")), ElementsAre("product", "exponent", "align", "group", "tree", "sum", "normalise", "convert", "add_align",
                                                              "add_sum", "add_normalise"));
}

TEST(Package, PutsARegisterRankAtEachCutBoundary) {
  const std::string text = package_text(preset("fp8_e4m3"), 0b10010);
  EXPECT_THAT(text, HasSubstr("EXPONENT_RANK = 1;"));
  EXPECT_THAT(text, HasSubstr("TREE_RANK = 1;"));
  EXPECT_THAT(text, HasSubstr("ALIGN_RANK = 0;"));
  EXPECT_THAT(text, HasSubstr("STAGES = 3;"));
  EXPECT_EQ(stages(0b10010), 3);
}

TEST(Package, HasTheWidthsThatTheFormatsNeed) {
  const std::string fp8 = package_text(preset("fp8_e4m3"), 0);
  EXPECT_THAT(fp8, HasSubstr("TERM_BITS = 25;")) << "a window of 24 and the bit above 2^emax that a product of two significands below 2 reaches";
  const std::string exact = package_text(preset("fp8_e4m3_exact"), 0);
  EXPECT_THAT(exact, HasSubstr("TERM_BITS = 36;")) << "8-bit products shifted by up to 28";
  EXPECT_THAT(exact, HasSubstr("PSUM_BITS = 50;")) << "49 bits and the NaN flag";
  EXPECT_THAT(package_text(preset("mxint8"), 0), HasSubstr("EXPONENT_OFFSET = -266;")) << "2^-12 of two MXINT8 elements and two E8M0 biases of 127";
}

TEST(Package, RefusesTheReferenceAndBoundariesThatAreNotThere) {
  EXPECT_THROW(package_text(preset("fp32"), 0), InputError);
  EXPECT_THROW(package_text(preset("int8"), 4), InputError);
}

TEST(RtlHash, IsSharedByUnitsThatDifferInNameAndScaleRuleOnly) {
  EXPECT_EQ(rtl_hash(preset("mxint8"), rtl_folder()), rtl_hash(preset("mxint8_ceil"), rtl_folder()));
  EXPECT_NE(rtl_hash(preset("fp8_e4m3"), rtl_folder()), rtl_hash(preset("fp8_e4m3_w14"), rtl_folder()));
}

TEST(UnitSources, LeaveOutModulesOfOtherCompositions) {
  for (const auto& path : unit_sources(preset("int8"), rtl_folder())) {
    EXPECT_TRUE(std::filesystem::exists(path)) << path;
    EXPECT_THAT(path.filename().string(), testing::Not(HasSubstr("minifloat")));
    EXPECT_THAT(path.filename().string(), testing::Not(HasSubstr("fp32")));
  }
}

}  // namespace
}  // namespace macroscope::rtl
