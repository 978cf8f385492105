// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "sim/system/array_simulator.hpp"
#include "tests/system/cycle_environment.hpp"
#include "tests/system/naive_array.hpp"

namespace macroscope::system::test {
namespace {

std::string text(const ArrayConfig& a, const UnitFormat& u, const MatmulShape& s) {
  return std::to_string(s.m) + "x" + std::to_string(s.n) + "x" + std::to_string(s.k) + " on " + std::to_string(a.rows) + "x" +
         std::to_string(a.columns) + " units of " + std::to_string(a.lanes) + " lanes, latency " + std::to_string(u.latency) + ", " +
         std::to_string(a.memory.bytes_per_cycle) + " B/cycle, memory latency " + std::to_string(a.memory.latency) + ", bursts of " +
         std::to_string(a.memory.burst_bytes) + " B";
}

void expect_equal(const ArrayRun& simulated, const ArrayRun& oracle, const std::string& what) {
  EXPECT_EQ(simulated.cycles, oracle.cycles) << what;
  EXPECT_EQ(simulated.compute_cycles, oracle.compute_cycles) << what;
  EXPECT_EQ(simulated.stalls.first_load, oracle.stalls.first_load) << what;
  EXPECT_EQ(simulated.stalls.weights, oracle.stalls.weights) << what;
  EXPECT_EQ(simulated.stalls.activations, oracle.stalls.activations) << what;
  EXPECT_EQ(simulated.stalls.partial_sums, oracle.stalls.partial_sums) << what;
  EXPECT_EQ(simulated.stalls.outputs, oracle.stalls.outputs) << what;
  EXPECT_EQ(simulated.drain_cycles, oracle.drain_cycles) << what;
  EXPECT_EQ(simulated.unit_operations, oracle.unit_operations) << what;
  EXPECT_EQ(simulated.traffic.weights, oracle.traffic.weights) << what;
  EXPECT_EQ(simulated.traffic.activations, oracle.traffic.activations) << what;
  EXPECT_EQ(simulated.traffic.outputs, oracle.traffic.outputs) << what;
}

void expect_sound(const ArrayRun& run, const std::string& what) {
  for (const std::int64_t cycles : {run.compute_cycles, run.stalls.first_load, run.stalls.weights, run.stalls.activations,
                                    run.stalls.partial_sums, run.stalls.outputs, run.drain_cycles})
    EXPECT_GE(cycles, 0) << what;
  EXPECT_EQ(run.cycles, run.compute_cycles + run.stalls.total() + run.drain_cycles) << what;
  EXPECT_GT(run.utilization(), 0.0) << what;
  EXPECT_LE(run.utilization(), 1.0) << what;
}

TEST(SystemCAgainstCycleLoop, EveryCycleAndEveryStallAgreesOnRandomArraysAndMemories) {
  std::mt19937 random(2026);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  StallCycles seen;
  for (int trial = 0; trial < 600 && !::testing::Test::HasFailure(); ++trial) {
    ArrayConfig array;
    array.rows = pick(1, 5);
    array.columns = pick(1, 6);
    array.lanes = static_cast<int>(pick(1, 4)) * 2;
    array.memory = {pick(1, 24), pick(0, 3) * pick(0, 9), pick(4, 80)};
    UnitFormat unit;
    unit.latency = static_cast<int>(pick(1, 4));
    unit.psum_bits = pick(0, 1) ? 32 : 50;
    unit.activation = {static_cast<int>(pick(1, 4)) * 4, pick(0, 1) ? 8 : 0, pick(0, 1) ? array.lanes : 0};
    unit.weight = {static_cast<int>(pick(1, 4)) * 4, pick(0, 1) ? 32 : 0, pick(0, 1) ? array.lanes : 0};
    const MatmulShape shape{"random", pick(1, 40), pick(1, 20), pick(1, 60), 1};
    array.buffers.weight_rows = pick(1, 6);
    array.buffers.activation_bytes = pick(0, 1) ? 1 << 20 : pick(180, 600) ;
    array.buffers.partial_sum_bytes = pick(0, 1) ? 1 << 20 : pick(60, 600);
    array.buffers.output_bytes = pick(1, 400);
    NaiveArray naive(array.rows, array.columns, unit.latency);
    const std::string what = text(array, unit, shape);
    const ArrayRun simulated = simulate_matmul(array, unit, shape);
    expect_equal(simulated, run_cycle_by_cycle(array, unit, shape, naive), what);
    expect_sound(simulated, what);
    seen.first_load += simulated.stalls.first_load;
    seen.weights += simulated.stalls.weights;
    seen.activations += simulated.stalls.activations;
    seen.partial_sums += simulated.stalls.partial_sums;
    seen.outputs += simulated.stalls.outputs;
  }
  // The comparison means something only if every kind of stall came up.
  for (const std::int64_t cycles : {seen.first_load, seen.weights, seen.activations, seen.partial_sums, seen.outputs}) EXPECT_GT(cycles, 100);
}

TEST(SystemCAgainstCycleLoop, TheDefaultArrayAgreesOnALayerOfTheEmbeddedModelsSize) {
  const ArrayConfig array;
  UnitFormat unit;
  unit.latency = 3;
  for (const MatmulShape& shape : {MatmulShape{"gate", 512, 80, 576, 1}, MatmulShape{"gate", 1, 160, 576, 1}, MatmulShape{"down", 64, 40, 1536, 1}}) {
    NaiveArray naive(array.rows, array.columns, unit.latency);
    const std::string what = text(array, unit, shape);
    expect_equal(simulate_matmul(array, unit, shape), run_cycle_by_cycle(array, unit, shape, naive), what);
  }
}

TEST(Simulation, TheSameProductTakesTheSameCyclesWhateverRanBefore) {
  const ArrayConfig array;
  UnitFormat unit;
  unit.latency = 2;
  const MatmulShape shape{"site", 33, 50, 700, 1};
  const ArrayRun first = simulate_matmul(array, unit, shape);
  simulate_matmul(array, unit, {"other", 7, 300, 90, 1});
  expect_equal(simulate_matmul(array, unit, shape), first, "repeated");
}

}  // namespace
}  // namespace macroscope::system::test
