// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath::kernels {

/// An element as vector code encodes it: RNE with saturation, FP32 arithmetic only.
struct ElementEncoding {
  bool integer = false;
  std::uint32_t code_mask = 0;   ///< all bits of a code
  float limit = 0;               ///< largest finite magnitude
  int mantissa_bits = 0;
  int min_exponent = 0;
  int sign_shift = 0;            ///< where the sign bit stands
  bool negative_zero = true;     ///< the format has one
  std::uint32_t nan_code = 0;    ///< what a NaN becomes; an integer becomes 0
  std::uint32_t max_code = 0;    ///< a minifloat's code of `limit`
  bool in_bytes = false;         ///< four vectors at a time to bytes; of a minifloat, the last places of its largest numbers times 2^23 are FP32 numbers
};

/// Empty when the operand's rounding, overflow rule or format needs Element::encode.
std::optional<ElementEncoding> vector_encoding(const OperandSpec& operand);
std::optional<ElementEncoding> vector_encoding(const formats::Minifloat& format);

/// Codes of x[i] / scale (one FP32 division, then the encoding's rounding).
void encode_quotients(const ElementEncoding& encoding, const float* x, std::int64_t n, float scale, std::uint8_t* codes);
void encode_quotients(const ElementEncoding& encoding, const float* x, std::int64_t n, float scale, std::uint16_t* codes);

/// Codes of x[i] * factor, for a factor that is a power of two among the normal numbers. The product is exact, or so far
/// below the smallest code that it becomes zero either way.
void encode_products(const ElementEncoding& encoding, const float* x, std::int64_t n, float factor, std::uint8_t* codes);
void encode_products(const ElementEncoding& encoding, const float* x, std::int64_t n, float factor, std::uint16_t* codes);

/// Largest magnitude; NaN if any element is NaN, infinity if any is infinite and none NaN; 0 of nothing.
float absolute_maximum(const float* x, std::int64_t n);

}  // namespace macroscope::datapath::kernels
