// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace macroscope::rtl {

/// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014): the same numbers
/// on every machine.
class RandomBits {
 public:
  explicit RandomBits(std::uint64_t seed) : state_(seed) {}
  std::uint64_t word() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  /// Uniform in 0 ... bound - 1 (bias below 2^-32 for the small bounds used here).
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(((word() >> 32) * bound) >> 32); }
  /// True once in `times`.
  bool once_in(std::uint32_t times) { return below(times) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace macroscope::rtl
