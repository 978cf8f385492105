// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "formats/element.hpp"

namespace macroscope::datapath::kernels {

/// An element's codes as integers: value = integer * 2^-shift. NaNs and infinities are 0: their rows are computed elsewhere.
struct IntegerImage {
  int shift = 0;
  std::int64_t lowest = 0;   ///< smallest and largest integer of any code
  std::int64_t highest = 0;
  std::vector<std::int32_t> of_code;  ///< 256 or 65536 entries; empty when some integer exceeds 31 bits

  [[nodiscard]] std::int64_t largest() const { return highest > -lowest ? highest : -lowest; }
  [[nodiscard]] bool fits_bytes() const { return !of_code.empty() && lowest >= -128 && highest <= 127; }
  [[nodiscard]] bool fits_int16() const { return !of_code.empty() && lowest >= -32768 && highest <= 32767; }
};

/// Lives as long as the program.
const IntegerImage& integer_image(const formats::Element& element);

}  // namespace macroscope::datapath::kernels
