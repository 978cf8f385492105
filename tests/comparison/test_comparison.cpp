// SPDX-License-Identifier: Apache-2.0
// A comparison joins accuracy, hardware and array into one row per MAC and technology.
#include "analysis/comparison/comparison.hpp"

#include <gmock/gmock.h>

#include "formats/input_error.hpp"
#include "workloads/language_model.hpp"

namespace macroscope::comparison {
namespace {

datapath::MacSpec preset(const std::string& name) { return datapath::load_mac_spec(name, MACROSCOPE_SOURCE_DIR "/configs/mac"); }

/// A unit of two stages that takes 64 pJ an operation, 2 pJ for each of its 32 lanes.
hardware::Characterisation made_up_unit(const std::string& mac, const std::string& technology) {
  hardware::Characterisation unit;
  unit.mac = mac;
  unit.technology = technology;
  unit.lanes = 32;
  unit.nand2 = hardware::SquareMicrons(10);
  unit.clock = hardware::Nanoseconds(5);
  unit.depth.cuts = 1;
  unit.depth.area = hardware::SquareMicrons(5000);
  hardware::CycleEnergy energy;
  energy.total = hardware::Picojoules(64);
  unit.depth.settled = unit.depth.glitch = energy;
  return unit;
}

class Comparison : public testing::Test {
 protected:
  std::vector<ResultRow> rows(const std::vector<datapath::MacSpec>& specs, const std::vector<Technology>& technologies) const {
    return compare({"bookworm", model_.network.get(), &windows_}, specs, technologies,
                   system::load_array_config("default", MACROSCOPE_SOURCE_DIR "/configs/array"), {});
  }
  static Technology technology(const std::string& name) {
    return {name, "a trace", {made_up_unit("int8", name), made_up_unit("fp8_e4m3", name)}};
  }

  workloads::LanguageModel model_ = workloads::load_language_model(MACROSCOPE_SOURCE_DIR "/models/bookworm");
  workloads::TokenWindows windows_ = workloads::cut_into_windows(model_.tokenizer.encode("In the beginning it was a truth universally acknowledged that "
                                                                                         "every MAC is in want of a good accumulator."),
                                                                 16, 16, model_.tokenizer.begin_token());
};

TEST_F(Comparison, HasARowForEachMacAndTechnologyAndOneForTheReference) {
  std::vector<std::string> found;
  for (const ResultRow& row : rows({preset("int8"), preset("fp8_e4m3"), preset("fp32")}, {technology("slow"), technology("fast")}))
    found.push_back(row.mac + "/" + row.technology);
  EXPECT_THAT(found, testing::ElementsAre("int8/slow", "fp8_e4m3/slow", "fp32/", "int8/fast", "fp8_e4m3/fast"));
}

TEST_F(Comparison, ARowHoldsAccuracyHardwareAndArray) {
  const ResultRow row = rows({preset("int8"), preset("fp32")}, {technology("slow")}).front();
  EXPECT_GT(*row.metrics.at("kl").value, 0.0);
  EXPECT_DOUBLE_EQ(*row.metrics.at("area").value, 5000);
  EXPECT_DOUBLE_EQ(*row.metrics.at("area_nand2").value, 500);
  EXPECT_DOUBLE_EQ(*row.metrics.at("energy_per_mac_glitch").value, 2);
  EXPECT_GT(*row.metrics.at("prefill_cycles").value, 0.0);
  EXPECT_EQ(row.stimulus, "a trace");
}

TEST_F(Comparison, TheReferenceHasEveryHardwareMetricWithoutAValueButWithAReason) {
  const auto all = rows({preset("int8"), preset("fp32")}, {technology("slow")});
  const ResultRow& reference = all.back();
  for (const auto& [name, metric] : all.front().metrics) {
    const bool physical = name.rfind("area", 0) == 0 || name.rfind("energy", 0) == 0 || name == "prefill_cycles" || name == "decode_energy_per_token";
    if (!physical) continue;
    ASSERT_EQ(reference.metrics.count(name), 1U) << name;
    EXPECT_FALSE(reference.metrics.at(name).value) << name;
    EXPECT_THAT(reference.metrics.at(name).method, testing::HasSubstr("no hardware")) << name;
  }
  EXPECT_DOUBLE_EQ(*reference.metrics.at("kl").value, 0.0);
}

TEST_F(Comparison, AMacThatWasNotCharacterisedIsRefused) {
  EXPECT_THROW(rows({preset("bf16"), preset("fp32")}, {technology("slow")}), InputError);
}

}  // namespace
}  // namespace macroscope::comparison
