// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/packed_operand.hpp"

#include <algorithm>
#include <cmath>

#include "sim/datapath/kernels/decode_table.hpp"
#include "sim/datapath/kernels/digit_images.hpp"
#include "sim/datapath/kernels/integer_image.hpp"
#include "sim/datapath/kernels/tile.hpp"

namespace macroscope::datapath::kernels {
namespace {

template <class Code, class Value>
void pack_values(const QuantizedMatrix& m, const Code* codes, std::int64_t padded_cols, const std::vector<float>& table, Value* out) {
  const std::int64_t panels = (m.rows + panel_columns - 1) / panel_columns;
  std::fill(out, out + panels * padded_cols * panel_columns, Value{0});
  for (std::int64_t row = 0; row < m.rows; ++row) {
    Value* column = out + (row / panel_columns) * padded_cols * panel_columns + row % panel_columns;
    for (std::int64_t k = 0; k < m.cols; ++k) column[k * panel_columns] = static_cast<Value>(table[codes[row * m.cols + k]]);
  }
}

}  // namespace

PackedOperand::PackedOperand(int lanes, QuantizedMatrix&& matrix)
    : lanes_(lanes), owned_(std::make_unique<QuantizedMatrix>(std::move(matrix))), matrix_(owned_.get()), census_(take_census(*matrix_)) {}

PackedOperand::PackedOperand(int lanes, const QuantizedMatrix* matrix) : lanes_(lanes), matrix_(matrix), census_(take_census(*matrix)) {}

std::size_t PackedOperand::panel_words(const WordLayout& layout) const { return static_cast<std::size_t>(panels() * layout.words() * panel_columns); }

std::int64_t PackedOperand::panels() const { return (matrix_->rows + panel_columns - 1) / panel_columns; }

const float* PackedOperand::values() const {
  std::call_once(values_once_, [this] {
    const std::int64_t padded = groups() * lanes_;
    float* out = values_.reserve(static_cast<std::size_t>(panels() * padded * panel_columns));
    const std::vector<float>& table = decode_table(matrix_->element);
    if (matrix_->codes16.empty()) pack_values(*matrix_, matrix_->codes8.data(), padded, table, out);
    else pack_values(*matrix_, matrix_->codes16.data(), padded, table, out);
  });
  return values_.data();
}

const std::uint32_t* PackedOperand::pairs() const {
  std::call_once(pairs_once_, [this] {
    const WordLayout layout{lanes_, 2, groups()};
    pack_columns(*matrix_, integer_image(matrix_->element).of_code.data(), layout, pairs_.reserve(panel_words(layout)));
  });
  return pairs_.data();
}

const std::uint32_t* PackedOperand::bytes() const {
  std::call_once(bytes_once_, [this] {
    const WordLayout layout{lanes_, 4, groups()};
    pack_columns(*matrix_, integer_image(matrix_->element).of_code.data(), layout, bytes_.reserve(panel_words(layout)));
  });
  return bytes_.data();
}

const std::int32_t* PackedOperand::byte_starts() const {
  std::call_once(byte_starts_once_, [this] {
    const WordLayout layout{lanes_, 4, groups()};
    offset_starts(bytes(), panels(), layout, byte_starts_.reserve(static_cast<std::size_t>(panels() * layout.groups * panel_columns)));
  });
  return byte_starts_.data();
}

const std::uint32_t* PackedOperand::digits() const {
  std::call_once(digits_once_, [this] {
    const WordLayout layout{lanes_, 2, groups()};
    std::uint32_t* out = digits_.reserve(3 * panel_words(layout));
    for (const std::vector<std::int32_t>& plane : digit_images(matrix_->element)->of_code) {
      pack_columns(*matrix_, plane.data(), layout, out);
      out += panel_words(layout);
    }
  });
  return digits_.data();
}

const float* PackedOperand::integer_factors() const {
  std::call_once(integer_factors_once_, [this] {
    const int shift = integer_image(matrix_->element).shift;
    float* out = integer_factors_.reserve(static_cast<std::size_t>(panels() * groups() * panel_columns));
    std::fill(out, out + panels() * groups() * panel_columns, std::ldexp(1.0F, -shift));
    const IntegerFactors factors(*matrix_, census_, lanes_, shift);
    for (std::int64_t row = 0; row < matrix_->rows; ++row)
      factors.fill(row, groups(), out + (row / panel_columns) * groups() * panel_columns + row % panel_columns, panel_columns);
  });
  return integer_factors_.data();
}

const double* PackedOperand::factors() const {
  std::call_once(factors_once_, [this] {
    factors_.assign(static_cast<std::size_t>(panels() * groups() * panel_columns), 1.0);
    for (std::int64_t row = 0; row < matrix_->rows; ++row)
      for (std::int64_t g = 0; g < groups(); ++g)
        factors_[static_cast<std::size_t>(((row / panel_columns) * groups() + g) * panel_columns + row % panel_columns)] =
            group_factor(*matrix_, census_, row, g, lanes_);
  });
  return factors_.data();
}

DepthMasks PackedOperand::depths() const {
  std::call_once(depths_once_, [this] { depths_.take(values(), panels() * groups(), lanes_, matrix_->element.minifloat().min_exponent()); });
  return depths_.masks();
}

const BinaryPlanes& PackedOperand::binary_planes() const {
  std::call_once(binary_planes_once_, [this] { binary_planes_ = std::make_unique<BinaryPlanes>(*matrix_); });
  return *binary_planes_;
}

const Int8Weights& PackedOperand::int8_weights() const {
  std::call_once(int8_once_, [this] { int8_weights_ = std::make_unique<Int8Weights>(*matrix_); });
  return *int8_weights_;
}

double group_factor(const QuantizedMatrix& m, const RowCensus& census, std::int64_t row, std::int64_t group, std::int64_t lanes) {
  if (m.e8m0_scales.empty() && m.scale_codes.empty()) return 1.0;
  const auto at = static_cast<std::size_t>(row * m.blocks() + group * lanes / m.block);
  if (!m.scale_codes.empty()) {
    const double scale = formats::decode(*m.scale_format, m.scale_codes[at]);
    return std::isfinite(scale) ? scale : 1.0;
  }
  const int scale = m.e8m0_scales[at];
  if (scale < census.lowest_scale || scale > census.highest_scale) return 1.0;
  return std::ldexp(1.0, scale - formats::e8m0_bias - m.element.block_fraction_bits());
}

IntegerFactors::IntegerFactors(const QuantizedMatrix& m, const RowCensus& census, std::int64_t lanes, int shift)
    : m_(m), lanes_(lanes), unscaled_(std::ldexp(1.0F, -shift)), of_code_(m.scale_format ? std::size_t{1} << m.scale_format->bits() : 256, unscaled_) {
  if (m.scale_format) {
    for (std::size_t code = 0; code < of_code_.size(); ++code) {
      const double scale = formats::decode(*m.scale_format, static_cast<formats::Code>(code));
      if (std::isfinite(scale)) of_code_[code] = static_cast<float>(std::ldexp(scale, -shift));
    }
    return;
  }
  for (int scale = census.lowest_scale; scale <= census.highest_scale; ++scale)
    of_code_[static_cast<std::size_t>(scale)] = std::ldexp(1.0F, scale - formats::e8m0_bias - m.element.block_fraction_bits() - shift);
}

void IntegerFactors::fill(std::int64_t row, std::int64_t groups, float* out, std::int64_t stride) const {
  if (m_.e8m0_scales.empty() && m_.scale_codes.empty()) {
    for (std::int64_t g = 0; g < groups; ++g) out[g * stride] = unscaled_;
    return;
  }
  const std::int64_t groups_a_block = m_.block / lanes_, first = row * m_.blocks();
  for (std::int64_t g = 0, block = 0; g < groups; ++block) {
    const auto at = static_cast<std::size_t>(first + block);
    const float factor = of_code_[m_.scale_codes.empty() ? m_.e8m0_scales[at] : m_.scale_codes[at]];
    for (const std::int64_t end = std::min(groups, g + groups_a_block); g < end; ++g) out[g * stride] = factor;
  }
}

}  // namespace macroscope::datapath::kernels
