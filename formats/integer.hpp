// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/code.hpp"
#include "formats/rounding.hpp"

namespace macroscope::formats {

enum class IntegerKind : std::uint8_t {
  two_complement,  ///< symmetric: encoding never yields the most negative code, which would make the range lopsided
                   ///< (arXiv 2510.25602, Table 11); it decodes, and hardware must handle it
  unsigned_code,   ///< 0 ... 2^bits - 1; a zero point makes it asymmetric
  binary,          ///< one bit: code 0 is +1, code 1 is -1
  ternary          ///< two bits, two's complement: -1, 0, 1; code 0b10 reads as -1 and is never written
};

/// An integer of 1 to 16 bits.
struct Integer {
  int bits = 8;
  IntegerKind kind = IntegerKind::two_complement;

  /// The largest value that encoding yields; the smallest is -max(), or 0 for unsigned codes.
  [[nodiscard]] int max() const;
  [[nodiscard]] bool is_signed() const { return kind != IntegerKind::unsigned_code; }
};

/// `int2` ... `int16`, `uint1` ... `uint16`, `binary` (also `int1`) and `ternary`; empty for any other name.
std::optional<Integer> parse_integer(std::string_view name);

/// The value of the low `bits` bits.
int decode(Integer format, Code code);

/// Rounds and saturates to what the format reaches; NaN becomes 0 (+1 in binary). A binary element takes the sign, zeros
/// being positive, but stochastic rounding makes it +1 with probability (1 + x) / 2 for |x| <= 1. `random` serves stochastic
/// rounding alone.
Code encode(Integer format, double value, Rounding rounding, std::uint32_t random = 0);

}  // namespace macroscope::formats
