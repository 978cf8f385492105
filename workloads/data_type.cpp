// SPDX-License-Identifier: Apache-2.0
#include "workloads/data_type.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace macroscope::workloads {
namespace {

struct TypeRow {
  DataType type;
  std::string_view name;
  std::size_t size;
};

constexpr std::array<TypeRow, 8> types{{{DataType::f16, "F16", 2},
                                        {DataType::bf16, "BF16", 2},
                                        {DataType::f32, "F32", 4},
                                        {DataType::i8, "I8", 1},
                                        {DataType::u8, "U8", 1},
                                        {DataType::u16, "U16", 2},
                                        {DataType::i32, "I32", 4},
                                        {DataType::i64, "I64", 8}}};

const TypeRow& row_of(DataType type) { return types[static_cast<std::size_t>(type)]; }

template <typename Stored, typename Convert>
std::vector<float> convert_all(const std::byte* data, std::size_t count, Convert convert) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, data + i * sizeof(Stored), sizeof(Stored));
    values[i] = convert(stored);
  }
  return values;
}

}  // namespace

std::string_view name(DataType type) { return row_of(type).name; }

std::size_t size_of(DataType type) { return row_of(type).size; }

std::optional<DataType> data_type_named(std::string_view name) {
  for (const TypeRow& row : types)
    if (row.name == name) return row.type;
  return std::nullopt;
}

float bfloat16_to_float(std::uint16_t bits) {
  const std::uint32_t word = std::uint32_t{bits} << 16;
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return sign ? -magnitude : magnitude;
  }
  const std::uint32_t biased = exponent == 0x1f ? 0xffu : exponent - 15 + 127;
  const std::uint32_t word = sign | biased << 23 | mantissa << 13;
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

std::vector<float> to_floats(DataType type, const std::byte* data, std::size_t count) {
  const auto cast = [](auto stored) { return static_cast<float>(stored); };
  switch (type) {
    case DataType::f16: return convert_all<std::uint16_t>(data, count, half_to_float);
    case DataType::bf16: return convert_all<std::uint16_t>(data, count, bfloat16_to_float);
    case DataType::f32: return convert_all<float>(data, count, cast);
    case DataType::i8: return convert_all<std::int8_t>(data, count, cast);
    case DataType::u8: return convert_all<std::uint8_t>(data, count, cast);
    case DataType::u16: return convert_all<std::uint16_t>(data, count, cast);
    case DataType::i32: return convert_all<std::int32_t>(data, count, cast);
    case DataType::i64: return convert_all<std::int64_t>(data, count, cast);
  }
  return {};
}

std::optional<std::int64_t> element_count(const std::vector<std::int64_t>& shape) {
  constexpr std::int64_t limit = std::int64_t{1} << 62;
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent != 0 && count > limit / extent) return std::nullopt;
    count *= extent;
  }
  return count;
}

std::string to_string(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

}  // namespace macroscope::workloads
