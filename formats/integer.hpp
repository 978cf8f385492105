// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/rounding.hpp"

namespace macroscope::formats {

/// A symmetric two's-complement integer of 1 to 16 bits. Encoding never yields the most negative code: it would make the
/// range lopsided (arXiv 2510.25602, Table 11), but it decodes, and hardware must handle it.
struct Integer {
  int bits = 8;

  [[nodiscard]] int max() const { return (1 << (bits - 1)) - 1; }
};

/// `int2` ... `int16`; empty for any other name.
std::optional<Integer> parse_integer(std::string_view name);

/// Two's-complement value of the low `bits` bits.
int decode(Integer format, std::uint16_t code);

/// Rounds and saturates to [-max, max]; NaN becomes 0.
std::uint16_t encode(Integer format, double value, Rounding rounding);

}  // namespace macroscope::formats
