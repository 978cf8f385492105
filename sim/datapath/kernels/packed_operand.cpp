// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/packed_operand.hpp"

#include <algorithm>
#include <cmath>

#include "sim/datapath/kernels/decode_table.hpp"
#include "sim/datapath/kernels/tile.hpp"

namespace macroscope::datapath::kernels {
namespace {

/// Calls put(row, k, value index within the row's codes) in an order that writes panels front to back.
template <class Code, class Value>
void pack_values(const QuantizedMatrix& m, const Code* codes, std::int64_t padded_cols, const std::vector<float>& table, Value* out) {
  const std::int64_t panels = (m.rows + panel_columns - 1) / panel_columns;
  std::fill(out, out + panels * padded_cols * panel_columns, Value{0});
  for (std::int64_t row = 0; row < m.rows; ++row) {
    Value* column = out + (row / panel_columns) * padded_cols * panel_columns + row % panel_columns;
    for (std::int64_t k = 0; k < m.cols; ++k) column[k * panel_columns] = static_cast<Value>(table[codes[row * m.cols + k]]);
  }
}

template <class Code>
void pack_pairs(const QuantizedMatrix& m, const Code* codes, std::int64_t lanes, const std::vector<float>& table, std::int16_t* out) {
  const std::int64_t groups = (m.cols + lanes - 1) / lanes, pairs = (lanes + 1) / 2, panels = (m.rows + panel_columns - 1) / panel_columns;
  std::fill(out, out + panels * groups * pairs * 2 * panel_columns, std::int16_t{0});
  for (std::int64_t row = 0; row < m.rows; ++row) {
    std::int16_t* column = out + (row / panel_columns) * groups * pairs * 2 * panel_columns + 2 * (row % panel_columns);
    for (std::int64_t k = 0; k < m.cols; ++k) {
      const std::int64_t lane = k % lanes;
      column[((k / lanes) * pairs + lane / 2) * 2 * panel_columns + lane % 2] = static_cast<std::int16_t>(table[codes[row * m.cols + k]]);
    }
  }
}

}  // namespace

PackedOperand::PackedOperand(int lanes, QuantizedMatrix&& matrix)
    : lanes_(lanes), owned_(std::make_unique<QuantizedMatrix>(std::move(matrix))), matrix_(owned_.get()), census_(take_census(*matrix_)) {}

PackedOperand::PackedOperand(int lanes, const QuantizedMatrix* matrix) : lanes_(lanes), matrix_(matrix), census_(take_census(*matrix)) {}

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

const std::int16_t* PackedOperand::pairs() const {
  std::call_once(pairs_once_, [this] {
    std::int16_t* out = pairs_.reserve(static_cast<std::size_t>(panels() * groups() * ((lanes_ + 1) / 2) * 2 * panel_columns));
    const std::vector<float>& table = decode_table(matrix_->element);
    if (matrix_->codes16.empty()) pack_pairs(*matrix_, matrix_->codes8.data(), lanes_, table, out);
    else pack_pairs(*matrix_, matrix_->codes16.data(), lanes_, table, out);
  });
  return pairs_.data();
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

}  // namespace macroscope::datapath::kernels
