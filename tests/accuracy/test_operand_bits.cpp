// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "analysis/accuracy/operand_bits.hpp"
#include "tests/workloads/small_llama.hpp"

namespace macroscope::accuracy {
namespace {

const std::filesystem::path macs = std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "configs" / "mac";

TEST(OperandBits, ABlockOf32SharesEightBitsAndARowShares32) {
  const auto mx = datapath::load_mac_spec("mxint8", macs), int8 = datapath::load_mac_spec("int8", macs);
  EXPECT_DOUBLE_EQ(bits_per_element(mx.weight, 10, 64), 8.25);
  EXPECT_DOUBLE_EQ(bits_per_element(mx.weight, 10, 40), 8 + 2 * 8 / 40.0) << "an incomplete block has a scale too";
  EXPECT_DOUBLE_EQ(bits_per_element(int8.weight, 10, 64), 8.5);
  EXPECT_DOUBLE_EQ(bits_per_element(datapath::load_mac_spec("bf16", macs).weight, 10, 64), 16);
  const auto weight = [&](const char* name) { return datapath::load_mac_spec(name, macs).weight; };
  EXPECT_DOUBLE_EQ(bits_per_element(weight("nvfp4"), 10, 64), 4.5 + 32 / 640.0) << "and the tensor's scale";
  EXPECT_DOUBLE_EQ(bits_per_element(weight("w3a16_kmeans"), 10, 64), 3 + 8 * 16 / 64.0) << "a row's table";
  EXPECT_DOUBLE_EQ(bits_per_element(weight("w2a16_aqlm"), 100, 64), 2 + 16 / 64.0 + 2 * 256 * 8 * 16 / 6400.0) << "a row's scale, and the books";
  EXPECT_DOUBLE_EQ(bits_per_element(weight("w2a16_aqlm"), 100, 60), 8 * 16 / 60.0 + 16 / 60.0 + 2 * 256 * 8 * 16 / 6000.0) << "an incomplete last vector has whole codes";
  EXPECT_DOUBLE_EQ(bits_per_element(weight("w3a8_pvq"), 10, 64), 44 / 16.0 + 8 / 16.0 + 32 / 640.0);
}

TEST(OperandBits, AreMeansOverTheMatricesOnTheDatapath) {
  const auto config = tests::small_config();
  const workloads::Llama model(config, tests::random_weights(config));
  const auto bits = operand_bits(datapath::load_mac_spec("int8", macs), model, workloads::SitesPolicy::linear);
  // Rows x K of a layer: q 48x24, k and v 16x24, o 24x48, gate and up 40x24, down 24x40; one scale a row.
  const double rows = 48 + 16 + 16 + 24 + 40 + 40 + 24;
  const double weights = (48 + 16 + 16) * 24 + 24 * 48 + 2 * 40 * 24 + 24 * 40;
  EXPECT_NEAR(bits.weight, 8 + 32 * rows / weights, 1e-12);
  EXPECT_NEAR(bits.activation, 8 + 32 * 7 / (5 * 24.0 + 48 + 40), 1e-12) << "a token brings one row into each of seven sites";
  EXPECT_EQ(operand_bits(datapath::load_mac_spec("fp32", macs), model, workloads::SitesPolicy::linear).weight, 32);
}

}  // namespace
}  // namespace macroscope::accuracy
