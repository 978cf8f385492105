// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/binary_planes.hpp"

#include <algorithm>
#include <array>

namespace macroscope::datapath::kernels {
namespace {

TablePairs cut_of(const QuantizedMatrix& m) { return {m.cols, m.block ? m.block : std::max<std::int64_t>(m.cols, 1)}; }

}  // namespace

BinaryPlanes::BinaryPlanes(const QuantizedMatrix& m) : cut_(cut_of(m)), planes_(m.planes), terms_(m.terms()), rows_(m.rows) {
  const std::int64_t index_count = panels() * cut_.total() * planes_ * plane_rows, scale_count = panels() * cut_.blocks() * terms_ * plane_rows;
  std::uint8_t* indices = indices_.reserve(static_cast<std::size_t>(index_count));
  float* scales = scales_.reserve(static_cast<std::size_t>(scale_count));
  std::fill(indices, indices + index_count, std::uint8_t{0});
  std::fill(scales, scales + scale_count, 0.0F);
  for (std::int64_t row = 0; row < rows_; ++row) {
    const std::int64_t panel = row / plane_rows, lane = row % plane_rows;
    const std::uint8_t* codes = m.codes8.data() + row * m.cols;
    for (std::int64_t block = 0; block < cut_.blocks(); ++block) {
      std::uint8_t* of_block = indices + (panel * cut_.total() + cut_.first(block)) * planes_ * plane_rows + lane;
      for (std::int64_t i = 0; i < cut_.length(block); ++i) {
        const unsigned code = codes[block * cut_.block + i];
        for (int p = 0; p < planes_; ++p) {
          std::uint8_t& index = of_block[(i / 8 * planes_ + p) * plane_rows];
          index = static_cast<std::uint8_t>(index | ((code >> p) & 1U) << (i % 8));
        }
      }
      for (int t = 0; t < terms_; ++t) scales[((panel * cut_.blocks() + block) * terms_ + t) * plane_rows + place_of_row(lane)] = m.term_scale(row, block, t);
    }
  }
}

SignedSumTables::SignedSumTables(const TablePairs& cut, const std::int16_t* x) {
  std::uint8_t* out = bytes_.reserve(static_cast<std::size_t>(cut.total() * 64));
  for (std::int64_t block = 0; block < cut.blocks(); ++block) {
    const std::int16_t* of_block = x + block * cut.block;
    std::int32_t sum = 0;
    for (std::int64_t i = 0; i < cut.length(block); ++i) sum += of_block[i];
    sums_.push_back(sum);
    for (std::int64_t table = 0; table < 2 * cut.pairs(block); ++table, out += 32) {
      std::array<int, 16> entry{};
      const auto x_at = [&](std::int64_t j) { return 4 * table + j < cut.length(block) ? of_block[4 * table + j] : 0; };
      for (std::int64_t j = 0; j < 4; ++j) entry[0] += x_at(j);
      for (std::int64_t j = 0; j < 4; ++j)
        for (std::size_t e = std::size_t{1} << j; e < std::size_t{2} << j; ++e) entry[e] = entry[e - (std::size_t{1} << j)] - 2 * x_at(j);
      for (std::size_t e = 0; e < 16; ++e) {
        const auto bits = static_cast<std::uint16_t>(entry[e]);
        out[e] = static_cast<std::uint8_t>(bits);
        out[16 + e] = static_cast<std::uint8_t>(bits >> 8);
      }
    }
  }
}

}  // namespace macroscope::datapath::kernels
