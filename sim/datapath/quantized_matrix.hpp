// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "formats/element.hpp"
#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

/// One operand of a matrix multiplication as codes and scales: rows by K, K contiguous. A row is a token of the activations
/// or an output channel of the weights.
struct QuantizedMatrix {
  formats::Element element;
  std::int64_t rows = 0;
  std::int64_t cols = 0;  ///< K
  std::vector<std::uint8_t> codes8;    ///< rows * cols, for elements of at most 8 bits
  std::vector<std::uint16_t> codes16;  ///< rows * cols, for wider ones
  int block = 0;                           ///< elements along K under one scale; 0: the whole row
  std::vector<std::uint8_t> e8m0_scales;   ///< rows * blocks(), or empty
  std::vector<float> fp32_scales;          ///< rows * blocks(), or empty: applied at the drain, whatever they were encoded in
  std::vector<std::uint16_t> scale_codes{};          ///< rows * blocks() codes of scale_format, or empty: applied in the unit
  std::optional<formats::Minifloat> scale_format{};  ///< of scale_codes
  float tensor_scale = 1;                            ///< above all of them, applied at the drain (NVFP4's second level)
  int planes = 0;                  ///< binary coding: bit p of a code is plane p's; fp32_scales has terms() a block. 0: other operands
  bool planes_have_offset = false; ///< the last term's scale is the offset

  /// Scales a row has: ceil(cols / block), or 1.
  [[nodiscard]] std::int64_t blocks() const { return block ? (cols + block - 1) / block : 1; }
  [[nodiscard]] formats::Code code(std::int64_t row, std::int64_t k) const {
    const auto at = static_cast<std::size_t>(row * cols + k);
    return codes16.empty() ? codes8[at] : codes16[at];
  }
  /// Terms of a binary coding: its planes, and its offset.
  [[nodiscard]] int terms() const { return planes + (planes_have_offset ? 1 : 0); }
  /// FP32 scale of one of them: alpha of a plane, or the offset after the planes.
  [[nodiscard]] float term_scale(std::int64_t row, std::int64_t at_block, int term) const {
    return fp32_scales[static_cast<std::size_t>((row * blocks() + at_block) * terms() + term)];
  }
  /// Scale that multiplies code values of (row, k), as a double; 1 where there is none. An MX integer's implicit binary
  /// point is included, so code value times this is the number meant. Not for planes.
  [[nodiscard]] double scale(std::int64_t row, std::int64_t k) const;
};

/// A matrix of codes 0 without scales, and how to fill it.
QuantizedMatrix empty_matrix(const formats::Element& element, std::int64_t rows, std::int64_t cols);
void set_code(QuantizedMatrix& matrix, std::int64_t row, std::int64_t k, formats::Code code);

/// x in `element` by the operand's rounding and overflow. Stochastic rounding of the number at row m and column k of a matrix draws
/// formats::random_word(seed, at), at = m * cols + k.
formats::Code encode_at(const OperandSpec& operand, const formats::Element& element, double x, std::int64_t at);

/// The scale that a minifloat, E8M0 (the nearest power of two) or FP32 encoding holds for a quotient that is not negative: never
/// 0, which is 1 in FP32 and the smallest positive number in the others.
float encoded_scale(const ScaleSpec& scale, float quotient);

/// Quantizes a row-major rows x cols FP32 matrix with `ld` floats from row to row.
///   e8m0 blocks: code = encode(x / 2^e), e from the scale rule; a block with a NaN or infinity gets scale 0xFF and codes 0
///   fp32 scales: s = absmax / max_finite (FP32, 1 if zero), code = encode(x / s) with an FP32 division; a row with a NaN
///                or infinity gets scale NaN and codes 0
///   minifloat blocks: t = absmax of the matrix / (max_finite * scale format's max_finite), 1 if zero or without 'tensor';
///                q = absmax of the block / (max_finite * t); scale code = RNE(q), saturated, at least the smallest positive;
///                code = encode(x / (scale * t)). Each product and quotient is one FP32 operation (formats/scale.hpp). A block with a
///                NaN or infinity gets the NaN code and codes 0; under a tensor scale the whole matrix does, and t is NaN
///   rule mse:    formats/scale.hpp's candidates in place of the quotient of absmax
///   e8m0 or minifloat scales of a row or tensor: as for FP32 ones, the scale first rounded to what the encoding holds
///   planes:      formats::fit_binary_coding of each row or block, alphas and offset rounded to what the scale's encoding holds; NaN
///                scales and codes 0 where a number is not finite
///   stored:      stored_operand.hpp
///   no scale:    code = encode(x)
/// encode is encode_at(): stochastic rounding depends on the seed and on a number's place in the matrix alone.
/// `fp32_block` > 0 gives each run of that many elements a scale of its own in place of one a row (attention's V);
/// ignored for operands with scales by block and without. Granularity tensor uses the absmax of the whole matrix. The result
/// is the same for any number of threads. Throws std::invalid_argument for FP32 elements.
QuantizedMatrix quantize(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld,
                         int fp32_block = 0, int threads = 1);

/// The same into a matrix that has been used before, whose storage is taken over: memory that is fresh from the system is slower
/// to write than the codes are to find.
void quantize_into(QuantizedMatrix& out, const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld,
                   int fp32_block = 0, int threads = 1);

/// The numbers that the codes stand for, rows x cols, row-major.
std::vector<float> dequantize(const QuantizedMatrix& matrix);

}  // namespace macroscope::datapath
