// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "workloads/llama_config.hpp"
#include "workloads/matmul.hpp"
#include "workloads/token_windows.hpp"

namespace macroscope::workloads {

class SafetensorsFile;

/// FP32 weights, each matrix out x in row-major as Hugging Face stores it, q and k in its RoPE order (the halves of a head
/// are rotated against each other).
struct LlamaWeights {
  struct Layer {
    Matrix q, k, v, o, gate, up, down;
    std::vector<float> attention_norm, mlp_norm;
  };

  Matrix embedding;
  std::vector<Layer> layers;
  std::vector<float> norm;
  Matrix head;  ///< empty if tied to the embedding

  /// From a safetensors file with Hugging Face's names. Throws InputError for a missing tensor or another shape.
  static LlamaWeights from_safetensors(const SafetensorsFile& file, const LlamaConfig& config);

  /// From a GGUF file, de-quantized to FP32; llama.cpp's interleaved RoPE order of q and k is undone. Throws likewise.
  static LlamaWeights from_gguf(const GgufFile& file, const LlamaConfig& config);
};

/// A decoder-only language model of Llama type (RMSNorm, RoPE, grouped-query attention, SwiGLU). Everything but the
/// multiplications is FP32. Copies are not made: the weights are large and their addresses identify them to a Matmul.
class Llama {
 public:
  Llama(const LlamaConfig& config, LlamaWeights weights);
  Llama(const Llama&) = delete;
  Llama& operator=(const Llama&) = delete;

  const LlamaConfig& config() const { return config_; }
  const LlamaWeights& weights() const { return weights_; }

  /// All multiplication sites in the order a forward pass meets them.
  std::vector<MatmulSite> sites() const;

  /// Logits, (windows * length) x vocabulary. Throws InputError for a token outside the vocabulary or a window longer than
  /// the model's context.
  Matrix logits(const TokenWindows& input, Matmul& matmul) const;

 private:
  struct LayerSites {
    MatmulSite q, k, v, qk, pv, o, gate, up, down;
  };

  Matrix embed(const TokenWindows& input) const;
  void attention(std::size_t layer, const TokenWindows& input, Matrix& stream, Matmul& matmul) const;
  void mlp(std::size_t layer, Matrix& stream, Matmul& matmul) const;

  LlamaConfig config_;
  LlamaWeights weights_;
  std::vector<LayerSites> sites_;
  MatmulSite head_site_{"head", SiteKind::head};
  Matrix cosine_, sine_;  ///< context x head_width / 2
};

}  // namespace macroscope::workloads
