// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/datapath/exact_number.hpp"
#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

// PsumBits are the contents of a partial-sum register, in the low psum_bits(spec) bits: an integer in two's complement, the
// code of a floating-point number, or a Kulisch register (two's complement fixed point) with its sticky NaN flag on top.

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

/// Bits of the exact signed sum of one group's products, two's complement, in units of 2^product_lsb.
int exact_sum_bits(const MacSpec& spec);

/// Bits that the block scales' significands add to a group's sum: 4 each for E4M3, none for E8M0.
int scale_significand_bits(const MacSpec& spec);

/// Weight of the least significant bit that any product of two finite codes has, as a power of two: E4M3 x E4M3: -18;
/// integers under a block scale: -(fraction bits of both), MXINT8: -12; other integers: 0.
int product_lsb(const MacSpec& spec);

/// One step of the unit, psum_i to psum_o, with the exact sum S of the group's products (reduction.hpp):
///   integer, kulisch:  psum_o = psum_i + S, wrapped or saturated (once, after the group's sum)
///   floating point:    by the spec's reduction, reduction.hpp; an fp32 accumulator, not fused:
///                      psum_o = RNE(psum_i + RNE(S * sa * sb)), sa and sb the block scales' values
/// A NaN result is the format's canonical NaN (0x7fc00000 in fp32); a NaN scale or operand makes the output NaN.
PsumBits unit_step(const MacSpec& spec, const UnitInput& input);

/// The same on bare arrays of `lanes` codes. `overflowed`, if given, is set to whether this step overflowed: the exact sum
/// lies outside a fixed-point register, or finite operands and psum_i gave an infinite or NaN psum_o.
PsumBits unit_step(const MacSpec& spec, const formats::Code* activation, formats::Code activation_scale,
                   const formats::Code* weight, formats::Code weight_scale, PsumBits psum, bool* overflowed = nullptr);

/// What a partial-sum register stands for.
ExactNumber partial_sum(const MacSpec& spec, PsumBits psum);

/// What leaves the array: the accumulator as FP32 (one RNE), then times the activation's FP32 scale, then times the
/// weight's (two more RNE; pass 1 where the side has no scale at the drain). A NaN is 0x7fc00000. With a chunk, `psum` is the
/// outer accumulator (accumulation.hpp).
float drain(const MacSpec& spec, PsumBits psum, float activation_scale, float weight_scale);

/// RNE of (-1)^negative * magnitude * 2^exponent to FP32 with gradual underflow; beyond the largest finite number infinity.
float round_to_fp32(bool negative, PsumBits magnitude, int exponent);

/// Bits of an FP32 number, every NaN as 0x7fc00000; and back.
std::uint32_t fp32_bits(float value);
float fp32_from_bits(std::uint32_t bits);

/// Hexadecimal text of the low `bits` bits, for error reports and waveforms.
std::string hex(PsumBits value, int bits);

}  // namespace macroscope::datapath
