// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/depth_masks.hpp"

#include <algorithm>
#include <cstring>

namespace macroscope::datapath::kernels {

void ColumnDepths::take(const float* values, std::int64_t panels_and_groups, std::int64_t lanes, int min_exponent) {
  std::int32_t* deepest = deepest_.reserve(static_cast<std::size_t>(panels_and_groups));
  std::uint32_t* out = lanes_.reserve(static_cast<std::size_t>(panels_and_groups * checked_depths * panel_columns));
  for (std::int64_t i = 0; i < panels_and_groups; ++i, values += lanes * panel_columns, out += checked_depths * panel_columns) {
    deepest[i] = 0;
    for (std::int64_t n = 0; n < panel_columns; ++n) {
      std::int32_t exponents[32], last[32];
      for (std::int64_t k = 0; k < lanes; ++k) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, values + k * panel_columns + n, sizeof bits);
        const std::int32_t exponent = static_cast<std::int32_t>(bits >> 23 & 255U) - 127;
        exponents[k] = (bits & 0x7fffffffU) == 0 ? -8192 : std::max(exponent, min_exponent);
        last[k] = exponent - 23 + __builtin_ctz((bits & 0x7fffffU) | 0x800000U);
      }
      std::uint32_t of_column[checked_depths];
      deepest[i] = std::max(deepest[i], mark_depths(exponents, last, lanes, of_column));
      for (int d = 0; d < checked_depths; ++d) out[d * panel_columns + n] = of_column[d];
    }
  }
}

}  // namespace macroscope::datapath::kernels
