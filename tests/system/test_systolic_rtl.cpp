// SPDX-License-Identifier: Apache-2.0
// rtl/array/systolic_array.sv, verilated, between the oracle's memory: the cycles are the SystemC model's, the results the
// golden model's.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <string>

#include "sim/system/array_simulator.hpp"
#include "sim/system/closed_form.hpp"
#include "tests/system/cycle_environment.hpp"
#include "tests/system/verilated_array.hpp"

#include "Vint8_2x2_l1.h"
#include "Vint8_4x3_l2.h"
#include "Vfp8_2x3_l3.h"
#include "Vexact_2x2_l2.h"
#include "Vmxint8_2x1_l4.h"

namespace macroscope::system::test {
namespace {

const std::string source = MACROSCOPE_SOURCE_DIR;

struct Case {
  std::string spec;
  ArrayConfig array;
  int latency;
};

ArrayConfig small_array(std::int64_t rows, std::int64_t columns, int lanes) {
  ArrayConfig array;
  array.rows = rows;
  array.columns = columns;
  array.lanes = lanes;
  array.buffers.weight_rows = 2 * rows;
  return array;
}

datapath::QuantizedMatrix random_matrix(const datapath::OperandSpec& operand, std::int64_t rows, std::int64_t cols, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, 1.0f);
  std::vector<float> values(static_cast<std::size_t>(rows * cols));
  for (float& value : values) value = normal(random) * (random() % 64 == 0 ? 8.0f : 1.0f);
  return datapath::quantize(operand, values.data(), rows, cols, cols);
}

datapath::PsumBits golden(const datapath::MacSpec& spec, const datapath::QuantizedMatrix& a, std::int64_t token, const datapath::QuantizedMatrix& b, std::int64_t channel) {
  datapath::PsumBits psum = 0;
  for (std::int64_t group = 0; group * spec.dot.lanes < a.cols; ++group) {
    datapath::UnitInput input = datapath::unit_input(spec, a, token, b, channel, group);
    input.psum = psum;
    psum = datapath::unit_step(spec, input);
  }
  return psum;
}

struct Figures {
  int sizes = 0, stall_free = 0;
  std::int64_t cycles = 0, results = 0;
};

/// One product on the RTL: expects the cycles and stalls of SystemC, the closed form where nothing stalls, and golden sums.
template <class Model>
void compare(const Case& c, const datapath::MacSpec& spec, const MemoryConfig& memory, std::int64_t m, std::int64_t n, std::int64_t k, Figures& figures) {
  ArrayConfig config = c.array;
  config.memory = memory;
  const UnitFormat unit = unit_format(spec, c.latency);
  const MatmulShape shape{"rtl", m, n, k, 1};
  const std::string what = c.spec + ": " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + ", " + std::to_string(memory.bytes_per_cycle) + " B/cycle";
  const auto a = random_matrix(spec.activation, m, k, 1), b = random_matrix(spec.weight, n, k, 2);
  VerilatedArray<Model> rtl(config, spec, a, b);
  std::int64_t results = 0;
  const ArrayRun hardware = run_cycle_by_cycle(config, unit, shape, rtl, [&](std::int64_t n_tile, std::int64_t token) {
    const auto sums = rtl.results();
    for (std::int64_t column = 0; column < config.columns; ++column) {
      const std::int64_t channel = n_tile * config.columns + column;
      if (channel >= n) break;
      ++results;
      ASSERT_EQ(datapath::hex(sums[static_cast<std::size_t>(column)], unit.psum_bits), datapath::hex(golden(spec, a, token, b, channel), unit.psum_bits))
          << what << ": token " << token << ", channel " << channel;
    }
  });
  EXPECT_EQ(results, m * n) << what;
  const ArrayRun simulated = simulate_matmul(config, unit, shape);
  EXPECT_EQ(hardware.cycles, simulated.cycles) << what;
  EXPECT_EQ(hardware.compute_cycles, simulated.compute_cycles) << what;
  EXPECT_EQ(hardware.stalls.first_load, simulated.stalls.first_load) << what;
  EXPECT_EQ(hardware.stalls.weights, simulated.stalls.weights) << what;
  EXPECT_EQ(hardware.stalls.activations, simulated.stalls.activations) << what;
  EXPECT_EQ(hardware.stalls.partial_sums, simulated.stalls.partial_sums) << what;
  EXPECT_EQ(hardware.stalls.outputs, simulated.stalls.outputs) << what;
  if (simulated.stalls.weights + simulated.stalls.activations + simulated.stalls.outputs == 0) {
    EXPECT_EQ(hardware.cycles, stall_free(config, unit, shape).cycles) << what;
    ++figures.stall_free;
  }
  ++figures.sizes;
  figures.cycles += hardware.cycles;
  figures.results += results;
}

/// A grid of sizes, whole and broken tiles, under a memory that never holds up the array and under a slow one.
template <class Model>
void compare_grid(const Case& c) {
  const datapath::MacSpec spec = datapath::load_mac_spec(source + "/" + c.spec, ".");
  const std::int64_t depth = c.array.rows * c.array.lanes, width = c.array.columns;
  Figures figures;
  for (const std::int64_t m : {1, 3, 20, 64})
    for (const std::int64_t n : {width, 2 * width, 2 * width + 1})
      for (const std::int64_t k : {depth, 2 * depth, 3 * depth, 2 * depth + c.array.lanes / 2})
        for (const MemoryConfig& memory : {MemoryConfig{4096, 5, 4096}, MemoryConfig{c.array.lanes / 2, 3, 4 * c.array.lanes}}) {
          compare<Model>(c, spec, memory, m, n, k, figures);
          if (::testing::Test::HasFatalFailure()) return;
        }
  EXPECT_GE(figures.stall_free, 12);
  std::printf("%s, %dx%d, latency %d: %d sizes (%d stall-free, equal to the closed form), %lld cycles, %lld results\n", c.spec.c_str(),
              static_cast<int>(c.array.rows), static_cast<int>(c.array.columns), c.latency, figures.sizes, figures.stall_free,
              static_cast<long long>(figures.cycles), static_cast<long long>(figures.results));
}

TEST(SystolicRtl, Int8TwoByTwo) { compare_grid<Vint8_2x2_l1>({"tests/system/specs/int8_4_lanes.yaml", small_array(2, 2, 4), 1}); }
TEST(SystolicRtl, Int8FourByThreeInTwoStages) { compare_grid<Vint8_4x3_l2>({"tests/system/specs/int8_4_lanes.yaml", small_array(4, 3, 4), 2}); }
TEST(SystolicRtl, AlignedFp8TwoByThreeInThreeStages) { compare_grid<Vfp8_2x3_l3>({"tests/system/specs/fp8_8_lanes.yaml", small_array(2, 3, 8), 3}); }
TEST(SystolicRtl, ExactFp8TwoByTwoInTwoStages) { compare_grid<Vexact_2x2_l2>({"tests/system/specs/fp8_exact_4_lanes.yaml", small_array(2, 2, 4), 2}); }
TEST(SystolicRtl, Mxint8TwoByOneInFourStages) { compare_grid<Vmxint8_2x1_l4>({"configs/mac/mxint8.yaml", small_array(2, 1, 32), 4}); }

}  // namespace
}  // namespace macroscope::system::test
