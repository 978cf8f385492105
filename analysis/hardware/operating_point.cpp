// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/operating_point.hpp"

#include <algorithm>

namespace macroscope::hardware {

OperatingPoint operating_point(const CellLibrary& library) {
  const Cell& inverter = library.inverter();
  const double load = 4 * inverter.inputs.front().capacitance.value();
  const TimingArc& arc = inverter.outputs.front().arcs.front();
  double slew = 0;
  for (int i = 0; i < 20; ++i) {  // a chain of such inverters settles at a slew of its own: a contraction, 20 steps are plenty
    slew = 0.5 * (arc.rise_transition.at(load, slew) + arc.fall_transition.at(load, slew));
  }
  const Cell& flip_flop = library.flip_flop();
  double delay = 0;
  for (const TimingArc& a : flip_flop.outputs.front().arcs) {
    delay = std::max({delay, a.cell_rise.at(load, slew), a.cell_fall.at(load, slew)});
  }
  return {Nanoseconds(slew), Picofarads(load), Nanoseconds(delay)};
}

}  // namespace macroscope::hardware
