// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/datapath/quantized_matrix.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath {

/// The codes and scales of group `group` (k = group * lanes ...) of one activation row and one weight row; lanes beyond K
/// hold code 0. `psum` is left 0.
UnitInput unit_input(const MacSpec& spec, const QuantizedMatrix& a, std::int64_t token, const QuantizedMatrix& b, std::int64_t channel, std::int64_t group);

/// What one unit of a weight-stationary array sees, cycle by cycle: for each weight row (channel) and each group of K in
/// turn, that weight vector is held while all tokens stream in order; psum is the golden partial sum of the groups before,
/// as the unit above in the column would deliver it. `limit` > 0 stops after that many cycles.
std::vector<UnitInput> weight_stationary_stream(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, std::int64_t limit = 0);

}  // namespace macroscope::datapath
