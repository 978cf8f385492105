// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "sim/system/cycle_clock.hpp"
#include "sim/system/memory_port.hpp"
#include "sim/system/tile_plan.hpp"

namespace macroscope::system {

/// Collects converted results as they leave the array and writes them to memory in whole bursts (the product's last one
/// may be shorter). Room for a result is reserved when its token enters the array.
class OutputDrain : public ClockedModule, public MemoryClient {
 public:
  OutputDrain(const sc_core::sc_module_name& name, const CycleClock& clock, MemoryPort& memory);

  void begin(const ArrayConfig& array, const UnitFormat& unit, const TilePlan& plan);

  std::int64_t wanted(Cycle cycle) override;
  void granted(Cycle cycle, std::int64_t bytes, Cycle done) override;

  /// Bytes that may be reserved in `cycle`.
  [[nodiscard]] std::int64_t room(Cycle cycle);
  /// Suspends the calling process until room grows; returns the cycle in which it resumes.
  Cycle await_room() { return freed_.await(); }
  /// `tokens` tokens enter in successive cycles and their results of `bytes` each can be written from cycle `first` on,
  /// one more each cycle.
  void collect(std::int64_t tokens, std::int64_t bytes, Cycle first);

  [[nodiscard]] std::int64_t bytes_written() const { return requested_; }
  /// The cycle after the last one of the last burst.
  [[nodiscard]] Cycle finished() const { return finished_; }

 private:
  struct Arriving {
    Cycle first;
    std::int64_t tokens;
    std::int64_t bytes;
  };
  std::int64_t arrived(Cycle cycle);
  /// First cycle in which `cumulative_bytes` have arrived, -1 when their tokens have not entered yet.
  [[nodiscard]] Cycle arrival_of(std::int64_t cumulative_bytes) const;

  MemoryPort& memory_;
  std::int64_t capacity_ = 0, total_ = 0, requested_ = 0, reserved_ = 0;
  std::int64_t settled_ = 0;  ///< bytes of runs that have arrived whole
  std::deque<Arriving> runs_;
  StampedTotal written_;
  Cycle finished_ = 0;
  Cycle poked_ = -1;  ///< latest cycle the port was told of
  Announcement freed_;
};

}  // namespace macroscope::system
