// SPDX-License-Identifier: Apache-2.0
#include "formats/code_digest.hpp"

#include <array>
#include <cstring>

#include "formats/minifloat.hpp"
#include "formats/scale.hpp"

namespace macroscope::formats {
namespace {

/// CRC-32 of IEEE 802.3, eight bytes a step by tables (Kounavis and Berry, ISCC 2005).
class Crc32 {
 public:
  Crc32() {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t crc = byte;
      for (int bit = 0; bit < 8; ++bit) crc = crc & 1U ? crc >> 1 ^ 0xedb88320U : crc >> 1;
      table_[0][byte] = crc;
    }
    for (std::size_t slice = 1; slice < 8; ++slice)
      for (std::size_t byte = 0; byte < 256; ++byte) table_[slice][byte] = table_[slice - 1][byte] >> 8 ^ table_[0][table_[slice - 1][byte] & 255U];
  }

  /// `size` is a multiple of 8; bytes are read as a little-endian machine does.
  [[nodiscard]] std::uint32_t extend(std::uint32_t crc, const std::uint8_t* bytes, std::size_t size) const {
    for (std::size_t at = 0; at < size; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + at, sizeof word);
      word ^= crc;
      crc = 0;
      for (std::size_t i = 0; i < 8; ++i) crc ^= table_[7 - i][word >> (8 * i) & 255U];
    }
    return crc;
  }

 private:
  std::array<std::array<std::uint32_t, 256>, 8> table_;
};

template <class Encode>
std::uint32_t digest(int chunk, const Encode& encode) {
  static const Crc32 crc32;
  std::uint32_t crc = 0xffffffffU;
  std::array<std::uint8_t, 8192> codes;
  for (std::uint32_t low = 0; low < 1U << 23; low += codes.size()) {
    for (std::uint32_t i = 0; i < codes.size(); ++i) {
      const std::uint32_t bits = static_cast<std::uint32_t>(chunk) << 23 | (low + i);
      float number = 0;
      std::memcpy(&number, &bits, sizeof number);
      codes[i] = static_cast<std::uint8_t>(encode(static_cast<double>(number)));
    }
    crc = crc32.extend(crc, codes.data(), codes.size());
  }
  return ~crc;
}

}  // namespace

const std::vector<SharedFormat>& formats_shared_with_ml_dtypes() {
  static const std::vector<SharedFormat> formats{
      {"e4m3", "float8_e4m3fn", Overflow::nan},         {"e5m2", "float8_e5m2", Overflow::inf},         {"e4m3fnuz", "float8_e4m3fnuz", Overflow::nan},
      {"e5m2fnuz", "float8_e5m2fnuz", Overflow::nan},   {"e3m4", "float8_e3m4", Overflow::inf},         {"e2m3", "float6_e2m3fn", Overflow::saturate},
      {"e3m2", "float6_e3m2fn", Overflow::saturate},    {"e2m1", "float4_e2m1fn", Overflow::saturate},  {"e8m0", "float8_e8m0fnu", Overflow::nan}};
  return formats;
}

std::uint32_t code_digest(const SharedFormat& format, int chunk) {
  if (format.name == "e8m0") return digest(chunk, [](double x) { return encode_e8m0(x); });
  return digest(chunk, MinifloatEncoder(*parse_minifloat(format.name), Rounding::rne, format.overflow));
}

}  // namespace macroscope::formats
