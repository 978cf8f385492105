// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace macroscope::formats {

/// Expected QSNR (the ratio of signal to quantization error, dB) of a Gaussian block whose crest factor (maximum over standard
/// deviation) is kappa: the closed forms of arXiv 2510.25602, section 4. rho >= 1 is how much larger than absmax / Qmax the
/// scale is on average: about 1.5 where it is rounded up to a power of two, 1.05 for an E4M3 scale in the authors' script.
/// `group` is the block size where the scale is a number that maps the maximum onto a code exactly (E4M3 scales: the maximum
/// then adds no error), or 0 for power-of-two scales.

/// A symmetric b-bit integer, eq. 13: 4.78 + 6.02 b - 20 log10(rho kappa), and 10 log10(g / (g - 1)) more with a group.
double integer_qsnr(int bits, double kappa, double rho, int group = 0);

/// The parameters of a minifloat that eq. 14 takes: E4M3 {3, 7, 448}, E2M3 {3, 1, 7.5}, E2M1 {1, 1, 6}.
struct FloatShape {
  int mantissa_bits;
  int bias;
  double largest;
};

/// A minifloat, eq. 14 with the Gaussian's moments in closed form: with t1 = rho kappa 2^(1 - bias) / largest (the smallest normal
/// number in standard deviations) and t0 = t1 / 2^(mantissa_bits + 1) (half the smallest subnormal), the error's energy is
///   normal numbers  (w - kappa^2 / group) / (24 * 4^mantissa_bits),  w = 2 (t1 phi(t1) + 1 - Phi(t1))
///   subnormals      (rho kappa)^2 * 4^(1 - bias - mantissa_bits) / (12 largest^2) * 2 (Phi(t1) - Phi(t0))
///   what becomes 0  2 Phi(t0) - 1 - 2 t0 phi(t0)   (in the authors' script, not in the equation)
double float_qsnr(const FloatShape& shape, double kappa, double rho, int group = 0);

/// The crest factor up to which the integer is the better of the two: where the curves cross between 1 and 100.
double crossover_crest_factor(int integer_bits, const FloatShape& shape, double rho, int group = 0);

}  // namespace macroscope::formats
