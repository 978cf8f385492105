// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "formats/code.hpp"

namespace macroscope::formats {

/// Numbers as sums of +-1 planes: w_j ~ offset + sum_i alpha_i * b_ij. Bit i of code j is plane i as a `binary` element has
/// it: 0 for b = +1, 1 for b = -1. The alphas are not negative and do not increase.
struct BinaryCoding {
  std::vector<double> alpha;
  double offset = 0;
  std::vector<Code> codes;

  [[nodiscard]] double level(Code code) const;
};

/// Fits n numbers to 1 ... 8 planes, deterministically. Greedy start: the offset, if wanted, is the weighted mean of w (else
/// 0); then, plane by plane, b = sign(r) (+1 for zeros), alpha = weighted mean of |r|, r -= alpha * b. Then at most `rounds`
/// times: alphas and offset by weighted least squares for the planes as they are, (B'WB)^-1 B'Ww, made positive and sorted by
/// turning planes; planes anew, each number taking the nearest of the 2^planes levels (of equally near ones the lower). It
/// ends early when no plane changes. Neither half of a round can increase the squared error. After Xu et al. (arXiv
/// 1802.00150) and as LUT-GEMM (arXiv 2206.09557) uses it; rounds = 0 is greedy alone.
/// `weights` (n of them, not negative, nullptr for ones) weigh the squared errors. The numbers are finite.
BinaryCoding fit_binary_coding(const float* w, std::int64_t n, int planes, bool offset, int rounds, const float* weights = nullptr);

/// The codes of n numbers for given alphas and offset: the nearest level, the lower of two equally near ones; of equal levels
/// the lowest code.
std::vector<Code> nearest_levels(const BinaryCoding& coding, const float* w, std::int64_t n);

/// An integer quantizer scale * (q - zero), q from 0 to 2^bits - 1, as a binary coding of the same numbers: alpha_i =
/// scale * 2^(bits - 1 - i) / 2 and offset = scale * ((2^bits - 1) / 2 - zero). Code of q: ~q with the bits in reverse order
/// (codes are left empty).
BinaryCoding binary_coding_of_integers(int bits, double scale, double zero);

}  // namespace macroscope::formats
