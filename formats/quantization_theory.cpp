// SPDX-License-Identifier: Apache-2.0
#include "formats/quantization_theory.hpp"

#include <cmath>

namespace macroscope::formats {
namespace {

double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0)); }
double distribution(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

}  // namespace

double integer_qsnr(int bits, double kappa, double rho, int group) {
  const double exact_maximum = group ? 10 * std::log10(group / (group - 1.0)) : 0.0;
  return 4.78 + 6.02 * bits - 20 * std::log10(rho * kappa) + exact_maximum;
}

double float_qsnr(const FloatShape& s, double kappa, double rho, int group) {
  const double t1 = std::ldexp(rho * kappa / s.largest, 1 - s.bias);
  const double t0 = std::ldexp(t1, -s.mantissa_bits - 1);
  const double above = 2 * (t1 * density(t1) + 1 - distribution(t1)) - (group ? kappa * kappa / group : 0.0);
  const double normal = above / (24 * std::ldexp(1.0, 2 * s.mantissa_bits));
  const double step = std::ldexp(rho * kappa / s.largest, 1 - s.bias - s.mantissa_bits);
  const double subnormal = step * step / 12 * 2 * (distribution(t1) - distribution(t0));
  const double flushed = 2 * distribution(t0) - 1 - 2 * t0 * density(t0);
  return -10 * std::log10(normal + subnormal + flushed);
}

double crossover_crest_factor(int integer_bits, const FloatShape& shape, double rho, int group) {
  double low = 1, high = 100;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (integer_qsnr(integer_bits, middle, rho, group) > float_qsnr(shape, middle, rho, group) ? low : high) = middle;
  }
  return low;
}

}  // namespace macroscope::formats
