// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>

#include "workloads/gguf.hpp"
#include "workloads/llama.hpp"
#include "workloads/safetensors.hpp"

namespace macroscope::workloads {
namespace {

using Load = std::function<std::vector<float>(const std::string& name, const std::vector<std::int64_t>& shape)>;

Matrix load_matrix(const Load& load, const std::string& name, std::int64_t rows, std::int64_t cols) {
  const std::vector<float> values = load(name, {rows, cols});
  Matrix matrix(rows, cols);
  std::copy(values.begin(), values.end(), matrix.data());
  return matrix;
}

/// Where a file keeps the tensors of a layer, `prefix + N + "."` in front.
struct TensorNames {
  std::string embedding, norm, head, prefix;
  std::string q, k, v, o, gate, up, down, attention_norm, mlp_norm;
};

const TensorNames hugging_face{
    "model.embed_tokens.weight", "model.norm.weight",        "lm_head.weight",           "model.layers.",
    "self_attn.q_proj.weight",   "self_attn.k_proj.weight",  "self_attn.v_proj.weight",  "self_attn.o_proj.weight",
    "mlp.gate_proj.weight",      "mlp.up_proj.weight",       "mlp.down_proj.weight",     "input_layernorm.weight",
    "post_attention_layernorm.weight"};

const TensorNames gguf{"token_embd.weight", "output_norm.weight", "output.weight",      "blk.",
                       "attn_q.weight",     "attn_k.weight",      "attn_v.weight",      "attn_output.weight",
                       "ffn_gate.weight",   "ffn_up.weight",      "ffn_down.weight",    "attn_norm.weight",
                       "ffn_norm.weight"};

LlamaWeights load_all(const TensorNames& names, const LlamaConfig& config, const Load& load) {
  LlamaWeights weights;
  weights.embedding = load_matrix(load, names.embedding, config.vocabulary, config.width);
  weights.norm = load(names.norm, {config.width});
  if (!config.tied_head) weights.head = load_matrix(load, names.head, config.vocabulary, config.width);
  const std::int64_t q_width = config.heads * config.head_width, kv_width = config.kv_heads * config.head_width;
  for (std::int64_t n = 0; n < config.layers; ++n) {
    const std::string prefix = names.prefix + std::to_string(n) + ".";
    const auto matrix = [&](const std::string& name, std::int64_t rows, std::int64_t cols) {
      return load_matrix(load, prefix + name, rows, cols);
    };
    LlamaWeights::Layer layer;
    layer.q = matrix(names.q, q_width, config.width);
    layer.k = matrix(names.k, kv_width, config.width);
    layer.v = matrix(names.v, kv_width, config.width);
    layer.o = matrix(names.o, config.width, q_width);
    layer.gate = matrix(names.gate, config.ffn_width, config.width);
    layer.up = matrix(names.up, config.ffn_width, config.width);
    layer.down = matrix(names.down, config.width, config.ffn_width);
    layer.attention_norm = load(prefix + names.attention_norm, {config.width});
    layer.mlp_norm = load(prefix + names.mlp_norm, {config.width});
    weights.layers.push_back(std::move(layer));
  }
  return weights;
}

/// llama.cpp's converter (convert_hf_to_gguf.py, LlamaModel.permute) interleaves the two halves of each head:
/// row 2 j + half of a head in the file is row half * width / 2 + j here.
Matrix undo_interleaving(const Matrix& stored, std::int64_t head_width) {
  Matrix matrix(stored.rows(), stored.cols());
  for (std::int64_t r = 0; r < stored.rows(); ++r) {
    const std::int64_t head = r / head_width, within = r % head_width;
    const std::int64_t to = head * head_width + within % 2 * (head_width / 2) + within / 2;
    std::copy_n(stored.row(r), stored.cols(), matrix.row(to));
  }
  return matrix;
}

}  // namespace

LlamaWeights LlamaWeights::from_safetensors(const SafetensorsFile& file, const LlamaConfig& config) {
  return load_all(hugging_face, config, [&](const auto& name, const auto& shape) { return file.floats(name, shape); });
}

LlamaWeights LlamaWeights::from_gguf(const GgufFile& file, const LlamaConfig& config) {
  LlamaWeights weights =
      load_all(gguf, config, [&](const auto& name, const auto& shape) { return file.floats(name, shape); });
  for (Layer& layer : weights.layers) {
    layer.q = undo_interleaving(layer.q, config.head_width);
    layer.k = undo_interleaving(layer.k, config.head_width);
  }
  return weights;
}

}  // namespace macroscope::workloads
