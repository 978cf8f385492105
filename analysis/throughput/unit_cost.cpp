// SPDX-License-Identifier: Apache-2.0
#include "analysis/throughput/unit_cost.hpp"

#include "analysis/hardware/characterisation.hpp"

namespace macroscope::throughput {

UnitCost unit_cost(const hardware::Characterisation& unit) {
  UnitCost cost;
  cost.latency = unit.depth.stages();
  if (!unit.depth.glitch) {
    cost.method = unit.energy_reason.empty() ? "the unit's energy was not measured in " + unit.technology : unit.energy_reason;
    return cost;
  }
  cost.operation = unit.depth.glitch->total;
  cost.idle = unit.depth.glitch->clock + unit.depth.glitch->leakage;
  cost.method = "gate-level energy with glitches in " + unit.technology;
  return cost;
}

}  // namespace macroscope::throughput
