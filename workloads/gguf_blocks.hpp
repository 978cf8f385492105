// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace macroscope::workloads {

/// How one GGUF tensor type stores its elements: `elements` of them share a block of `bytes` bytes.
struct GgufBlock {
  std::uint32_t code;  ///< ggml_type in the file
  std::string_view name;
  std::size_t elements;
  std::size_t bytes;
  void (*decode)(const std::byte* block, float* values);  ///< writes `elements` FP32 values
};

/// The block of that ggml_type; nullptr if it cannot be read. F32, F16, BF16, Q4_0, Q4_1 and Q8_0 can.
const GgufBlock* gguf_block(std::uint32_t code);

/// "F32, F16, Q4_0, Q4_1, Q8_0, BF16"
std::string_view gguf_block_names();

/// FP32 values of `blocks` consecutive blocks. A Q4_1 or Q8_0 value is one FP32 product (and one FP32 sum), as in ggml.
std::vector<float> decode_gguf_blocks(const GgufBlock& block, const std::byte* data, std::size_t blocks);

}  // namespace macroscope::workloads
