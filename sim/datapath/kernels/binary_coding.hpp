// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/problem.hpp"

namespace macroscope::datapath::kernels {

class PackedOperand;

// Weights as planes of +-1: w_k = sum_p alpha_p b_pk + offset, alphas and offset per row or per block of K. With x the
// activation's codes, G the blocks of K in ascending order (one where scales cover a row), RN one rounding of FP32 to nearest even:
//   I_p = sum_{k in G} x_k b_pk    in the unit's register: unit_step over the block's groups of lanes from zero, by the spec's
//                                  reduction (integers in an intN, minifloats in any accumulator)
//   X   = sum_{k in G} x_k         the same with b = +1
//   c = +0;  for G, for p = 0 ... planes-1:  c = RN(c + RN(alpha_p * RN(I_p)));  then, with an offset:  c = RN(c + RN(offset * RN(X)))
//   C = RN(c * s), s the activation's scale
// Adders and look-up tables give the same sums, so dot.multiply does not change a bit.

/// One output, element by element through unit_step.
float binary_coding_output(const Problem& problem, std::int64_t m, std::int64_t n);

/// All outputs, the same bits: by look-up in tables of four activations' signed sums (binary_planes.hpp), activations of more than
/// 8 bits by plain integers. Minifloats, and registers that a block's sum could leave, are left to unit_step.
void binary_coding_gemm(const Problem& problem, const PackedOperand& b, float* c, std::int64_t ldc, int threads);

}  // namespace macroscope::datapath::kernels
