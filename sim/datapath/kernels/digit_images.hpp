// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/datapath/kernels/integer_image.hpp"

namespace macroscope::datapath::kernels {

/// Integers too wide for INT16 as two balanced digits, v = high * 2^digit_bits + low, and the digits' sum: three INT16
/// products then make one wide product (Karatsuba),
///   v w = high high' * 2^(2 digit_bits) + (sum sum' - high high' - low low') * 2^digit_bits + low low'.
struct DigitImages {
  static constexpr int digit_bits = 9;
  enum Plane : std::uint8_t { low, high, sum };
  std::array<std::vector<std::int32_t>, 3> of_code;  ///< by plane
  std::int64_t largest = 0;                          ///< magnitude of any digit or sum of digits
};

/// Empty when a digit would not fit INT16. Lives as long as the program.
const std::optional<DigitImages>& digit_images(const formats::Element& element);

}  // namespace macroscope::datapath::kernels
