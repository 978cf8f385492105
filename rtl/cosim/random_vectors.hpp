// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "rtl/cosim/random_bits.hpp"
#include "rtl/cosim/unit_vectors.hpp"

namespace macroscope::rtl {

/// A partial-sum register's content: random bits, zeros, extremes, and for FP32 also subnormals, infinities and NaNs.
datapath::PsumBits random_psum(const datapath::MacSpec& spec, RandomBits& random);

/// `count` operations weighted towards corners. Operands, one style an operation: uniform finite codes, exponents in a
/// narrow band, few nonzero lanes, corner codes, subnormals, one magnitude with one sign (overflow), lanes that cancel in
/// pairs, and any of these with one NaN or infinity. Scales: 1, uniform, extremes, and sums near the subnormal and overflow
/// ends. psum_i: see random_psum, or for FP32 near the negative of what this operation adds (cancellation), or a few powers
/// of two away from it (rounding).
UnitVectors random_vectors(const datapath::MacSpec& spec, std::size_t count, RandomBits& random);

}  // namespace macroscope::rtl
