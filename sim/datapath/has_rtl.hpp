// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

/// What of the spec the SystemVerilog library under rtl/ cannot build yet, as the end of a sentence; empty when all of it can.
std::optional<std::string> missing_rtl(const MacSpec& spec);

/// Whether the spec's unit can be generated, co-simulated and synthesised.
inline bool has_rtl(const MacSpec& spec) { return !missing_rtl(spec); }

/// Throws InputError with the reason unless has_rtl(spec).
void require_rtl(const MacSpec& spec);

}  // namespace macroscope::datapath
