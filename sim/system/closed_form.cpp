// SPDX-License-Identifier: Apache-2.0
#include "sim/system/closed_form.hpp"

#include <algorithm>

#include "sim/system/tile_plan.hpp"

namespace macroscope::system {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Beats of the first `bytes` of a stream of `total` bytes that is cut into bursts.
std::int64_t beats_of(std::int64_t bytes, const MemoryConfig& memory) {
  const std::int64_t whole = bytes / memory.burst_bytes;
  return whole * ceil_div(memory.burst_bytes, memory.bytes_per_cycle) + ceil_div(bytes - whole * memory.burst_bytes, memory.bytes_per_cycle);
}

std::int64_t first_load(const ArrayConfig& array, const TilePlan& plan) {
  const MemoryConfig& memory = array.memory;
  const std::int64_t tile = plan.weight_tile_bytes(0, 0);
  const std::int64_t weights = plan.total_weight_bytes(), activations = plan.total_activation_bytes();
  std::int64_t full = 0, rows_before = 0, bytes_before = 0;
  for (std::int64_t i = 0; i * memory.burst_bytes < tile; ++i) {
    const std::int64_t weights_after = std::min(weights, (i + 1) * memory.burst_bytes);
    const std::int64_t activations_before = std::min(activations, i * memory.burst_bytes);
    const std::int64_t there = beats_of(weights_after, memory) + beats_of(activations_before, memory) + memory.latency;
    full = std::max(full, there + array.rows - rows_before);
    // Rows that burst i completes need not wait for later bursts.
    while (rows_before < array.rows && bytes_before + plan.weight_row_bytes(0, 0, rows_before) <= weights_after)
      bytes_before += plan.weight_row_bytes(0, 0, rows_before++);
  }
  return full + 1;
}

}  // namespace

ClosedForm stall_free(const ArrayConfig& array, const UnitFormat& unit, const MatmulShape& shape) {
  const TilePlan plan(array, unit, shape);
  const std::int64_t distance = array.rows * unit.latency + array.columns;
  ClosedForm form;
  form.load = first_load(array, plan);
  form.entry = plan.n_tiles() * ((plan.k_tiles() - 1) * std::max(shape.m, distance) + shape.m);
  form.partial_sums = plan.n_tiles() * (plan.k_tiles() - 1) * std::max<std::int64_t>(0, distance - shape.m);
  const std::int64_t written = plan.total_output_bytes();
  const std::int64_t last = (written - 1) % array.memory.burst_bytes + 1;
  form.drain = distance - 1 + ceil_div(last, array.memory.bytes_per_cycle);
  form.cycles = form.load + form.entry + form.drain;
  return form;
}

}  // namespace macroscope::system
