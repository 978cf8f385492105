// SPDX-License-Identifier: Apache-2.0
#include "workloads/gguf_blocks.hpp"

#include <array>
#include <cstring>

#include "workloads/data_type.hpp"

namespace macroscope::workloads {
namespace {

constexpr std::size_t quantized_block = 32;

std::uint16_t load16(const std::byte* at) {
  std::uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return bits;
}

void decode_f32(const std::byte* block, float* values) { std::memcpy(values, block, sizeof(float)); }

void decode_f16(const std::byte* block, float* values) { *values = half_to_float(load16(block)); }

void decode_bf16(const std::byte* block, float* values) { *values = bfloat16_to_float(load16(block)); }

/// 16 bytes: the low nibbles are elements 0..15, the high ones 16..31.
template <typename Value>
void decode_nibbles(const std::byte* nibbles, float* values, Value value) {
  for (std::size_t i = 0; i < quantized_block / 2; ++i) {
    const int pair = std::to_integer<int>(nibbles[i]);
    values[i] = value(pair & 15);
    values[i + quantized_block / 2] = value(pair >> 4);
  }
}

void decode_q4_0(const std::byte* block, float* values) {
  const float scale = half_to_float(load16(block));
  decode_nibbles(block + 2, values, [scale](int code) { return static_cast<float>(code - 8) * scale; });
}

void decode_q4_1(const std::byte* block, float* values) {
  const float scale = half_to_float(load16(block));
  const float minimum = half_to_float(load16(block + 2));
  decode_nibbles(block + 4, values, [=](int code) { return static_cast<float>(code) * scale + minimum; });
}

void decode_q8_0(const std::byte* block, float* values) {
  const float scale = half_to_float(load16(block));
  for (std::size_t i = 0; i < quantized_block; ++i)
    values[i] = static_cast<float>(static_cast<std::int8_t>(block[2 + i])) * scale;
}

// Codes and block sizes: ggml.h, enum ggml_type, and ggml-common.h, block_q4_0, block_q4_1, block_q8_0.
constexpr std::array<GgufBlock, 6> blocks{{{0, "F32", 1, 4, decode_f32},
                                           {1, "F16", 1, 2, decode_f16},
                                           {2, "Q4_0", quantized_block, 18, decode_q4_0},
                                           {3, "Q4_1", quantized_block, 20, decode_q4_1},
                                           {8, "Q8_0", quantized_block, 34, decode_q8_0},
                                           {30, "BF16", 1, 2, decode_bf16}}};

}  // namespace

const GgufBlock* gguf_block(std::uint32_t code) {
  for (const GgufBlock& block : blocks)
    if (block.code == code) return &block;
  return nullptr;
}

std::string_view gguf_block_names() { return "F32, F16, Q4_0, Q4_1, Q8_0, BF16"; }

std::vector<float> decode_gguf_blocks(const GgufBlock& block, const std::byte* data, std::size_t count) {
  std::vector<float> values(count * block.elements);
  for (std::size_t i = 0; i < count; ++i) block.decode(data + i * block.bytes, values.data() + i * block.elements);
  return values;
}

}  // namespace macroscope::workloads
