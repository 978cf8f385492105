// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "analysis/hardware/activity.hpp"

namespace macroscope::hardware {

enum class DelayModel {
  settled,  ///< zero delay: each net toggles at most once a cycle
  glitch,   ///< inertial delays from the Liberty tables
};

/// Mean energy of one clock cycle of a unit, and where it goes.
struct CycleEnergy {
  Picojoules total;
  std::optional<Picojoules> ci95;  ///< half width from the spread of batch means (Student's t); none with fewer than 2 batches
  Picojoules internal;             ///< gates
  Picojoules switching;            ///< C V^2 / 2 of all nets, the unit's inputs among them
  Picojoules registers;            ///< flip-flops: data, state, clock edges
  Picojoules clock;                ///< the part of a cycle that doesn't depend on data: clock pins and idle flip-flops
  Picojoules leakage;
  double toggles = 0;              ///< per cycle
};

/// Energy of one cycle at `period`, averaged over all batches of `stimulus` but the first, which warms the unit up.
/// Precondition: at least two batches. `outputs` as in the simulations.
CycleEnergy measure_energy(const Netlist& netlist, const NetCosts& costs, const Stimulus& stimulus, DelayModel model,
                           Nanoseconds period, int threads = 1, OutputTrace* outputs = nullptr);

}  // namespace macroscope::hardware
