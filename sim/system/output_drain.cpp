// SPDX-License-Identifier: Apache-2.0
#include "sim/system/output_drain.hpp"

#include <algorithm>

namespace macroscope::system {

OutputDrain::OutputDrain(const sc_core::sc_module_name& name, const CycleClock& clock, MemoryPort& memory)
    : ClockedModule(name, clock), memory_(memory), freed_("freed", clock) {}

void OutputDrain::begin(const ArrayConfig& array, const UnitFormat& unit, const TilePlan& plan) {
  const std::int64_t row = (array.columns * unit.output_bits + 7) / 8;
  capacity_ = std::max(array.buffers.output_bytes, row) + array.memory.burst_bytes;
  total_ = plan.total_output_bytes();
  requested_ = reserved_ = settled_ = 0;
  runs_.clear();
  written_ = StampedTotal();
  finished_ = 0;
  poked_ = -1;
}

std::int64_t OutputDrain::arrived(Cycle cycle) {
  while (!runs_.empty() && runs_.front().first + runs_.front().tokens - 1 <= cycle) {
    settled_ += runs_.front().tokens * runs_.front().bytes;
    runs_.pop_front();
  }
  std::int64_t bytes = settled_;
  for (const Arriving& run : runs_) {
    if (run.first > cycle) break;
    bytes += (cycle - run.first + 1) * run.bytes;
  }
  return bytes;
}

Cycle OutputDrain::arrival_of(std::int64_t cumulative_bytes) const {
  std::int64_t before = settled_;
  for (const Arriving& run : runs_) {
    const std::int64_t after = before + run.tokens * run.bytes;
    if (after >= cumulative_bytes) return run.first + (cumulative_bytes - before + run.bytes - 1) / run.bytes - 1;
    before = after;
  }
  return -1;
}

std::int64_t OutputDrain::wanted(Cycle cycle) {
  const std::int64_t burst = std::min(memory_.config().burst_bytes, total_ - requested_);
  if (burst == 0 || arrived(cycle) >= requested_ + burst) return burst;
  const Cycle later = arrival_of(requested_ + burst);
  if (later > poked_) memory_.poke(poked_ = later);
  return 0;
}

void OutputDrain::granted(Cycle, std::int64_t bytes, Cycle done) {
  requested_ += bytes;
  written_.add(done, bytes);
  freed_.announce(done);
  finished_ = done;
}

std::int64_t OutputDrain::room(Cycle cycle) { return capacity_ - (reserved_ - written_.at(cycle)); }

void OutputDrain::collect(std::int64_t tokens, std::int64_t bytes, Cycle first) {
  reserved_ += tokens * bytes;
  runs_.push_back({first, tokens, bytes});
  memory_.poke(clock_.now() + 1);
}

}  // namespace macroscope::system
