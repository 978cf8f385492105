// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

/// Refuses combinations of fields that are each valid but make no hardware. Throws InputError with the reason.
void check_combination(const MacSpec& spec, const std::string& origin);

}  // namespace macroscope::datapath
