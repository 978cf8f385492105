// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "analysis/hardware/activity.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::hardware {

/// The inputs of a `mac_unit` netlist for a stream of operations, one a cycle, in batches of `batch` cycles. Throws
/// std::logic_error when the netlist's ports are not those of a unit with this spec.
Stimulus unit_stimulus(const datapath::MacSpec& spec, const Netlist& netlist, const std::vector<datapath::UnitInput>& stream, size_t batch);

/// Compares what the netlist's psum_o was with the golden unit_step, `latency` cycles later. Nothing when all agree, else a
/// sentence on the first cycle that doesn't.
std::optional<std::string> golden_mismatch(const datapath::MacSpec& spec, const Netlist& netlist,
                                           const std::vector<datapath::UnitInput>& stream, const OutputTrace& outputs);

}  // namespace macroscope::hardware
