// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/system/array_config.hpp"
#include "sim/system/array_run.hpp"
#include "sim/system/matmul_shape.hpp"
#include "sim/system/unit_format.hpp"

namespace macroscope::system {

/// Simulates one of the products (count is ignored) on an array that starts empty: SystemC modules for the memory port, the
/// weight loader, the activation buffer, the array and the output drain. Deterministic. SystemC has one kernel a process, so
/// calls from several threads run one after the other. Throws InputError as TilePlan does.
ArrayRun simulate_matmul(const ArrayConfig& array, const UnitFormat& unit, const MatmulShape& shape);

}  // namespace macroscope::system
