// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/hardware/net_costs.hpp"
#include "analysis/hardware/stimulus.hpp"

namespace macroscope::hardware {

/// How often each net rose and fell, and what that cost batch by batch.
struct Activity {
  std::vector<uint64_t> rises, falls;     ///< per net
  std::vector<double> batch_energy;       ///< pJ of toggles in each batch, clock and leakage not included
  double hidden_energy = 0;               ///< pJ, over all batches: inputs that toggled without effect on the output

  [[nodiscard]] uint64_t toggles(NetId net) const { return rises[static_cast<size_t>(net)] + falls[static_cast<size_t>(net)]; }
  [[nodiscard]] uint64_t total_toggles() const;
};

/// What a netlist's outputs were at the end of each cycle: ports, then bits, in the netlist's order.
using OutputTrace = std::vector<std::vector<BitSequence>>;

/// Zero-delay ("settled") simulation: a net toggles in a cycle when the value it settles to differs from the cycle before.
/// 64 cycles at a time: in a feed-forward netlist a register is its data one cycle late. `outputs`, if
/// given, receives what the outputs settled to.
Activity simulate_settled(const Netlist& netlist, const NetCosts& costs, const Stimulus& stimulus,
                          OutputTrace* outputs = nullptr);

/// Event-driven simulation with inertial delays ("glitch"): registers change a clock-to-output delay after the edge and
/// inputs at the operating point's input delay; a gate's output follows an input after that arc's delay, unless the input
/// condition is gone before. Each cycle runs until it is quiet. `threads` share the batches; the result doesn't depend on
/// how many they are.
Activity simulate_events(const Netlist& netlist, const NetCosts& costs, const Stimulus& stimulus, int threads = 1,
                         OutputTrace* outputs = nullptr);

}  // namespace macroscope::hardware
