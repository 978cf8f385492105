// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "sim/system/array_config.hpp"
#include "sim/system/array_run.hpp"
#include "sim/system/matmul_shape.hpp"
#include "sim/system/unit_format.hpp"
#include "tests/system/cycle_array.hpp"

namespace macroscope::system::test {

/// The independent oracle of sim/system: memory port, FIFOs and buffers as a plain loop over cycles around a CycleArray
/// (a grid of C++ registers or Verilated RTL), with its own cutting into tiles and its own counting of bytes. `collected` is
/// called for each (n tile, token) whose results leave, in the cycle in which they do.
ArrayRun run_cycle_by_cycle(const ArrayConfig& config, const UnitFormat& unit, const MatmulShape& shape, CycleArray& array,
                            const std::function<void(std::int64_t n_tile, std::int64_t token)>& collected = {});

}  // namespace macroscope::system::test
