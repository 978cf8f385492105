// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/rounding.hpp"

namespace macroscope::formats {

/// A format that the Python package ml_dtypes has too, and what that makes of numbers beyond the format's largest.
struct SharedFormat {
  std::string name;       ///< here; "e8m0" is the scale format
  std::string ml_dtypes;  ///< there
  Overflow overflow = Overflow::saturate;
};

/// E4M3FN, E5M2, E4M3FNUZ, E5M2FNUZ, E3M4, E2M3FN, E3M2FN, E2M1FN and E8M0FNU.
const std::vector<SharedFormat>& formats_shared_with_ml_dtypes();

/// All 2^32 FP32 numbers are digest_chunks chunks of 2^23: one for each sign and exponent field, the upper nine bits.
inline constexpr int digest_chunks = 512;

/// CRC-32 (as zlib's) of the codes, one byte each, of a chunk's numbers in the order of their bit patterns, rounded to nearest
/// even (E8M0: encode_e8m0) under the format's overflow rule. A NaN's code is the canonical NaN or, in a format without one, 0.
/// formats/ml_dtypes_digests.csv holds the same of ml_dtypes.
std::uint32_t code_digest(const SharedFormat& format, int chunk);

}  // namespace macroscope::formats
