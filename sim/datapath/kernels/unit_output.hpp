// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/problem.hpp"

namespace macroscope::datapath::kernels {

/// One output, by unit_step and drain: the definition that every kernel must equal.
float unit_output(const Problem& problem, std::int64_t m, std::int64_t n);

}  // namespace macroscope::datapath::kernels
