// SPDX-License-Identifier: Apache-2.0
#include "sim/system/activation_buffer.hpp"

#include <algorithm>

namespace macroscope::system {

ActivationBuffer::ActivationBuffer(const sc_core::sc_module_name& name, const CycleClock& clock, MemoryPort& memory)
    : ClockedModule(name, clock), memory_(memory), arriving_("arriving", clock) {}

void ActivationBuffer::begin(const ArrayConfig& array, const TilePlan& plan) {
  capacity_ = array.buffers.activation_bytes + array.memory.burst_bytes;
  total_ = plan.total_activation_bytes();
  requested_ = 0;
  arrivals_.clear();
  released_ = StampedTotal();
}

std::int64_t ActivationBuffer::wanted(Cycle cycle) {
  const std::int64_t burst = std::min(memory_.config().burst_bytes, total_ - requested_);
  return requested_ - released_.at(cycle) + burst <= capacity_ ? burst : 0;
}

void ActivationBuffer::granted(Cycle cycle, std::int64_t bytes, Cycle done) {
  requested_ += bytes;
  arrivals_.push_back({requested_, done + memory_.config().latency});
  arriving_.announce(cycle + 1);
}

Cycle ActivationBuffer::available_if_granted(std::int64_t cumulative_bytes) {
  while (!arrivals_.empty() && arrivals_.front().cumulative_bytes < cumulative_bytes) arrivals_.pop_front();
  return arrivals_.empty() ? -1 : arrivals_.front().cycle;
}

Cycle ActivationBuffer::available(std::int64_t cumulative_bytes) {
  Cycle cycle = available_if_granted(cumulative_bytes);
  while (cycle < 0) {
    arriving_.await();
    cycle = available_if_granted(cumulative_bytes);
  }
  return cycle;
}

void ActivationBuffer::release(Cycle cycle, std::int64_t bytes) {
  released_.add(cycle + 1, bytes);
  memory_.poke(cycle + 1);
}

}  // namespace macroscope::system
