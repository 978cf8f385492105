// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/integer_lines.hpp"

#include <algorithm>
#include <cstring>

#include "sim/datapath/kernels/aligned_buffer.hpp"
#include "sim/datapath/kernels/dot_tile.hpp"
#include "sim/datapath/kernels/translate.hpp"

namespace macroscope::datapath::kernels {
namespace {

/// How codes become integers.
template <class Integer>
struct Translation {
  const Integer* image = nullptr;  ///< by code
  Integer padding = 0;             ///< what a zero becomes
  bool plain = true;               ///< each integer is its code plus that
  int small_table = 0;             ///< entries of `image` in use, where so few that vector registers hold them; else 0
};

/// Without gaps between groups.
template <class Code, class Integer>
void translate_all(const Code* codes, std::int64_t cols, const Translation<Integer>& t, Integer* line) {
  if (t.plain) {
    for (std::int64_t k = 0; k < cols; ++k) line[k] = static_cast<Integer>(codes[k] + t.padding);
    return;
  }
  if constexpr (sizeof(Code) == 1 && sizeof(Integer) == 1)
    if (t.small_table) return translate_small(codes, cols, t.image, t.small_table, line);
  for (std::int64_t k = 0; k < cols; ++k) line[k] = t.image[codes[k]];
}

/// One line of a matrix as integers in the order of its words.
template <class Code, class Integer>
void translate(const Code* codes, std::int64_t cols, const WordLayout& layout, const Translation<Integer>& t, Integer* line) {
  const std::int64_t padded = layout.steps() * layout.per_word;
  if (padded == layout.lanes) {  // no gaps
    translate_all(codes, cols, t, line);
    std::fill(line + cols, line + layout.groups * padded, t.padding);
    return;
  }
  std::fill(line, line + layout.groups * padded, t.padding);
  for (std::int64_t g = 0; g < layout.groups; ++g)
    for (std::int64_t k = g * layout.lanes; k < std::min((g + 1) * layout.lanes, cols); ++k) line[k + g * (padded - layout.lanes)] = t.image[codes[k]];
}

/// Lines [first, first + valid) of a matrix, `wide` at a time, turned so that equal words of the lines lie side by side.
template <class Code, class Integer>
class LinePacker {
 public:
  LinePacker(const QuantizedMatrix& m, const Code* codes, const std::int32_t* image, int offset, const WordLayout& layout)
      : m_(m), codes_(codes), layout_(layout) {
    const std::size_t entries = sizeof(Code) == 1 ? 256 : 65536;
    Integer* table = table_.reserve(entries);
    rule_ = {table, static_cast<Integer>(offset), true, small_table_entries(m.element.bits())};
    for (std::size_t code = 0; code < entries; ++code) {
      table[code] = static_cast<Integer>(image[code] + offset);
      rule_.plain &= table[code] == static_cast<Integer>(code + static_cast<std::size_t>(offset));
    }
  }

  void pack(std::int64_t first, std::int64_t valid, std::int64_t wide, std::uint32_t* out) const {
    thread_local AlignedBuffer<std::uint32_t> buffer;
    const std::int64_t words = layout_.words();
    std::uint32_t* lines = buffer.reserve(static_cast<std::size_t>(words * wide));
    for (std::int64_t start = 0; start < valid; start += wide, out += words * wide) {
      const std::int64_t count = std::min(wide, valid - start);
      for (std::int64_t i = 0; i < count; ++i)
        translate(codes_ + (first + start + i) * m_.cols, m_.cols, layout_, rule_, reinterpret_cast<Integer*>(lines + i * words));
      std::memset(lines + count * words, 0, static_cast<std::size_t>((wide - count) * words) * sizeof *lines);
      turn(lines, words, wide, out);
    }
  }

