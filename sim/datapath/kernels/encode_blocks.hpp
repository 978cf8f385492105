// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/datapath/kernels/encode.hpp"

namespace macroscope::datapath::kernels {

/// How the FP32 bits of a block's largest magnitude become its E8M0 code: ((bits + bias) >> 23) - exponent, the rule being in the bias.
struct PowerScales {
  int bias = 0;
  int exponent = 0;
  int fraction_bits = 0;  ///< of the element under a block scale
};

/// Block scales in a minifloat of at most 8 bits, formats::minifloat_scale's.
struct MinifloatScales {
  ElementEncoding format;
  float largest = 1;           ///< what a block's absmax is divided by
  std::vector<float> divisor;  ///< formats::block_scale by code
};

/// Quantizes whole blocks: scales and codes, the same as formats/scale.hpp and Element::encode give.
class BlockEncoder {
 public:
  static constexpr std::int64_t most_blocks = 64;  ///< a call: what one reads twice should lie in the first cache

  /// Empty where blocks need the scalar code: a rule or format that vectors don't have, a length that is no multiple of 16.
  static std::optional<BlockEncoder> of(const OperandSpec& operand, float tensor_scale);

  /// `blocks` (at most most_blocks) whole blocks that lie side by side. False, with outputs undefined, when one of them needs the
  /// scalar code: NaN, infinity, a factor that is no normal FP32 number. For E8M0 and for minifloat scales.
  bool encode(const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint8_t* scales) const;
  bool encode(const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint16_t* scales) const;

 private:
  ElementEncoding element_;
  std::int64_t block_ = 0;
  PowerScales power_;
  MinifloatScales minifloat_;
};

}  // namespace macroscope::datapath::kernels
