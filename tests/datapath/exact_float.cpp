// SPDX-License-Identifier: Apache-2.0
#include "tests/datapath/exact_float.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>

#include "sim/datapath/unit.hpp"

namespace macroscope::datapath::test {
namespace {

using Big = boost::multiprecision::cpp_int;

/// count * 2^power.
struct Dyadic {
  Big count;
  int power = 0;
};

Dyadic operator*(const Dyadic& a, const Dyadic& b) { return {a.count * b.count, a.power + b.power}; }
Dyadic operator+(const Dyadic& a, const Dyadic& b) {
  const int common = std::min(a.power, b.power);
  return {(a.count << (a.power - common)) + (b.count << (b.power - common)), common};
}
Dyadic operator-(const Dyadic& a, const Dyadic& b) { return a + Dyadic{-b.count, b.power}; }
Dyadic magnitude(const Dyadic& a) { return {abs(a.count), a.power}; }

Dyadic exact(float x) {
  int exponent = 0;
  const auto count = static_cast<std::int64_t>(std::ldexp(std::frexp(x, &exponent), 24));
  return {count, exponent - 24};
}

/// The FP32 number nearest to x, of two the one with the even code; beyond the range infinity; a zero has x's sign.
float nearest(const Dyadic& x) {
  const Dyadic limit = exact(std::numeric_limits<float>::max()) + exact(std::ldexp(1.0F, 103));
  const float infinity = std::numeric_limits<float>::infinity();
  if ((magnitude(x) - limit).count >= 0) return x.count < 0 ? -infinity : infinity;
  float best = static_cast<float>(std::ldexp(x.count.convert_to<double>(), x.power));
  if (std::isinf(best)) best = std::copysign(std::numeric_limits<float>::max(), best);
  for (const float other : {std::nextafter(best, -infinity), std::nextafter(best, infinity)}) {
    if (std::isinf(other)) continue;
    const Big gain = (magnitude(x - exact(best)) - magnitude(x - exact(other))).count;
    if (gain > 0 || (gain == 0 && (fp32_bits(best) & 1U))) best = other;
  }
  return best == 0 ? (x.count < 0 ? -0.0F : 0.0F) : best;
}

}  // namespace

float product(float a, float b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return a * b;
  const Dyadic p = exact(a) * exact(b);
  return p.count == 0 ? std::copysign(0.0F, std::signbit(a) == std::signbit(b) ? 1.0F : -1.0F) : nearest(p);
}
float sum(float a, float b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return a + b;
  const Dyadic s = exact(a) + exact(b);
  return s.count == 0 ? (std::signbit(a) && std::signbit(b) ? -0.0F : 0.0F) : nearest(s);
}

float nearest_to(std::int64_t x) { return nearest({x, 0}); }

float half(float x) {
  if (std::isnan(x)) return x;
  // The spacing of FP16 at x: 2^-10 of its binade, never below 2^-24.
  const int exponent = std::max(x == 0 ? -14 : std::ilogb(x), -14) - 10;
  const double steps = std::nearbyint(std::ldexp(static_cast<double>(x), -exponent));
  const double value = std::ldexp(steps, exponent);
  return static_cast<float>(std::max(-65504.0, std::min(value, 65504.0)));
}

}  // namespace macroscope::datapath::test
