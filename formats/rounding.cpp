// SPDX-License-Identifier: Apache-2.0
#include "formats/rounding.hpp"

namespace macroscope::formats {
namespace {

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace

std::uint32_t random_word(std::uint64_t seed, std::uint64_t index) {
  return static_cast<std::uint32_t>(mix(mix(seed) + (index + 1) * 0x9e3779b97f4a7c15U) >> 32);
}

}  // namespace macroscope::formats
