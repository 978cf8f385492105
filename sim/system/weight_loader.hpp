// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <vector>

#include "sim/system/cycle_clock.hpp"
#include "sim/system/memory_port.hpp"
#include "sim/system/tile_plan.hpp"

namespace macroscope::system {

/// Brings weights from memory through a FIFO of array rows into the shadow registers, one array row a cycle. A shadow row
/// is written again once the swap of the tile before has passed its last column: C cycles after it reached the row, which
/// is L cycles a row after the swap began. Rows without weights are written too, with zeros that cost no memory.
class WeightLoader : public ClockedModule, public MemoryClient {
 public:
  WeightLoader(const sc_core::sc_module_name& name, const CycleClock& clock, MemoryPort& memory);

  void begin(const ArrayConfig& array, const UnitFormat& unit, const TilePlan& plan);

  std::int64_t wanted(Cycle cycle) override;
  void granted(Cycle cycle, std::int64_t bytes, Cycle done) override;

  /// Suspends the calling process until the shadow registers hold all of the next tile; returns that cycle's number.
  Cycle await_full(std::int64_t tile);
  /// The array began to swap to `tile` in `cycle`.
  void swapped(std::int64_t tile, Cycle cycle);

  [[nodiscard]] std::int64_t bytes_read() const { return requested_; }

 private:
  void load();
  void load_tile(std::int64_t index);
  Cycle arrival_of(std::int64_t cumulative_bytes);
  Cycle last_swap_before(std::int64_t tile);

  MemoryPort& memory_;
  const TilePlan* plan_ = nullptr;
  std::int64_t rows_ = 0, columns_ = 0, latency_ = 0, capacity_ = 0;
  std::int64_t total_ = 0, requested_ = 0;

  struct Arrival {
    std::int64_t cumulative_bytes;
    Cycle cycle;
  };
  std::deque<Arrival> arrivals_;
  StampedTotal written_;  ///< bytes that left the FIFO
  Cycle last_write_ = -1;
  std::int64_t row_end_ = 0;
  std::int64_t tiles_full_ = 0, tiles_swapped_ = 0;
  Cycle full_cycle_ = 0, swap_cycle_ = 0;

  sc_core::sc_event start_;
  Announcement arriving_, swapping_, full_;
};

}  // namespace macroscope::system
