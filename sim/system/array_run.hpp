// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace macroscope::system {

/// Cycles in which no token entered the array although tokens remained, each under the first reason that held.
struct StallCycles {
  std::int64_t first_load = 0;    ///< the first tile's weights, which nothing hides
  std::int64_t weights = 0;       ///< a later tile's weights
  std::int64_t activations = 0;   ///< the token's activations are still in memory
  std::int64_t partial_sums = 0;  ///< the token's partial sums of the tile before are still in the array
  std::int64_t outputs = 0;       ///< the output buffer is full

  [[nodiscard]] std::int64_t total() const { return first_load + weights + activations + partial_sums + outputs; }
};

/// Bytes through the memory port. Partial sums stay on the chip.
struct MemoryTraffic {
  std::int64_t weights = 0;
  std::int64_t activations = 0;
  std::int64_t outputs = 0;

  [[nodiscard]] std::int64_t total() const { return weights + activations + outputs; }
};

/// What one simulated product, or the sum of several run one after the other, took. cycles = compute_cycles +
/// stalls.total() + drain_cycles, always.
struct ArrayRun {
  std::int64_t cycles = 0;          ///< from the first memory request to the last result's last byte in memory
  std::int64_t compute_cycles = 0;  ///< in which a token entered
  StallCycles stalls;
  std::int64_t drain_cycles = 0;    ///< after the last token entered
  std::int64_t macs = 0;            ///< multiplications of the matrices, padding not counted
  std::int64_t unit_operations = 0; ///< operations of units that held weights
  std::int64_t unit_cycles = 0;     ///< cycles * rows * columns
  std::int64_t lanes = 0;           ///< of a unit
  MemoryTraffic traffic;

  /// MACs done of those that all lanes could have done in the time.
  [[nodiscard]] double utilization() const {
    return unit_cycles == 0 ? 0.0 : static_cast<double>(macs) / (static_cast<double>(unit_cycles) * static_cast<double>(lanes));
  }

  /// Adds `times` repetitions of `run`.
  void add(const ArrayRun& run, std::int64_t times);
};

inline void ArrayRun::add(const ArrayRun& run, std::int64_t times) {
  cycles += times * run.cycles;
  compute_cycles += times * run.compute_cycles;
  stalls.first_load += times * run.stalls.first_load;
  stalls.weights += times * run.stalls.weights;
  stalls.activations += times * run.stalls.activations;
  stalls.partial_sums += times * run.stalls.partial_sums;
  stalls.outputs += times * run.stalls.outputs;
  drain_cycles += times * run.drain_cycles;
  macs += times * run.macs;
  unit_operations += times * run.unit_operations;
  unit_cycles += times * run.unit_cycles;
  lanes = run.lanes;
  traffic.weights += times * run.traffic.weights;
  traffic.activations += times * run.traffic.activations;
  traffic.outputs += times * run.traffic.outputs;
}

}  // namespace macroscope::system
