// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/exact_number.hpp"
#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

// From operand codes to the next partial sum. With lanes i = 0 ... n-1 in ascending k,
//   p_i  = a_i * w_i * s, exact; s = sa * sb, the values of the block scales that reach the unit (1 without them)
//   e_i  = ea_i + ew_i + es, the exponents of operands and scales as stored: subnormals have 1 - bias and nothing is
//          normalised; an integer's is one number, whatever its value: N-2 for an intN (a 1.(N-2) fixed-point number whose
//          unit is 2^-(N-2)), N-1 for a uintN, 0 for binary and ternary. Beside a minifloat (mixed operands) that keeps
//          |p_i| < 2^(e_i + 2), as between minifloats; zero products have none
//   c    = the partial sum before, e_c its stored exponent
//   R    = one rounding to the accumulator's format (accumulate.round; round_to_format)
// the partial sum after is
//   integer, exact:           R(c + R(sum p_i))              two roundings
//     fused:                  R(c + sum p_i)                 one
//   aligned(W):               R(c + R(s * sum cut(p_i / s))) cut to multiples of u = 2^(emax - W + 1), emax = max (e_i - es)
//     fused:                  R(cut(c) + sum cut(p_i))       emax = max(e_c, e_i); e_c only if c is not zero
//   sequential:               c_0 = c, c_{i+1} = R(c_i + p_i)
//   tree:                     R(c + t), t the root of a binary tree over the lanes: a level's nodes 2j and 2j+1 make
//                             R(x_2j + x_2j+1), an odd last one passes to the next level as it is. The leaves are unscaled
//                             (p_i / s) and s multiplies the root, exactly.
// cut is towards zero on magnitudes; with magnitude: twos_complement it is towards minus infinity; with dot.round: rne to
// nearest, ties to an even multiple. With product: rounded each p_i (in a tree p_i / s) is R(p_i) before it is added.
// With subnormals: flush a subnormal operand or partial sum reads as zero and R gives zero for what is subnormal after
// rounding. Fixed-point accumulators replace R by their register: psum + sum p_i, wrapped or saturated (unit.hpp).
// A sum that is zero (not fused: also after scaling) is +0 in all but sequential and tree, where IEEE's rule for signs holds.
// Non-finite values: a NaN operand or scale, infinity times zero, or infinities of both signs make NaN; otherwise an infinity
// wins.

/// Product of one lane, unscaled: magnitude * 2^(exponent - Products::fraction), an infinity or NaN.
struct Product {
  ExactNumber::Kind kind;
  bool negative;
  int exponent;
  std::uint64_t magnitude;
};

/// The products of one group: spec.dot.lanes codes a side, most lanes that a spec may have.
struct Products {
  static constexpr int most_lanes = 256;
  Product lane[most_lanes];  ///< the first `lanes` are set
  int lanes = 0;
  int fraction = 0;  ///< places right of the point of a product's significand
  /// finite, or what the non-finite lanes make of the whole sum: a signed infinity or NaN.
  ExactNumber special;

  [[nodiscard]] ExactNumber value(int i) const;
};

/// s: (-1)^negative * significand * 2^(exponent - fraction), or an infinity or NaN.
struct GroupScale {
  ExactNumber::Kind kind = ExactNumber::Kind::finite;
  bool negative = false;
  std::uint64_t significand = 1;
  int exponent = 0;  ///< the sum of the scales' stored exponents
  int fraction = 0;

  [[nodiscard]] ExactNumber value() const { return {kind, negative, significand, exponent - fraction}; }
};

/// The product of a group's block scales from their codes.
GroupScale group_scale(const MacSpec& spec, formats::Code activation_scale, formats::Code weight_scale);

Products multiply_lanes(const MacSpec& spec, const formats::Code* activation, const formats::Code* weight);

/// sum p_i or sum cut(p_i) without the scale and before any R: reductions integer, exact and aligned, not fused.
ExactNumber group_sum(const MacSpec& spec, const Products& products);

/// One step into a floating-point accumulator, by the formulas above.
std::uint32_t add_group(const MacSpec& spec, const FloatRegister& accumulator, const Products& products, const GroupScale& scale, std::uint32_t psum);

}  // namespace macroscope::datapath
