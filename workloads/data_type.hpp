// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace macroscope::workloads {

/// Element type of a stored tensor.
enum class DataType { f16, bf16, f32, i8, u8, u16, i32, i64 };

/// Name in a safetensors header: "F16", "BF16", "F32", "I8", "U8", "U16", "I32", "I64".
std::string_view name(DataType type);

/// The type of that name; nothing if it is not one of them.
std::optional<DataType> data_type_named(std::string_view name);

/// Size of one element in bytes.
std::size_t size_of(DataType type);

/// FP32 values of `count` little-endian elements. F16 and BF16 convert exactly, I32 and I64 round to nearest even.
std::vector<float> to_floats(DataType type, const std::byte* data, std::size_t count);

/// IEEE binary16 to FP32, exact; NaN payloads keep their upper bits.
float half_to_float(std::uint16_t bits);

/// bfloat16 to FP32, exact.
float bfloat16_to_float(std::uint16_t bits);

/// Number of elements of a shape; nothing if a dimension is negative or the product does not fit 62 bits.
std::optional<std::int64_t> element_count(const std::vector<std::int64_t>& shape);

/// "[2, 3]"
std::string to_string(const std::vector<std::int64_t>& shape);

}  // namespace macroscope::workloads
