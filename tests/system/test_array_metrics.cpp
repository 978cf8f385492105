// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/hardware/characterisation.hpp"
#include "analysis/throughput/array_metrics.hpp"
#include "analysis/throughput/decoder_matmuls.hpp"
#include "formats/input_error.hpp"

namespace macroscope::throughput::test {
namespace {

using hardware::Picojoules;
using ::testing::AllOf;
using ::testing::HasSubstr;

const workloads::LlamaConfig smollm2{49152, 576, 1536, 30, 9, 3, 64, 8192, 1e-5f, 1e5f, true};

datapath::MacSpec preset(const std::string& name) {
  return datapath::load_mac_spec(name, std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "configs" / "mac");
}

UnitCost cost_of(double operation, double idle) { return {3, Picojoules(operation), Picojoules(idle), "given"}; }

TEST(DecoderMatmuls, ThePrefillOfSmolLm2MultipliesEveryProjectionWeightOncePerToken) {
  std::int64_t projections = 0, attention = 0, head = 0;
  for (const system::MatmulShape& shape : decoder_matmuls(smollm2, 512, 512)) {
    const std::int64_t macs = shape.m * shape.n * shape.k * shape.count;
    (shape.site == "head" ? head : shape.site.find("attn.qk") != std::string::npos || shape.site.find("attn.pv") != std::string::npos ? attention : projections) += macs;
  }
  const std::int64_t weights_of_a_layer = 576 * 576 * 2 + 2 * 576 * 192 + 3 * 576 * 1536;
  EXPECT_EQ(projections, 512 * 30 * weights_of_a_layer);
  EXPECT_EQ(attention, 2 * 30 * std::int64_t{9} * 512 * 512 * 64) << "nine query heads, all of the square";
  EXPECT_EQ(head, 49152 * 576) << "the last token alone";
}

TEST(DecoderMatmuls, DecodeAttendsToTheWholeContextWithOneToken) {
  for (const system::MatmulShape& shape : decoder_matmuls(smollm2, 1, 512)) {
    if (shape.site == "layers.*.attn.qk") {
      EXPECT_EQ(shape.m, 3) << "three query heads share one KV head";
      EXPECT_EQ(shape.n, 512);
      EXPECT_EQ(shape.k, 64);
      EXPECT_EQ(shape.count, 90);
    } else if (shape.site == "layers.*.mlp.down") {
      EXPECT_EQ(shape.m, 1);
      EXPECT_EQ(shape.n, 576);
      EXPECT_EQ(shape.k, 1536);
    }
  }
}

TEST(ArrayEnergy, WorkingUnitsPayForAnOperationAllOthersForTheClock) {
  system::ArrayRun run;
  run.unit_operations = 10;
  run.unit_cycles = 256;
  EXPECT_DOUBLE_EQ(array_energy(run, cost_of(100, 7))->value(), 10 * 100 + 246 * 7);
  EXPECT_FALSE(array_energy(run, {3, std::nullopt, std::nullopt, "no power tables"}).has_value());
}

TEST(LanguageModelMetrics, SmolLm2OnTheDefaultArrayHasEveryMetricAndDecodeIsBoundByMemory) {
  const system::ArrayConfig array;
  const auto metrics = language_model_metrics(smollm2, preset("int8"), array, cost_of(20, 3));
  for (const std::string prefix : {"prefill_", "decode_"}) {
    for (const char* name : {"cycles", "utilization", "dram_bytes", "energy_per_token"}) {
      ASSERT_TRUE(metrics.count(prefix + name)) << prefix << name;
      EXPECT_GT(metrics.at(prefix + name).value.value_or(0), 0) << prefix << name;
    }
    EXPECT_LE(*metrics.at(prefix + "utilization").value, 1.0);
    EXPECT_GE(*metrics.at(prefix + "cycles").value, *metrics.at(prefix + "dram_bytes").value / 64) << "the port moves 64 bytes a cycle";
  }
  EXPECT_GT(*metrics.at("prefill_utilization").value, 10 * *metrics.at("decode_utilization").value);
  EXPECT_GT(*metrics.at("decode_dram_bytes").value, 134e6) << "decode reads all 134 million weights";
  // Idle clock included: every unit pays at least 3 pJ in every cycle.
  EXPECT_GE(*metrics.at("decode_energy_per_token").value, 3e-12 * 256 * *metrics.at("decode_cycles").value);
}

TEST(LanguageModelMetrics, TheScaleOfEachBlockOf32CostsOneByteOfTraffic) {
  const system::ArrayConfig array;
  const auto int8 = language_model_metrics(smollm2, preset("int8"), array, cost_of(1, 1));
  const auto mx = language_model_metrics(smollm2, preset("mxint8"), array, cost_of(1, 1));
  const double ratio = *mx.at("decode_dram_bytes").value / *int8.at("decode_dram_bytes").value;
  EXPECT_NEAR(ratio, 33.0 / 32.0, 0.01) << "one byte of scale for each block of 32";
}

TEST(LanguageModelMetrics, WithoutEnergiesTheJoulesAreMissingWithTheReasonAndCyclesAreThere) {
  const system::ArrayConfig array;
  const auto metrics = language_model_metrics(smollm2, preset("int8"), array, {2, std::nullopt, std::nullopt, "the library has no power tables"});
  EXPECT_TRUE(metrics.at("prefill_cycles").value.has_value());
  EXPECT_FALSE(metrics.at("prefill_energy_per_token").value.has_value());
  EXPECT_EQ(metrics.at("decode_energy_per_token").method, "the library has no power tables");
  for (const auto& [name, metric] : missing_language_model_metrics("no hardware")) {
    EXPECT_TRUE(metrics.count(name)) << name;
    EXPECT_FALSE(metric.value.has_value());
  }
}

TEST(LanguageModelMetrics, AShorterContextShortensThePrefill) {
  workloads::LlamaConfig model = smollm2;
  model.context = 256;
  const auto metrics = language_model_metrics(model, preset("int8"), system::ArrayConfig(), cost_of(1, 1));
  EXPECT_THAT(metrics.at("prefill_cycles").method, HasSubstr("256 tokens"));
  EXPECT_THAT(metrics.at("decode_cycles").method, HasSubstr("context of 256"));
}

TEST(UnitOnArray, AMacOfOtherLanesIsRefusedWithBothNumbers) {
  system::ArrayConfig array;
  array.lanes = 16;
  try {
    unit_on_array(preset("int8"), array, cost_of(1, 1));
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'int8' has 32 lanes"), HasSubstr("16 lanes"), HasSubstr("lanes: 32")));
  }
}

TEST(UnitCost, ComesFromTheMeasuredUnitWithGlitches) {
  hardware::Characterisation unit;
  unit.technology = "cells";
  unit.depth.cuts = 0b101;
  EXPECT_FALSE(unit_cost(unit).operation.has_value());
  hardware::CycleEnergy energy{};
  energy.total = Picojoules(9);
  energy.clock = Picojoules(2);
  energy.leakage = Picojoules(0.5);
  unit.depth.glitch = energy;
  const UnitCost cost = unit_cost(unit);
  EXPECT_EQ(cost.latency, 3) << "two inner ranks and the output's";
  EXPECT_EQ(cost.operation->value(), 9);
  EXPECT_EQ(cost.idle->value(), 2.5);
}

}  // namespace
}  // namespace macroscope::throughput::test
