// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/system/array_config.hpp"
#include "sim/system/cycle_clock.hpp"

namespace macroscope::system {

/// A stream that reads or writes memory in bursts.
class MemoryClient {
 public:
  virtual ~MemoryClient() = default;
  /// Bytes of the burst it asks for in `cycle`, 0 for none. A client that will want one at a known later cycle says so to
  /// the port by MemoryPort::poke.
  virtual std::int64_t wanted(Cycle cycle) = 0;
  /// The burst of `bytes` began in `cycle` and its last beat ends before `done`.
  virtual void granted(Cycle cycle, std::int64_t bytes, Cycle done) = 0;
};

/// One port of `bytes_per_cycle`, shared by all clients: a burst holds it for ceil(bytes / bytes_per_cycle) cycles, then the
/// next client in turn that wants one gets it (round robin, beginning after the last served).
class MemoryPort : public ClockedModule {
 public:
  MemoryPort(const sc_core::sc_module_name& name, const CycleClock& clock);

  void begin(const MemoryConfig& config, std::vector<MemoryClient*> clients);

  /// Something may be wanted from `cycle` on.
  void poke(Cycle cycle) { work_.announce(cycle); }

  [[nodiscard]] const MemoryConfig& config() const { return config_; }

 private:
  void serve();
  bool grant(Cycle cycle, Cycle& free_again);

  MemoryConfig config_;
  std::vector<MemoryClient*> clients_;
  std::size_t next_ = 0;
  Announcement work_;
};

}  // namespace macroscope::system
