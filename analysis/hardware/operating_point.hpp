// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analysis/hardware/cell_library.hpp"

namespace macroscope::hardware {

/// The surroundings in which every unit of a technology is measured, from a rule that suits any library: what drives and
/// what loads a unit is an inverter with a fan-out of four (FO4).
struct OperatingPoint {
  Nanoseconds slew;         ///< of inputs and clock: the output slew of the smallest inverter that drives four of itself
  Picofarads output_load;   ///< on each output: four input pins of that inverter
  Nanoseconds input_delay;  ///< of inputs after the clock edge: clock to output of the smallest flip-flop under that load
};

OperatingPoint operating_point(const CellLibrary& library);

}  // namespace macroscope::hardware
