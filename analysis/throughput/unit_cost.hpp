// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "analysis/hardware/units.hpp"

namespace macroscope::hardware {
struct Characterisation;
}

namespace macroscope::throughput {

/// What a MAC unit costs each cycle, as far as the array's joules depend on it.
struct UnitCost {
  int latency = 1;                                          ///< pipeline stages
  std::optional<hardware::Picojoules> operation;            ///< one cycle of a unit at work, all lanes, clock and leakage included
  std::optional<hardware::Picojoules> idle;                 ///< one cycle of a unit whose inputs stand still: clock and leakage
  std::string method;                                       ///< where the energies come from, or why there are none
};

/// From a measured unit: energies with glitches, as its gates switch. A library without power tables gives none.
UnitCost unit_cost(const hardware::Characterisation& unit);

}  // namespace macroscope::throughput
