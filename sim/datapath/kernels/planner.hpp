// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/problem.hpp"
#include "sim/datapath/kernels/row_census.hpp"

namespace macroscope::datapath::kernels {

/// The ways to multiply, fastest first where several can serve one spec.
enum class KernelKind : std::uint8_t { int8_onednn, integer, integer_block, kulisch, exact, aligned_narrow, aligned_wide, unit };

const char* name(KernelKind kind);

/// The fastest kernel that gives the unit's bits for these operands on this machine. Rows that the censuses name (NaN and
/// infinities) are left out of consideration: they are computed apart.
KernelKind choose_kernel(const Problem& problem, const RowCensus& a, const RowCensus& b);

/// Can a step of this problem overflow a fixed-point accumulator, whatever the codes? A floating-point one always
/// counts as able to.
bool may_overflow(const Problem& problem);

/// Kulisch register that a total of this problem may overflow: its width; 0 when it cannot.
int wrapping_bits(const Problem& problem);

}  // namespace macroscope::datapath::kernels
