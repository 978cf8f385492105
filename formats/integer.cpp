// SPDX-License-Identifier: Apache-2.0
#include "formats/integer.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace macroscope::formats {

std::optional<Integer> parse_integer(std::string_view name) {
  for (int bits = 2; bits <= 16; ++bits)
    if (name == "int" + std::to_string(bits)) return Integer{bits};
  return std::nullopt;
}

int decode(Integer format, std::uint16_t code) {
  const int sign = 1 << (format.bits - 1);
  const int low = code & ((1 << format.bits) - 1);
  return (low ^ sign) - sign;
}

std::uint16_t encode(Integer format, double value, Rounding rounding) {
  if (std::isnan(value)) return 0;
  const double limit = format.max();
  const double clipped = std::clamp(value, -limit, limit);
  double rounded = 0;
  switch (rounding) {
    case Rounding::truncate: rounded = std::trunc(clipped); break;
    case Rounding::half_away: rounded = std::round(clipped); break;
    case Rounding::rne: rounded = std::nearbyint(clipped); break;  // the default rounding mode is ties-to-even
  }
  return static_cast<std::uint16_t>(static_cast<int>(rounded) & ((1 << format.bits) - 1));
}

}  // namespace macroscope::formats
