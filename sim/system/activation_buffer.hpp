// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "sim/system/cycle_clock.hpp"
#include "sim/system/memory_port.hpp"
#include "sim/system/tile_plan.hpp"

namespace macroscope::system {

/// Holds a block of tokens over the whole of K, read from memory once, slice of K by slice, token by token. The next
/// block's slices follow as the last tile of output channels releases theirs.
class ActivationBuffer : public ClockedModule, public MemoryClient {
 public:
  ActivationBuffer(const sc_core::sc_module_name& name, const CycleClock& clock, MemoryPort& memory);

  void begin(const ArrayConfig& array, const TilePlan& plan);

  std::int64_t wanted(Cycle cycle) override;
  void granted(Cycle cycle, std::int64_t bytes, Cycle done) override;

  /// First cycle in which the `cumulative_bytes` first bytes of the stream are there. Suspends the calling process while
  /// the memory has not yet granted them, and returns a cycle not before the one it resumes in.
  Cycle available(std::int64_t cumulative_bytes);
  /// The same without suspending: -1 when not yet granted.
  Cycle available_if_granted(std::int64_t cumulative_bytes);
  /// The slice's last use is in `cycle`.
  void release(Cycle cycle, std::int64_t bytes);

  [[nodiscard]] std::int64_t bytes_read() const { return requested_; }

 private:
  MemoryPort& memory_;
  std::int64_t capacity_ = 0, total_ = 0, requested_ = 0;
  struct Arrival {
    std::int64_t cumulative_bytes;
    Cycle cycle;
  };
  std::deque<Arrival> arrivals_;
  StampedTotal released_;
  Announcement arriving_;
};

}  // namespace macroscope::system
