// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "rtl/cosim/unit_vectors.hpp"

namespace macroscope::rtl {

/// Codes where an element's arithmetic turns: zeros, smallest and largest subnormal, smallest normal, one, largest finite
/// number, infinities and NaNs of both signs; for an integer 0, +-1, +-max and the most negative code.
std::vector<formats::Code> corner_codes(const formats::Element& element);

/// The operand pairs to be tried one by one through a single lane: every pair of codes where both elements together have at
/// most 16 bits, else every code of either operand with one of the other's corner codes in turn.
std::vector<std::pair<formats::Code, formats::Code>> operand_pairs(const datapath::MacSpec& spec);

/// One operation per pair with the pair in one lane and zeros in the others; the lane rotates. Even operations have
/// psum_i = 0, and each is followed by the same pair on another lane with a random psum_i.
UnitVectors lane_pair_vectors(const datapath::MacSpec& spec, const std::vector<std::pair<formats::Code, formats::Code>>& pairs, std::uint64_t seed);

}  // namespace macroscope::rtl
