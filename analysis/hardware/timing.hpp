// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analysis/hardware/netlist.hpp"
#include "analysis/hardware/operating_point.hpp"

namespace macroscope::hardware {

/// The shortest clock period that `netlist` meets by OpenSTA at `point`: from the clock or a delayed input, through the
/// longest path, to a flip-flop, its set-up time included. No wires, ideal clock. A netlist without registers is timed from
/// input to output. Throws InputError when OpenSTA is missing, std::runtime_error when it fails.
Nanoseconds critical_path(const Netlist& netlist, const OperatingPoint& point);

}  // namespace macroscope::hardware
