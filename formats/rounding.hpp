// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace macroscope::formats {

/// How a value between two representable neighbours is resolved.
enum class Rounding : std::uint8_t {
  rne,        ///< to nearest, ties to the even code (IEEE 754-2019 4.3.1 roundTiesToEven)
  half_away,  ///< to nearest, ties away from zero
  truncate,   ///< towards zero
  stochastic  ///< away from zero with the probability of the fraction cut off, by a given random word
};

/// What becomes of a finite value beyond the largest finite code (after rounding), and of an infinity.
enum class Overflow : std::uint8_t {
  saturate,  ///< the largest finite code of that sign
  nan,       ///< the canonical NaN (as ml_dtypes does for E4M3)
  inf        ///< infinity, for formats that have one
};

/// What becomes of numbers below the smallest normal one.
enum class Subnormals : std::uint8_t {
  keep,  ///< gradual underflow
  flush  ///< a subnormal code reads as zero of its sign, and encoding writes that zero for a result that is one after rounding
};

/// The random word of element `index` under `seed`: a counter-based hash, so that a matrix rounds the same on any number of
/// threads and in any order. It is the upper half of SplitMix64's output number `index` (Steele, Lea and Flood, OOPSLA
/// 2014), whose state starts from the mixed seed: mix(mix(seed) + (index + 1) * 0x9e3779b97f4a7c15) >> 32.
std::uint32_t random_word(std::uint64_t seed, std::uint64_t index);

/// Does rounding step away from zero? The number lies between kept and kept + 1 units, at rest / 2^shift units above kept;
/// `odd` says whether kept is the odd code. stochastic: yes if `random` < floor(rest * 2^(32 - shift)), that is with the
/// probability rest / 2^shift to within 2^-32. shift is at least 1; a rest below 2^53 may stand under any larger shift.
inline bool rounds_up(std::uint64_t rest, int shift, bool odd, Rounding rounding, std::uint32_t random) {
  if (rounding == Rounding::truncate || rest == 0) return false;
  if (rounding == Rounding::stochastic) return shift < 96 && random < (shift >= 32 ? rest >> (shift - 32) : rest << (32 - shift));
  if (shift > 63) return false;  // the rest has at most 53 bits: below a half
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  return rest > half || (rest == half && (odd || rounding == Rounding::half_away));
}

}  // namespace macroscope::formats
