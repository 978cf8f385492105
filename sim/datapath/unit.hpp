// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

/// Contents of a partial-sum register, in the low psum_bits(spec) bits: an int32 in two's complement, the bits of an FP32
/// number, or a Kulisch register (two's complement fixed point) with its sticky NaN flag on top.
__extension__ using PsumBits = unsigned __int128;
__extension__ using Wide = __int128;

/// What one hardware unit takes in one cycle: `lanes` operand codes a side (lane 0 first), their block scales as codes of the
/// scale's encoding (any where the side has none in the unit) and the partial sum.
struct UnitInput {
  std::vector<formats::Code> activation;
  std::vector<formats::Code> weight;
  formats::Code activation_scale = 127;
  formats::Code weight_scale = 127;
  PsumBits psum = 0;
};

/// Width of psum_i and psum_o.
int psum_bits(const MacSpec& spec);

/// Bits of the exact signed sum of one group's products, two's complement: minifloat products in units of 2^product_lsb.
int exact_sum_bits(const MacSpec& spec);

/// Bits that the block scales' significands add to a group's sum: 4 each for E4M3, none for E8M0.
int scale_significand_bits(const MacSpec& spec);

/// Weight of the least significant bit that any product of two finite codes has, as a power of two: E4M3 x E4M3: -18;
/// integers under a block scale: -(fraction bits of both), MXINT8: -12; other integers: 0.
int product_lsb(const MacSpec& spec);

/// The exact, possibly truncated, sum of one group: value = sum * 2^lsb_exponent, block scales not applied.
struct GroupSum {
  enum class Kind : std::uint8_t { finite, infinity, nan };
  Kind kind = Kind::finite;
  bool negative = false;  ///< sign of an infinity
  Wide sum = 0;
  int lsb_exponent = 0;
};

/// Sum of one group's products under the spec's reduction:
///   integer, exact:  S = sum_i a_i w_i
///   aligned(W):      S = sum_i sign_i * floor(|a_i w_i| / u) * u,  u = 2^(emax - W + 1),
///                    emax = max over nonzero products of ea_i + ew_i (subnormals not normalised)
/// NaN operands give nan; so do infinity times zero and infinities of both signs; otherwise an infinite product wins.
GroupSum group_sum(const MacSpec& spec, const formats::Code* activation, const formats::Code* weight);

/// S * sa * sb, exactly: the values of the sides' block scales, 2^(code - 127) or a minifloat's number with its sign; 1 where
/// the side has none in the unit. A NaN scale makes it nan; so does an infinite one times a zero sum.
GroupSum scaled(const MacSpec& spec, const GroupSum& sum, formats::Code activation_scale, formats::Code weight_scale);

/// One step of the unit, psum_i to psum_o. With S from group_sum:
///   int32, kulisch:  psum_o = psum_i + S, wrapped or saturated
///   fp32:            psum_o = RNE(psum_i + RNE(S * sa * sb))
/// Two roundings, subnormals kept, a NaN result is 0x7fc00000; a NaN scale or operand makes the output NaN.
PsumBits unit_step(const MacSpec& spec, const UnitInput& input);

/// The same on bare arrays of `lanes` codes.
PsumBits unit_step(const MacSpec& spec, const formats::Code* activation, formats::Code activation_scale,
                   const formats::Code* weight, formats::Code weight_scale, PsumBits psum);

/// What leaves the array: the accumulator as FP32 (one RNE), then times the activation's FP32 scale, then times the
/// weight's (two more RNE; pass 1 where the side has no scale at the drain). A NaN is 0x7fc00000.
float drain(const MacSpec& spec, PsumBits psum, float activation_scale, float weight_scale);

/// RNE of (-1)^negative * magnitude * 2^exponent to FP32 with gradual underflow; beyond the largest finite number infinity.
float round_to_fp32(bool negative, PsumBits magnitude, int exponent);

/// Bits of an FP32 number, every NaN as 0x7fc00000; and back.
std::uint32_t fp32_bits(float value);
float fp32_from_bits(std::uint32_t bits);

/// Hexadecimal text of the low `bits` bits, for error reports and waveforms.
std::string hex(PsumBits value, int bits);

}  // namespace macroscope::datapath
