// SPDX-License-Identifier: Apache-2.0
#include "sim/system/weight_loader.hpp"

#include <algorithm>

namespace macroscope::system {

WeightLoader::WeightLoader(const sc_core::sc_module_name& name, const CycleClock& clock, MemoryPort& memory)
    : ClockedModule(name, clock), memory_(memory), arriving_("arriving", clock), swapping_("swapping", clock), full_("full", clock) {
  SC_HAS_PROCESS(WeightLoader);
  SC_THREAD(load);
}

void WeightLoader::begin(const ArrayConfig& array, const UnitFormat& unit, const TilePlan& plan) {
  plan_ = &plan;
  rows_ = array.rows;
  columns_ = array.columns;
  latency_ = unit.latency;
  const std::int64_t full_row = (array.columns * unit.weight.bits(0, array.lanes) + 7) / 8;
  capacity_ = array.buffers.weight_rows * full_row + array.memory.burst_bytes;
  total_ = plan.total_weight_bytes();
  requested_ = 0;
  arrivals_.clear();
  written_ = StampedTotal();
  last_write_ = -1;
  row_end_ = 0;
  tiles_full_ = tiles_swapped_ = 0;
  start_.notify(sc_core::SC_ZERO_TIME);
}

std::int64_t WeightLoader::wanted(Cycle cycle) {
  const std::int64_t burst = std::min(memory_.config().burst_bytes, total_ - requested_);
  return requested_ - written_.at(cycle) + burst <= capacity_ ? burst : 0;
}

void WeightLoader::granted(Cycle cycle, std::int64_t bytes, Cycle done) {
  requested_ += bytes;
  arrivals_.push_back({requested_, done + memory_.config().latency});
  arriving_.announce(cycle + 1);
}

void WeightLoader::load() {
  for (;;) {
    sc_core::wait(start_);
    wait_until(0);
    for (std::int64_t index = 0; index < plan_->tiles(); ++index) load_tile(index);
  }
}

void WeightLoader::load_tile(std::int64_t index) {
  const Tile tile = plan_->tile(index);
  for (std::int64_t row = 0; row < rows_; ++row) {
    const std::int64_t bytes = plan_->weight_row_bytes(tile.n, tile.k, row);
    row_end_ += bytes;
    Cycle write = std::max(last_write_ + 1, arrival_of(row_end_));
    if (index > 0) write = std::max(write, last_swap_before(index) + row * latency_ + columns_);
    wait_until(write);
    last_write_ = write;
    written_.add(write + 1, bytes);
    if (bytes > 0) memory_.poke(write + 1);
  }
  tiles_full_ = index + 1;
  full_cycle_ = last_write_ + 1;
  full_.announce(full_cycle_);
}

Cycle WeightLoader::arrival_of(std::int64_t cumulative_bytes) {
  for (;;) {
    while (!arrivals_.empty() && arrivals_.front().cumulative_bytes < cumulative_bytes) arrivals_.pop_front();
    if (!arrivals_.empty()) return arrivals_.front().cycle;
    arriving_.await();
  }
}

Cycle WeightLoader::last_swap_before(std::int64_t tile) {
  while (tiles_swapped_ < tile) swapping_.await();
  return swap_cycle_;
}

Cycle WeightLoader::await_full(std::int64_t tile) {
  while (tiles_full_ <= tile) full_.await();
  return full_cycle_;
}

void WeightLoader::swapped(std::int64_t tile, Cycle cycle) {
  tiles_swapped_ = tile + 1;
  swap_cycle_ = cycle;
  swapping_.announce(cycle + 1);
}

}  // namespace macroscope::system
