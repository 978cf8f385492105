// SPDX-License-Identifier: Apache-2.0
#include "sim/system/memory_port.hpp"

#include <utility>

namespace macroscope::system {

MemoryPort::MemoryPort(const sc_core::sc_module_name& name, const CycleClock& clock)
    : ClockedModule(name, clock), work_("work", clock) {
  SC_HAS_PROCESS(MemoryPort);
  SC_THREAD(serve);
}

void MemoryPort::begin(const MemoryConfig& config, std::vector<MemoryClient*> clients) {
  config_ = config;
  clients_ = std::move(clients);
  next_ = 0;
  poke(0);
}

void MemoryPort::serve() {
  for (;;) {
    Cycle cycle = work_.await();
    Cycle free_again = cycle;
    while (grant(cycle, free_again)) {
      wait_until(free_again);
      cycle = free_again;
    }
  }
}

bool MemoryPort::grant(Cycle cycle, Cycle& free_again) {
  for (std::size_t turn = 0; turn < clients_.size(); ++turn) {
    const std::size_t candidate = (next_ + turn) % clients_.size();
    const std::int64_t bytes = clients_[candidate]->wanted(cycle);
    if (bytes == 0) continue;
    next_ = (candidate + 1) % clients_.size();
    free_again = cycle + (bytes + config_.bytes_per_cycle - 1) / config_.bytes_per_cycle;
    clients_[candidate]->granted(cycle, bytes, free_again);
    return true;
  }
  return false;
}

}  // namespace macroscope::system
