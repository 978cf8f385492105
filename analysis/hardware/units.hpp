// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "formats/quantity.hpp"

namespace macroscope::hardware {

// Every Liberty file is converted to these units while it is read, whatever units its header declares.
using SquareMicrons = Quantity<struct SquareMicronsTag>;
using Nanoseconds = Quantity<struct NanosecondsTag>;
using Picofarads = Quantity<struct PicofaradsTag>;
using Picojoules = Quantity<struct PicojoulesTag>;
using Nanowatts = Quantity<struct NanowattsTag>;
using Volts = Quantity<struct VoltsTag>;

/// Energy that moves when a capacitance charges or discharges once by the whole supply: C V^2 / 2.
constexpr Picojoules switching_energy(Picofarads load, Volts supply) {
  return Picojoules(0.5 * load.value() * supply.value() * supply.value());
}

/// Power over time: 1 nW for 1 ns is 1e-18 J, 1e-6 pJ.
constexpr Picojoules energy_over(Nanowatts power, Nanoseconds time) {
  return Picojoules(1e-6 * power.value() * time.value());
}

}  // namespace macroscope::hardware
