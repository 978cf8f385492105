// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/element.hpp"
#include "formats/scale.hpp"

namespace macroscope::formats {

/// What a block's scale is stored as.
struct ScaleFormat {
  enum class Kind : std::uint8_t { e8m0, fp32, minifloat };
  Kind kind = Kind::e8m0;
  std::optional<Minifloat> minifloat;  ///< only for Kind::minifloat; its sign is stored too (E4M3 takes 8 bits)

  [[nodiscard]] int bits() const;
  [[nodiscard]] std::string name() const;
};

/// A storage format: elements, and what is stored beside them for every block. The numbers meant are
///   one scale:       code's value under a block scale (Element::decode * 2^-block_fraction_bits for e8m0) * scale
///   tensor scale:    ... * one FP32 number a span (NVFP4: arXiv 2509.25149 section 2)
///   microexponents:  ... * 2^-tau, tau one bit for every `sub_block` elements (arXiv 2302.08007, shared microexponents)
///   planes:          offset + sum over planes of alpha * (+1 or -1) (binary coding), alphas and offset being a block's scales
struct BlockFormat {
  std::string name;
  std::string source;        ///< where it is defined
  Element element;           ///< `binary` if planes > 0
  int block = 0;             ///< elements that a scale covers; 0: the whole span
  ScaleFormat scale;
  ScaleRule rule = ScaleRule::floor;
  bool has_tensor_scale = false;
  int sub_block = 0;         ///< elements that share a microexponent; 0: none
  int planes = 0;            ///< of a binary coding, 1 to 8; 0: none
  bool has_offset = false;   ///< of a binary coding

  /// Bits of one element's code.
  [[nodiscard]] int code_bits() const { return planes ? planes : element.bits(); }
  /// Scales stored for one block: planes and offset of a binary coding, else 1.
  [[nodiscard]] int scales_a_block() const { return planes ? planes + (has_offset ? 1 : 0) : 1; }
  [[nodiscard]] std::int64_t blocks(std::int64_t count) const;
  /// All bits stored for `count` elements: codes, scales, microexponents and the tensor's scale. An incomplete last block has
  /// a whole scale.
  [[nodiscard]] std::int64_t storage_bits(std::int64_t count) const;
  /// Bits per element of long spans of whole blocks (4.25 for mxfp4_e2m1): a tensor's one scale weighs nothing.
  [[nodiscard]] double bits_per_element() const;
};

/// The named formats in the order of their families:
///   mxfp8_e4m3, mxfp8_e5m2, mxfp6_e2m3, mxfp6_e3m2, mxfp4_e2m1, mxint8 (OCP MX v1.0), mxint6, mxint4 (arXiv 2510.25602): 32, E8M0
///   nvfp4, nvint4: blocks of 16, E4M3 scales under an FP32 tensor scale
///   mx9, mx6, mx4: blocks of 16 with E8M0, pairs with one microexponent bit, 7, 4 and 2 bits of magnitude
///   msfp16, msfp12: block floating point, blocks of 16 with E8M0, a sign and 7 or 3 bits of magnitude
///   dfp16: INT16 with one exponent a span
///   nf4_b64: NF4 under FP32 absmax scales; bcq1 ... bcq4: binary coding, groups of 128, FP16 alphas and offset
const std::vector<BlockFormat>& block_formats();

/// A named format, or `ELEMENT_gN` (N elements, 1 to 65536) and `ELEMENT_tensor`: any element under FP32 absmax scales. Throws
/// InputError with the nearest name; `where` begins the sentence.
BlockFormat parse_block_format(std::string_view name, std::string_view where);
/// Empty where parse_block_format would throw.
std::optional<BlockFormat> find_block_format(std::string_view name);

/// How a span is encoded, beyond what the format says.
struct BlockEncoding {
  Rounding rounding = Rounding::rne;
  Overflow overflow = Overflow::saturate;
  Subnormals subnormals = Subnormals::keep;
  std::uint64_t seed = 0;  ///< of stochastic rounding: element i draws random_word(seed, i)
  int fit_rounds = 15;     ///< of a binary coding
};

/// A span of numbers in a block format.
struct EncodedSpan {
  std::int64_t count = 0;
  float tensor_scale = 1;            ///< 1 where the format has none
  std::vector<Code> scales;          ///< blocks x scales_a_block: E8M0 or minifloat codes, or FP32 bits; alphas, then the offset
  std::vector<std::uint8_t> micro;   ///< a microexponent bit for each sub-block, or empty
  std::vector<Code> codes;           ///< count; bit i of a binary coding's is plane i

  friend bool operator==(const EncodedSpan& a, const EncodedSpan& b);
};

/// Encodes n numbers. A block that holds a NaN or an infinity gets a NaN scale and codes 0 (OCP MX 6.3 leaves it to the
/// implementation; all its numbers then decode to NaN, as 6.2 says of a NaN scale). Under a tensor scale any such number makes
/// every scale NaN. Numbers are divided by E8M0 scales exactly, by others in FP32 (scale.hpp).
/// Microexponents: E = floor(log2 of the block's maximum), tau = min(1, E - floor(log2 of the pair's maximum)), steps of
/// 2^(E - tau + 1 - magnitude bits), saturating at the largest magnitude; a zero pair has tau 1.
/// Binary coding: fit_binary_coding a block, alphas and offset rounded to the scale's format, then the nearest levels.
EncodedSpan encode(const BlockFormat& format, const float* x, std::int64_t n, const BlockEncoding& how = {});

/// The numbers meant, in double: the products of code, scale and microexponent are exact, a tensor scale is multiplied last.
std::vector<double> decode(const BlockFormat& format, const EncodedSpan& span);

/// Packed storage: a stream of bits, least significant first, without gaps, zeros up to a whole last byte. First the tensor's
/// scale (32 bits) if there is one, then block by block: scales, microexponents, codes.
std::vector<std::uint8_t> pack(const BlockFormat& format, const EncodedSpan& span);

/// The inverse of pack for `count` elements. Throws InputError where the bytes are not as many as storage_bits(count) says.
EncodedSpan unpack(const BlockFormat& format, const std::vector<std::uint8_t>& bytes, std::int64_t count);

}  // namespace macroscope::formats
