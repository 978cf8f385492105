// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/datapath/kernels/problem.hpp"
#include "sim/datapath/kernels/row_census.hpp"

namespace macroscope::datapath::kernels {

/// The ways to multiply, fastest first where several can serve one spec.
enum class KernelKind : std::uint8_t {
  int8_onednn,
  byte_sum,
  pair_sum,
  byte_blocks,
  pair_blocks,
  digit_sum,
  kulisch,
  exact,
  aligned_checked,
  aligned_narrow,
  aligned_wide,
  sequential,
  unit
};

const char* name(KernelKind kind);

/// The fastest kernel that gives the unit's bits for these operands on this machine. Rows that the censuses name (NaN and
/// infinities) are left out of consideration: they are computed apart.
KernelKind choose_kernel(const Problem& problem, const RowCensus& a, const RowCensus& b);

/// An integer accumulator that saturates and is emptied after every group: a clamp between the group's sum and the outer one.
bool is_emptied_each_group(const MacSpec& spec);

/// The accumulator is FP16, to nearest.
bool is_half(const AccumulateSpec& accumulate);

/// Can a step of this problem overflow a fixed-point accumulator, whatever the codes? A floating-point one always
/// counts as able to.
bool may_overflow(const Problem& problem);

/// One kernel that was looked at, and why it was passed over.
struct KernelVerdict {
  std::string kernel;
  std::string what;       ///< how it computes
  std::string objection;  ///< empty for the one taken
};

/// All kernels in the planner's order down to the one that it takes.
std::vector<KernelVerdict> explain_kernels(const Problem& problem, const RowCensus& a, const RowCensus& b);

/// Kulisch register that a total of this problem may overflow: its width; 0 when it cannot.
int wrapping_bits(const Problem& problem);

/// Bound of two products of bytes, A's offset by 128: the sum of two neighbours along K.
std::int64_t largest_byte_pair(const Problem& problem);

/// How many products of digits INT32 can add up; see digit_images.hpp.
std::int64_t digit_terms(const Problem& problem);

}  // namespace macroscope::datapath::kernels
