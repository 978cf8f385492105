// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/input_error.hpp"
#include "sim/system/model_run.hpp"
#include "sim/system/tile_plan.hpp"

namespace macroscope::system::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

datapath::MacSpec preset(const std::string& name) {
  return datapath::load_mac_spec(name, std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "configs" / "mac");
}

TEST(UnitFormat, AnMxBlockOf32CarriesOneByteOfScaleAndAnInt8RowOneFp32) {
  const UnitFormat mx = unit_format(preset("mxint8"), 2);
  EXPECT_EQ(mx.weight.bits(0, 64), 64 * 8 + 2 * 8);
  EXPECT_EQ(mx.weight.bits(32, 64), 32 * 8 + 8);
  EXPECT_EQ(mx.weight.bits(64, 65), 8 + 8) << "an incomplete block has a scale too";
  const UnitFormat int8 = unit_format(preset("int8"), 2);
  EXPECT_EQ(int8.activation.bits(0, 64), 64 * 8 + 32) << "the token's scale travels with its first element";
  EXPECT_EQ(int8.activation.bits(64, 128), 64 * 8);
  EXPECT_EQ(int8.psum_bits, 32);
  const UnitFormat vectors = unit_format(preset("w3a8_pvq"), 2);
  EXPECT_EQ(vectors.weight.bits(0, 64), 4 * (44 + 8));
  EXPECT_EQ(vectors.weight.bits(0, 20) + vectors.weight.bits(20, 64), 4 * (44 + 8)) << "a vector travels with its first element";
  EXPECT_EQ(vectors.weight.bits(17, 32), 0);
  EXPECT_EQ(unit_format(preset("fp8_e4m3_exact"), 2).psum_bits, 50) << "49-bit Kulisch register and its NaN flag";
}

TEST(UnitFormat, TheReferenceHasNoHardwareAndNoUnitIsFasterThanACycle) {
  EXPECT_THROW(unit_format(preset("fp32"), 1), InputError);
  EXPECT_THROW(unit_format(preset("int8"), 0), InputError);
}

TEST(Traffic, EveryWeightIsReadOncePerBlockOfTokensAndEveryResultWrittenOnce) {
  ArrayConfig array;
  const UnitFormat unit = unit_format(preset("mxint8"), 3);
  const std::int64_t m = 512, n = 1000, k = 1536;
  ArrayRun run = simulate_matmul(array, unit, {"site", m, n, k, 1});
  EXPECT_EQ(run.traffic.weights, n * (k + k / 32));
  EXPECT_EQ(run.traffic.activations, m * (k + k / 32));
  EXPECT_EQ(run.traffic.outputs, m * n * 4);
  array.buffers.activation_bytes = 128 * (k + k / 32);
  run = simulate_matmul(array, unit, {"site", m, n, k, 1});
  EXPECT_EQ(run.traffic.weights, 4 * n * (k + k / 32)) << "four blocks of 128 tokens";
  EXPECT_EQ(run.traffic.activations, m * (k + k / 32));
}

TEST(Traffic, ATokenThatNoBufferHoldsIsRefusedWithTheBufferToEnlarge) {
  ArrayConfig array;
  array.buffers.activation_bytes = 100;
  try {
    simulate_matmul(array, unit_format(preset("int8"), 1), {"layers.0.mlp.down", 4, 4, 1000, 1});
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("layers.0.mlp.down"), HasSubstr("buffers.activation_bytes"), HasSubstr("1004")));
  }
  array = ArrayConfig();
  array.buffers.partial_sum_bytes = 63;
  EXPECT_THROW(simulate_matmul(array, unit_format(preset("int8"), 1), {"site", 4, 4, 1000, 1}), InputError);
  EXPECT_NO_THROW(simulate_matmul(array, unit_format(preset("int8"), 1), {"site", 4, 4, 500, 1})) << "one tile of K keeps no partial sums";
  EXPECT_THROW(simulate_matmul(array, unit_format(preset("int8"), 1), {"site", 0, 4, 500, 1}), InputError);
}

TEST(ModelRun, CountsMultiplyAndSitesAdd) {
  const ArrayConfig array;
  const UnitFormat unit = unit_format(preset("int8"), 3);
  const ArrayRun up = simulate_matmul(array, unit, {"up", 5, 100, 300, 1});
  const ArrayRun down = simulate_matmul(array, unit, {"down", 5, 300, 100, 1});
  std::size_t simulated = 0;
  const ModelRun model = simulate_sites(array, unit, {{"gate", 5, 100, 300, 4}, {"up", 5, 100, 300, 4}, {"down", 5, 300, 100, 4}},
                                        [&](std::size_t done, std::size_t) { simulated = done; });
  EXPECT_EQ(simulated, 2u) << "gate and up have one shape";
  EXPECT_EQ(model.total.cycles, 8 * up.cycles + 4 * down.cycles);
  EXPECT_EQ(model.total.macs, 12 * 5 * 100 * 300);
  EXPECT_EQ(model.total.traffic.total(), 8 * up.traffic.total() + 4 * down.traffic.total());
  EXPECT_EQ(model.sites[1].run.stalls.total(), 4 * up.stalls.total());
  EXPECT_LE(model.total.utilization(), 1.0);
  EXPECT_EQ(simulate_sites(array, unit, {}).total.cycles, 0);
  EXPECT_THROW(simulate_sites(array, unit, {{"x", 1, 1, 1, -1}}), InputError);
}

TEST(ModelRun, UnitsThatHoldWeightsWorkOnceForEachToken) {
  const ArrayConfig array;  // 32 lanes
  const ArrayRun run = simulate_matmul(array, unit_format(preset("int8"), 1), {"site", 10, 17, 33, 1});
  EXPECT_EQ(run.unit_operations, 10 * 17 * 2) << "K = 33 takes two units of a column";
  EXPECT_EQ(run.unit_cycles, run.cycles * 256);
}

}  // namespace
}  // namespace macroscope::system::test
