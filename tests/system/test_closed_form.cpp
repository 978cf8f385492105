// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "sim/system/array_simulator.hpp"
#include "sim/system/closed_form.hpp"

namespace macroscope::system::test {
namespace {

UnitFormat int8_unit(int latency) {
  UnitFormat unit;
  unit.latency = latency;
  return unit;
}

ArrayConfig array_of(std::int64_t rows, std::int64_t columns, int lanes, MemoryConfig memory) {
  ArrayConfig array;
  array.rows = rows;
  array.columns = columns;
  array.lanes = lanes;
  array.memory = memory;
  array.buffers.weight_rows = 2 * rows;
  return array;
}

// 2x2 units of 4 INT8 lanes, latency 1, 8 bytes a cycle in bursts of 8, no memory latency; 4 tokens, N = 2, K = 8.
// An array row is 2 columns x 4 weights = 8 bytes = one burst; so is a token's slice of K, and a token's two FP32 results.
//   cycle  port     shadow  array                      output buffer
//   0      W row 0
//   1      A 0      row 0
//   2      W row 1
//   3      A 1      row 1
//   4      A 2              swap
//   5      A 3              token 0 enters
//   6                       token 1 enters
//   7                       token 2 enters
//   8                       token 3; 0's sums complete
//   9      write 0          1's sums complete          0
//   10     write 1          2's sums complete          1
//   11     write 2          3's sums complete          2
//   12     write 3                                     3       13 cycles in all
TEST(ClosedForm, AgreesWithTheScheduleWorkedByHand) {
  const ArrayConfig array = array_of(2, 2, 4, {8, 0, 8});
  const MatmulShape shape{"by hand", 4, 2, 8, 1};
  const ClosedForm form = stall_free(array, int8_unit(1), shape);
  EXPECT_EQ(form.load, 5);
  EXPECT_EQ(form.entry, 4);
  EXPECT_EQ(form.drain, 4);
  EXPECT_EQ(form.cycles, 13);
  const ArrayRun run = simulate_matmul(array, int8_unit(1), shape);
  EXPECT_EQ(run.cycles, 13);
  EXPECT_EQ(run.stalls.first_load, 5);
  EXPECT_EQ(run.compute_cycles, 4);
  EXPECT_EQ(run.drain_cycles, 4);
  EXPECT_EQ(tile_cycles(4, 2, 2, 1), 4 + 2 + 1) << "entry of token 0 in cycle 5 to the sums of token 3 in cycle 11";
  EXPECT_DOUBLE_EQ(run.utilization(), 64.0 / (13 * 16));
}

TEST(ClosedForm, EqualsTheSimulationOnEveryStallFreeSizeOfAGrid) {
  int compared = 0, chains_that_wait = 0;
  for (const auto& [rows, columns] : {std::pair{1, 1}, {1, 5}, {2, 2}, {4, 3}, {3, 7}, {16, 16}})
    for (const int latency : {1, 2, 3, 4})
      for (const std::int64_t m : {1, 2, 7, 16, 33, 130})
        for (const std::int64_t n_tiles : {1, 2, 3})
          for (const std::int64_t k_tiles : {1, 2, 3})
            for (const MemoryConfig& memory : {MemoryConfig{65536, 0, 65536}, MemoryConfig{65536, 40, 4096}, MemoryConfig{4096, 7, 1024}}) {
              const ArrayConfig array = array_of(rows, columns, 4, memory);
              const UnitFormat unit = int8_unit(latency);
              const MatmulShape shape{"grid", m, n_tiles * columns, k_tiles * rows * 4, 1};
              const ArrayRun run = simulate_matmul(array, unit, shape);
              const ClosedForm form = stall_free(array, unit, shape);
              EXPECT_GE(run.cycles, form.cycles) << "no schedule is shorter than the stall-free one";
              if (run.stalls.weights + run.stalls.activations + run.stalls.outputs > 0) continue;
              ++compared;
              chains_that_wait += form.partial_sums > 0;
              const std::string what = std::to_string(m) + "x" + std::to_string(shape.n) + "x" + std::to_string(shape.k) + " on " +
                                       std::to_string(rows) + "x" + std::to_string(columns) + ", latency " + std::to_string(latency);
              EXPECT_EQ(run.cycles, form.cycles) << what;
              EXPECT_EQ(run.stalls.first_load, form.load) << what;
              EXPECT_EQ(run.stalls.partial_sums, form.partial_sums) << what;
              EXPECT_EQ(run.drain_cycles, form.drain) << what;
            }
  EXPECT_GT(compared, 1000);
  EXPECT_GT(chains_that_wait, 100);
}

TEST(Decode, OneTokenOnTheDefaultArrayTakesTheTimeThatMemoryNeedsForTheWeights) {
  const ArrayConfig array;
  const MatmulShape decode{"layers.0.mlp.up", 1, 1536, 576, 1};
  const ArrayRun run = simulate_matmul(array, int8_unit(3), decode);
  const std::int64_t port = run.traffic.total() / array.memory.bytes_per_cycle;
  EXPECT_GE(run.cycles, port) << "the port moves at most 64 bytes a cycle";
  EXPECT_LE(run.cycles, port * 102 / 100);
  EXPECT_GT(run.cycles, 2 * stall_free(array, int8_unit(3), decode).cycles);
  EXPECT_GT(run.stalls.weights, run.cycles * 9 / 10);
}

TEST(Decode, SwapsAreAWholeWaveApartSoADeeperPipelineDecodesANarrowModelMoreSlowly) {
  ArrayConfig array;
  array.memory.bytes_per_cycle = 4096;  // not memory, the wave sets the pace
  array.memory.burst_bytes = 4096;
  const MatmulShape narrow{"layers.0.attn.q", 1, 1600, 192, 1};  // a hundred tiles of one token
  for (const int latency : {1, 2, 3, 4}) {
    const ArrayRun run = simulate_matmul(array, int8_unit(latency), narrow);
    const std::int64_t wave = 15 * latency + 16 + 1;
    EXPECT_EQ(run.stalls.weights + run.compute_cycles, 99 * wave + 1) << "99 swaps after the first, each a wave after the last";
  }
}

}  // namespace
}  // namespace macroscope::system::test
