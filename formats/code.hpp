// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace macroscope::formats {

/// The bit pattern of one element, in the low bits; bits above the format's width are zero. Storage may be narrower.
using Code = std::uint32_t;

/// What a code holds, before anything is rounded: value = (-1)^negative * significand * 2^(exponent - fraction), where
/// fraction is the format's number of fraction bits (Minifloat::mantissa_bits, Element::fraction_bits()).
/// The exponent of a subnormal is 1 - bias and nothing is normalised, as a multiplier's input stage sees it.
struct Unpacked {
  enum class Kind : std::uint8_t { finite, infinity, nan };
  Kind kind = Kind::finite;
  bool negative = false;
  int exponent = 0;
  std::uint32_t significand = 0;  ///< hidden one included; 0 for zeros
};

}  // namespace macroscope::formats
