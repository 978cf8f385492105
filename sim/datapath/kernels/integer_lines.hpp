// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/kernels/integer_image.hpp"
#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath::kernels {

/// How K lies in 32-bit words: groups of `lanes`, each padded with zeros to whole words of `per_word` integers.
struct WordLayout {
  std::int64_t lanes = 0;
  std::int64_t per_word = 2;  ///< 2: INT16, 4: bytes
  std::int64_t groups = 0;
  [[nodiscard]] std::int64_t steps() const { return (lanes + per_word - 1) / per_word; }
  [[nodiscard]] std::int64_t words() const { return groups * steps(); }
};

/// A's rows [first, first + valid) as integers, tile after tile: out[(tile * words + word) * tile_rows + row]; signed bytes.
/// Rows up to `rows` (a multiple of tile_rows) are zero.
void pack_rows(const QuantizedMatrix& matrix, const std::int32_t* image, const WordLayout& layout, std::int64_t first, std::int64_t valid,
               std::int64_t rows, std::uint32_t* out);

/// What takes an offset of 128 in the other operand back: -128 times the sum of each group's bytes, of rows that pack_rows
/// has packed, starts[(tile * groups + group) * tile_rows + row].
void offset_starts(const std::uint32_t* packed, std::int64_t rows, const WordLayout& layout, std::int32_t* starts);

/// B as integers, panel after panel: out[(panel * words + word) * panel_columns + column]. Bytes are offset by 128.
void pack_columns(const QuantizedMatrix& matrix, const std::int32_t* image, const WordLayout& layout, std::uint32_t* out);

}  // namespace macroscope::datapath::kernels
