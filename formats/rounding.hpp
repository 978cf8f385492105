// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace macroscope::formats {

/// How a value between two representable neighbours is resolved.
enum class Rounding : std::uint8_t {
  rne,        ///< to nearest, ties to the even code (IEEE 754-2019 4.3.1 roundTiesToEven)
  half_away,  ///< to nearest, ties away from zero
  truncate    ///< towards zero
};

/// What becomes of a finite value beyond the largest finite code (after rounding), and of an infinity.
enum class Overflow : std::uint8_t {
  saturate,  ///< the largest finite code of that sign
  nan,       ///< the canonical NaN (as ml_dtypes does for E4M3)
  inf        ///< infinity, for formats that have one
};

}  // namespace macroscope::formats
