// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/datapath/kernels/aligned_buffer.hpp"
#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath::kernels {

/// Rows of weights that are looked up together: bytes of the widest vector.
inline constexpr std::int64_t plane_rows = 64;

/// Where numbers of a panel's row stand: by quarters of 16 rows, as widening vectors of bytes leaves them, whatever their length.
constexpr std::int64_t place_of_row(std::int64_t row) { return row % 16 / 4 * 16 + row / 16 * 4 + row % 4; }

/// How K is cut for tables of 4 activations: blocks under one scale, each in pairs of tables, the last pair filled up with zeros.
struct TablePairs {
  std::int64_t cols = 0, block = 1;

  [[nodiscard]] std::int64_t blocks() const { return (cols + block - 1) / block; }
  [[nodiscard]] std::int64_t length(std::int64_t at) const { return at + 1 < blocks() ? block : cols - at * block; }
  [[nodiscard]] std::int64_t pairs(std::int64_t at) const { return (length(at) + 7) / 8; }
  /// Pairs before a block.
  [[nodiscard]] std::int64_t first(std::int64_t at) const { return at * ((block + 7) / 8); }
  [[nodiscard]] std::int64_t total() const { return blocks() ? first(blocks() - 1) + pairs(blocks() - 1) : 0; }
};

/// Weights in planes as table indices: [panel of plane_rows][pair][plane][row], the low four bits of a byte for the pair's first
/// table, bit i of them set where element i is -1; and the scales, [panel][block][term][place_of_row]. Rows that are not there are zeros.
class BinaryPlanes {
 public:
  explicit BinaryPlanes(const QuantizedMatrix& matrix);

  [[nodiscard]] const TablePairs& cut() const { return cut_; }
  [[nodiscard]] int planes() const { return planes_; }
  [[nodiscard]] int terms() const { return terms_; }
  [[nodiscard]] std::int64_t panels() const { return (rows_ + plane_rows - 1) / plane_rows; }
  [[nodiscard]] const std::uint8_t* indices(std::int64_t panel) const { return indices_.data() + panel * cut_.total() * planes_ * plane_rows; }
  [[nodiscard]] const float* scales(std::int64_t panel) const { return scales_.data() + panel * cut_.blocks() * terms_ * plane_rows; }

 private:
  TablePairs cut_;
  int planes_, terms_;
  std::int64_t rows_;
  AlignedBuffer<std::uint8_t> indices_;
  AlignedBuffer<float> scales_;
};

/// Signed sums of one token's activations: entry i of a table has element j negative where bit j of i is set. A pair of tables is
/// 64 bytes: the low bytes of the first's 16 entries, its high bytes, and the second's.
class SignedSumTables {
 public:
  /// Magnitudes of at most 255, so that 32 entries add up in INT16.
  SignedSumTables(const TablePairs& cut, const std::int16_t* x);

  [[nodiscard]] const std::uint8_t* pairs() const { return bytes_.data(); }
  /// Sum of a block's activations, what the offset multiplies.
  [[nodiscard]] std::int32_t sum(std::int64_t block) const { return sums_[static_cast<std::size_t>(block)]; }

 private:
  AlignedBuffer<std::uint8_t> bytes_;
  std::vector<std::int32_t> sums_;
};

/// plane_rows sums of one panel at their place_of_row, scaled and added as binary_coding.hpp says, without the activation's scale.
/// `sums` lies on a 64-byte boundary.
void look_up_planes(const BinaryPlanes& planes, std::int64_t panel, const SignedSumTables& tables, float* sums);

}  // namespace macroscope::datapath::kernels
