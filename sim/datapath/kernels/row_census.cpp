// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/row_census.hpp"

#include <algorithm>

namespace macroscope::datapath::kernels {
namespace {

using formats::Minifloat;
using formats::Specials;

/// Bits that are all set in every special code and in no finite one, after masking the sign where it does not matter.
struct SpecialCodes {
  unsigned mask = 0;      ///< which bits of the code to look at
  unsigned value = 0;     ///< special when code & mask == value
  unsigned infinity = 0;  ///< and infinite when the magnitude is this (0: the format has none)
  unsigned magnitude = 0;
};

SpecialCodes special_codes(const Minifloat& f) {
  const unsigned magnitude = (1U << (f.bits() - 1)) - 1U;
  switch (f.specials) {
    case Specials::ieee: return {f.infinity_code(), f.infinity_code(), f.infinity_code(), magnitude};
    case Specials::fn: return {magnitude, magnitude, 0, magnitude};
    case Specials::fnuz: return {(magnitude << 1U) | 1U, f.nan_code(), 0, magnitude};
    case Specials::none: break;
  }
  return {0, 1, 0, magnitude};
}

template <class Code>
bool any_special(const Code* codes, std::int64_t n, const SpecialCodes& s) {
  unsigned found = 0;
  for (std::int64_t i = 0; i < n; ++i) found |= static_cast<unsigned>((codes[i] & s.mask) == s.value);
  return found != 0;
}

template <class Code>
void find_special_rows(const QuantizedMatrix& m, const Code* codes, RowCensus& census) {
  const SpecialCodes s = special_codes(m.element.minifloat());
  for (std::int64_t row = 0; row < m.rows; ++row) {
    const Code* c = codes + row * m.cols;
    if (!any_special(c, m.cols, s)) continue;
    const bool only_infinities = s.infinity && std::all_of(c, c + m.cols, [&](Code code) {
      return (code & s.mask) != s.value || (code & s.magnitude) == s.infinity;
    });
    (only_infinities ? census.infinite_rows : census.nan_rows).push_back(row);
  }
}

/// Magnitudes of finite codes grow with the codes.
template <class Code>
double largest_magnitude(const Minifloat& f, const Code* codes, std::int64_t count) {
  const unsigned magnitude = (1U << (f.bits() - 1)) - 1U;
  unsigned largest = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const unsigned code = codes[i] & magnitude;
    largest = std::max(largest, code <= f.max_code() ? code : 0U);
  }
  return formats::decode(f, largest);
}

bool block_is_zero(const QuantizedMatrix& m, std::int64_t row, std::int64_t block) {
  if (m.element.decode(0) != 0) return false;  // binary codes, tables
  const unsigned magnitude = (1U << (m.element.bits() - (m.element.is_integer() ? 0 : 1))) - 1U;
  const std::int64_t last = std::min<std::int64_t>((block + 1) * m.block, m.cols);
  unsigned any = 0;
  for (std::int64_t k = block * m.block; k < last; ++k) any |= m.code(row, k) & magnitude;
  return any == 0;
}

void look_at_block_scales(const QuantizedMatrix& m, RowCensus& census) {
  const std::int64_t blocks = m.blocks();
  for (std::int64_t row = 0; row < m.rows; ++row) {
    bool nan = false;
    for (std::int64_t block = 0; block < blocks; ++block) {
      const int scale = m.e8m0_scales[static_cast<std::size_t>(row * blocks + block)];
      nan |= scale == formats::e8m0_nan;
      if (scale == formats::e8m0_nan || (scale >= census.lowest_scale && scale <= census.highest_scale)) continue;
      if (block_is_zero(m, row, block)) continue;
      census.lowest_scale = std::min(census.lowest_scale, scale);
      census.highest_scale = std::max(census.highest_scale, scale);
    }
    if (nan) census.nan_rows.push_back(row);
  }
}

/// Rows under a NaN scale are NaN; those under an infinite one go through the unit.
void find_special_scales(const QuantizedMatrix& m, RowCensus& census) {
  using Kind = formats::Unpacked::Kind;
  const SpecialCodes s = special_codes(*m.scale_format);
  for (std::int64_t row = 0; row < m.rows; ++row) {
    const std::uint16_t* scales = m.scale_codes.data() + row * m.blocks();
    if (!any_special(scales, m.blocks(), s)) continue;
    const bool nan = std::any_of(scales, scales + m.blocks(), [&](std::uint16_t code) { return formats::unpack(*m.scale_format, code).kind == Kind::nan; });
    (nan ? census.nan_rows : census.infinite_rows).push_back(row);
  }
}

}  // namespace

RowCensus take_census(const QuantizedMatrix& m) {
  RowCensus census;
  if (m.element.is_minifloat() && m.element.minifloat().specials != Specials::none) {
    if (m.codes16.empty()) find_special_rows(m, m.codes8.data(), census);
    else find_special_rows(m, m.codes16.data(), census);
  }
  if (m.element.is_minifloat() && m.element.minifloat().exponent_bits >= 8) {
    const auto count = m.rows * m.cols;
    census.largest = m.codes16.empty() ? largest_magnitude(m.element.minifloat(), m.codes8.data(), count) : largest_magnitude(m.element.minifloat(), m.codes16.data(), count);
  }
  if (!m.e8m0_scales.empty()) look_at_block_scales(m, census);
  if (!m.scale_codes.empty()) find_special_scales(m, census);
  return census;
}

}  // namespace macroscope::datapath::kernels