 private:
  static void turn(const std::uint32_t* lines, std::int64_t words, std::int64_t wide, std::uint32_t* out) {
    if (wide == tile_rows) return turn<tile_rows>(lines, words, out);
    constexpr std::int64_t at_once = 16;  // as much of each line as stays in the first-level cache
    for (std::int64_t start = 0; start < words; start += at_once)
      for (std::int64_t i = 0; i < wide; ++i)
        for (std::int64_t w = start; w < std::min(start + at_once, words); ++w) out[w * wide + i] = lines[i * words + w];
  }
  template <std::int64_t wide>
  static void turn(const std::uint32_t* lines, std::int64_t words, std::uint32_t* out) {
    for (std::int64_t w = 0; w < words; ++w)
      for (std::int64_t i = 0; i < wide; ++i) out[w * wide + i] = lines[i * words + w];
  }

  const QuantizedMatrix& m_;
  const Code* codes_;
  const WordLayout& layout_;
  AlignedBuffer<Integer> table_;
  Translation<Integer> rule_;
};

/// Packs by the types that codes and integers have.
void pack(const QuantizedMatrix& m, const std::int32_t* image, int offset, const WordLayout& layout, std::int64_t first, std::int64_t valid,
          std::int64_t wide, std::uint32_t* out) {
  const bool bytes = layout.per_word == 4;
  if (m.codes16.empty()) {
    if (bytes) LinePacker<std::uint8_t, std::uint8_t>(m, m.codes8.data(), image, offset, layout).pack(first, valid, wide, out);
    else LinePacker<std::uint8_t, std::uint16_t>(m, m.codes8.data(), image, offset, layout).pack(first, valid, wide, out);
  } else {
    if (bytes) LinePacker<std::uint16_t, std::uint8_t>(m, m.codes16.data(), image, offset, layout).pack(first, valid, wide, out);
    else LinePacker<std::uint16_t, std::uint16_t>(m, m.codes16.data(), image, offset, layout).pack(first, valid, wide, out);
  }
}

}  // namespace

void pack_rows(const QuantizedMatrix& m, const std::int32_t* image, const WordLayout& layout, std::int64_t first, std::int64_t valid, std::int64_t rows,
               std::uint32_t* out) {
  pack(m, image, layout.per_word == 4 ? 128 : 0, layout, first, valid, tile_rows, out);
  const std::int64_t filled = (valid + tile_rows - 1) / tile_rows * tile_rows;
  std::memset(out + filled * layout.words(), 0, static_cast<std::size_t>((rows - filled) * layout.words()) * sizeof *out);
}

void pack_columns(const QuantizedMatrix& m, const std::int32_t* image, const WordLayout& layout, std::uint32_t* out) {
  pack(m, image, 0, layout, 0, m.rows, panel_columns, out);
}

void offset_starts(const std::uint32_t* packed, std::int64_t panels, const WordLayout& layout, std::int32_t* starts) {
  const std::int64_t steps = layout.steps();
  for (std::int64_t i = 0; i < panels * layout.groups; ++i, starts += panel_columns) {
    // Bytes made unsigned and added up in 16 bits, two at a time; 64 words at most before these could overflow.
    std::uint32_t even[panel_columns] = {}, odd[panel_columns] = {}, total[panel_columns] = {};
    for (std::int64_t k = 0; k < steps; ++k, packed += panel_columns) {
      for (std::int64_t n = 0; n < panel_columns; ++n) {
        const std::uint32_t word = packed[n] ^ 0x80808080U;
        even[n] += word & 0x00ff00ffU;
        odd[n] += word >> 8 & 0x00ff00ffU;
      }
      if (k % 64 != 63 && k + 1 != steps) continue;
      for (std::int64_t n = 0; n < panel_columns; ++n) {
        total[n] += (even[n] & 0xffff) + (even[n] >> 16) + (odd[n] & 0xffff) + (odd[n] >> 16);
        even[n] = odd[n] = 0;
      }
    }
    for (std::int64_t n = 0; n < panel_columns; ++n) starts[n] = -128 * (static_cast<std::int32_t>(total[n]) - static_cast<std::int32_t>(512 * steps));
  }
}

}  // namespace macroscope::datapath::kernels
