// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/problem.hpp"

namespace macroscope::datapath::kernels {

/// One output, step by step (accumulation.hpp) and drained: the definition that every kernel must equal. `overflows`, if
/// given, is increased by the number of steps that overflowed.
float unit_output(const Problem& problem, std::int64_t m, std::int64_t n, std::int64_t* overflows = nullptr);

}  // namespace macroscope::datapath::kernels
