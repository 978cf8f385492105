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

/// A's rows [first, first + valid) as integers, tile after tile: out[(tile * words + word) * tile_rows + row]. Bytes are offset
/// by 128. Rows up to `rows` (a multiple of tile_rows) hold no particular integers.
void pack_rows(const QuantizedMatrix& matrix, const std::int32_t* image, const WordLayout& layout, std::int64_t first, std::int64_t valid,
               std::int64_t rows, std::uint32_t* out);

/// B as integers, panel after panel: out[(panel * words + word) * panel_columns + column]; bytes are signed. Columns that fill
/// the last panel up are zero.
void pack_columns(const QuantizedMatrix& matrix, const std::int32_t* image, const WordLayout& layout, std::uint32_t* out);

/// What takes A's offset of 128 back: -128 times the sum of each group's bytes, of columns that pack_columns has packed;
/// starts[(panel * groups + group) * panel_columns + column].
void offset_starts(const std::uint32_t* packed, std::int64_t panels, const WordLayout& layout, std::int32_t* starts);

}  // namespace macroscope::datapath::kernels
