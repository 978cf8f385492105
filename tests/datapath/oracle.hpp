// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/datapath/mac_spec.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath::test {

// A second model of the hardware unit, written from the definitions with arbitrary-precision integers and nothing else: its
// own decoding of codes (by counting up from zero), sums that never lose a bit, and rounding by asking which two numbers of
// a format a value lies between. Slow. It shares the spec and the register's bit layout with the golden model, no
// arithmetic.

/// psum_o of one step.
PsumBits oracle_step(const MacSpec& spec, const UnitInput& input);

/// What drain() must give.
float oracle_drain(const MacSpec& spec, PsumBits psum, float activation_scale, float weight_scale);

/// The partial sum that is drained after all groups in ascending k: the outer one where the accumulator has a chunk.
PsumBits oracle_chain(const MacSpec& spec, const std::vector<UnitInput>& groups);

/// One output of a whole multiplication: every group in ascending k, drained as gemm.hpp says.
float oracle_output(const MacSpec& spec, const std::vector<UnitInput>& groups, float activation_scale, float weight_scale);

}  // namespace macroscope::datapath::test
