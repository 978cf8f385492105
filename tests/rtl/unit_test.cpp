// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/rtl/cosim_fixture.hpp"

namespace macroscope::rtl {
namespace {

constexpr const char* e4m3 = "element: e4m3";
constexpr const char* mx_e4m3 = "element: e4m3, scale: {encoding: e8m0, block: 4, rule: floor}";
constexpr const char* mx_int8 = "element: int8, scale: {encoding: e8m0, block: 4, rule: floor}";
constexpr const char* int8_scaled = "element: int8, scale: {encoding: fp32, granularity: tensor, rule: absmax}";
constexpr const char* to_fp32 = "format: fp32";

void expect_agreement(const datapath::MacSpec& spec, Cuts cuts, const CosimPlan& plan) {
  const CosimResult result = compare(spec, cuts, plan);
  EXPECT_EQ(result.mismatches, 0U) << spec.name << " with cuts " << cuts << "\n" << (result.first ? explain(*result.first) : "");
  EXPECT_EQ(result.random_vectors, plan.random_vectors);
}

Cuts every_boundary(const datapath::MacSpec& spec) { return (Cuts{1} << boundary_count(spec)) - 1; }

class PresetUnit : public testing::TestWithParam<const char*> {};

TEST_P(PresetUnit, EqualsGoldenOnAllLanePairsAndOnCornerWeightedVectors) {
  CosimPlan plan;
  plan.random_vectors = 50000;
  plan.seed = 11;
  const datapath::MacSpec spec = preset(GetParam());
  expect_agreement(spec, every_boundary(spec), plan);
}
INSTANTIATE_TEST_SUITE_P(Rtl, PresetUnit, testing::Values("int8", "fp8_e4m3", "fp8_e4m3_w14", "fp8_e4m3_exact", "mxint8", "mxfp8_e4m3", "bf16"),
                         [](const auto& value) { return std::string(value.param); });

struct SmallUnit {
  const char* name;
  const char* operand;
  const char* dot;
  const char* accumulate;
};

class Composition : public testing::TestWithParam<SmallUnit> {};

TEST_P(Composition, EqualsGolden) {
  const SmallUnit& unit = GetParam();
  const datapath::MacSpec spec = small_spec(unit.operand, unit.dot, unit.accumulate);
  CosimPlan plan;
  plan.random_vectors = 30000;
  expect_agreement(spec, every_boundary(spec), plan);
}
INSTANTIATE_TEST_SUITE_P(
    Rtl, Composition,
    testing::Values(SmallUnit{"WindowOf4", e4m3, "lanes: 4, reduction: aligned, window: 4", to_fp32},
                    SmallUnit{"WindowOf6CutsTheLargestProduct", e4m3, "lanes: 5, reduction: aligned, window: 6", to_fp32},
                    SmallUnit{"WindowOf7", e4m3, "lanes: 4, reduction: aligned, window: 7", to_fp32},
                    SmallUnit{"WindowOf40", e4m3, "lanes: 4, reduction: aligned, window: 40", to_fp32},
                    SmallUnit{"E5m2HasInfinities", "element: e5m2", "lanes: 4, reduction: aligned, window: 20", to_fp32},
                    SmallUnit{"FnuzHasNoMinusZero", "element: e4m3fnuz", "lanes: 4, reduction: aligned, window: 12", to_fp32},
                    SmallUnit{"Fp16", "element: fp16", "lanes: 3, reduction: aligned, window: 30", to_fp32},
                    SmallUnit{"ExactInTheBlock", mx_e4m3, "lanes: 4, reduction: exact", to_fp32},
                    SmallUnit{"ExactFp4InTheBlock", "element: e2m1, scale: {encoding: e8m0, block: 4, rule: floor}", "lanes: 4, reduction: exact", to_fp32},
                    SmallUnit{"ExactFp6InTheBlock", "element: e3m2, scale: {encoding: e8m0, block: 4, rule: floor}", "lanes: 4, reduction: exact", to_fp32},
                    SmallUnit{"AlignedUnderBlockScales", mx_e4m3, "lanes: 4, reduction: aligned, window: 24", to_fp32},
                    SmallUnit{"IntegersUnderBlockScales", mx_int8, "lanes: 4, reduction: integer", to_fp32},
                    SmallUnit{"KulischSaturating", e4m3, "lanes: 4, reduction: exact", "format: kulisch, bits: 41, overflow: saturate"},
                    SmallUnit{"Int32Saturating", int8_scaled, "lanes: 4, reduction: integer", "format: int32, overflow: saturate"},
                    SmallUnit{"OneLane", int8_scaled, "lanes: 1, reduction: integer", "format: int32, overflow: wrap"},
                    SmallUnit{"Int5ByInt5", "element: int5, scale: {encoding: fp32, granularity: tensor, rule: absmax}", "lanes: 7, reduction: integer",
                              "format: int32, overflow: wrap"}),
    [](const auto& value) { return std::string(value.param.name); });

TEST(Cuts, DoNotChangeAnyResult) {
  CosimPlan plan;
  plan.random_vectors = 30000;
  const auto aligned = small_spec(mx_e4m3, "lanes: 4, reduction: aligned, window: 10", to_fp32);
  for (const Cuts cuts : {Cuts{0}, Cuts{0b01010101010}, Cuts{0b10100100101}}) expect_agreement(aligned, cuts, plan);
  const auto exact = small_spec(e4m3, "lanes: 4, reduction: exact", "format: kulisch, bits: 41, overflow: wrap");
  for (const Cuts cuts : {Cuts{0}, Cuts{0b0110}, Cuts{0b1001}}) expect_agreement(exact, cuts, plan);
}

TEST(Cosimulation, WritesAWaveformAndExplainsWithDecodedOperands) {
  const datapath::MacSpec spec = small_spec(e4m3, "lanes: 4, reduction: aligned, window: 7", to_fp32);
  UnitVectors one(spec);
  const formats::Code activation[4] = {0x38, 0, 0, 0}, weight[4] = {0xb4, 0, 0, 0};  // 1 * -0.75
  one.add(activation, weight, 127, 127, 0);
  const std::filesystem::path waveform = cosim_cache() / "waveform.vcd";
  std::filesystem::create_directories(cosim_cache());
  const auto result = VerilatedUnit(spec, 0, {rtl_folder(), cosim_cache()}, true).run(one, waveform);
  EXPECT_EQ(static_cast<std::uint32_t>(result[0]), 0xbf400000U);
  EXPECT_GT(std::filesystem::file_size(waveform), 1000U);

  const std::string text = explain({one, result[0], result[0] ^ 1});
  EXPECT_NE(text.find("0xb4 = - 0110 100 (-0.75)"), std::string::npos) << text;
  EXPECT_NE(text.find("the other 3 lanes are 0 x 0"), std::string::npos) << text;
  EXPECT_NE(text.find("differ in 0x00000001"), std::string::npos) << text;
}

}  // namespace
}  // namespace macroscope::rtl
