// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace macroscope::workloads {

class GgufFile;

/// Shape of a decoder-only language model of Llama type.
struct LlamaConfig {
  std::int64_t vocabulary;
  std::int64_t width;       ///< of the residual stream
  std::int64_t ffn_width;
  std::int64_t layers;
  std::int64_t heads;
  std::int64_t kv_heads;    ///< grouped-query attention: `heads / kv_heads` query heads share one
  std::int64_t head_width;
  std::int64_t context;     ///< longest window in tokens
  float norm_epsilon;
  float rope_base;
  bool tied_head;           ///< the output embedding is the input embedding

  std::int64_t parameters() const;

  /// From config.json of a Hugging Face folder. Throws InputError with the key if the model is of another type, uses
  /// something else than SiLU, biases or scaled RoPE, or its sizes do not fit each other.
  static LlamaConfig from_json(const std::filesystem::path& path);

  /// From GGUF metadata (general.architecture "llama"). Throws InputError likewise.
  static LlamaConfig from_gguf(const GgufFile& file);
};

}  // namespace macroscope::workloads
