// SPDX-License-Identifier: Apache-2.0
#include "formats/integer.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace macroscope::formats {
namespace {

/// The chance of a step, as the number of random words that make it.
bool steps(double fraction, std::uint32_t random) { return static_cast<double>(random) < std::floor(std::ldexp(fraction, 32)); }

double round_whole(double x, Rounding rounding, std::uint32_t random) {
  switch (rounding) {
    case Rounding::truncate: return std::trunc(x);
    case Rounding::half_away: return std::round(x);
    case Rounding::rne: return std::nearbyint(x);  // the default rounding mode is ties-to-even
    case Rounding::stochastic: break;
  }
  const double whole = std::trunc(x);
  return steps(std::fabs(x - whole), random) ? whole + std::copysign(1.0, x) : whole;
}

}  // namespace

int Integer::max() const {
  if (kind == IntegerKind::binary) return 1;
  return (1 << (kind == IntegerKind::unsigned_code ? bits : bits - 1)) - 1;
}

std::optional<Integer> parse_integer(std::string_view name) {
  if (name == "binary" || name == "int1") return Integer{1, IntegerKind::binary};
  if (name == "ternary") return Integer{2, IntegerKind::ternary};
  for (int bits = 1; bits <= 16; ++bits) {
    if (bits > 1 && name == "int" + std::to_string(bits)) return Integer{bits};
    if (name == "uint" + std::to_string(bits)) return Integer{bits, IntegerKind::unsigned_code};
  }
  return std::nullopt;
}

int decode(Integer format, Code code) {
  const int low = static_cast<int>(code & ((1U << format.bits) - 1U));
  switch (format.kind) {
    case IntegerKind::binary: return low ? -1 : 1;
    case IntegerKind::ternary: return low == 2 ? -1 : (low ^ 2) - 2;
    case IntegerKind::unsigned_code: return low;
    case IntegerKind::two_complement: break;
  }
  const int sign = 1 << (format.bits - 1);
  return (low ^ sign) - sign;
}

Code encode(Integer format, double value, Rounding rounding, std::uint32_t random) {
  if (std::isnan(value)) return 0;
  const double limit = format.max();
  const double clipped = std::clamp(value, format.is_signed() ? -limit : 0.0, limit);
  if (format.kind == IntegerKind::binary)
    return rounding == Rounding::stochastic ? !steps((1 + clipped) / 2, random) : value < 0;
  const double rounded = round_whole(clipped, rounding, random);
  return static_cast<Code>(static_cast<int>(rounded)) & ((1U << format.bits) - 1U);
}

}  // namespace macroscope::formats
