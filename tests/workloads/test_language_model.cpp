// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/workloads/gguf_builder.hpp"
#include "tests/workloads/scratch_folder.hpp"
#include "tests/workloads/small_llama.hpp"
#include "workloads/language_model.hpp"
#include "workloads/reference_matmul.hpp"
#include "workloads/safetensors.hpp"

namespace macroscope::workloads {
namespace {

using testing::HasSubstr;
using tests::GgufBuilder;
using tests::refusal;

const std::filesystem::path root = MACROSCOPE_SOURCE_DIR;

class ModelFiles : public tests::WithScratchFolder {
 protected:
  void SetUp() override {
    WithScratchFolder::SetUp();
    config_.vocabulary = 256;
    weights_ = tests::random_weights(config_);
  }

  static FloatTensor tensor(const std::string& name, const Matrix& m) {
    return {name, {m.rows(), m.cols()}, {m.data(), m.data() + m.rows() * m.cols()}};
  }
  static FloatTensor tensor(const std::string& name, const std::vector<float>& v) {
    return {name, {static_cast<std::int64_t>(v.size())}, v};
  }

  /// The model as a folder; `leave_out` names a tensor that is not written.
  std::filesystem::path as_folder(const std::string& leave_out = "") {
    std::vector<FloatTensor> tensors{tensor("model.embed_tokens.weight", weights_.embedding), tensor("model.norm.weight", weights_.norm),
                                     tensor("lm_head.weight", weights_.head)};
    for (std::size_t n = 0; n < weights_.layers.size(); ++n) {
      const auto& layer = weights_.layers[n];
      const std::string p = "model.layers." + std::to_string(n) + ".";
      for (const auto& t : {tensor(p + "self_attn.q_proj.weight", layer.q), tensor(p + "self_attn.k_proj.weight", layer.k),
                            tensor(p + "self_attn.v_proj.weight", layer.v), tensor(p + "self_attn.o_proj.weight", layer.o),
                            tensor(p + "mlp.gate_proj.weight", layer.gate), tensor(p + "mlp.up_proj.weight", layer.up),
                            tensor(p + "mlp.down_proj.weight", layer.down), tensor(p + "input_layernorm.weight", layer.attention_norm),
                            tensor(p + "post_attention_layernorm.weight", layer.mlp_norm)})
        tensors.push_back(t);
    }
    tensors.erase(std::remove_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == leave_out; }), tensors.end());
    write_safetensors(folder_ / "model.safetensors", tensors, {});
    write("config.json", nlohmann::json{{"model_type", "llama"}, {"vocab_size", config_.vocabulary}, {"hidden_size", config_.width},
                                        {"intermediate_size", config_.ffn_width}, {"num_hidden_layers", config_.layers},
                                        {"num_attention_heads", config_.heads}, {"num_key_value_heads", config_.kv_heads},
                                        {"head_dim", config_.head_width}, {"max_position_embeddings", config_.context},
                                        {"rms_norm_eps", config_.norm_epsilon}, {"rope_theta", config_.rope_base}}.dump());
    auto tokenizer = nlohmann::json::parse(std::ifstream(root / "models/bookworm/tokenizer.json"));
    tokenizer["model"]["merges"] = nlohmann::json::array();
    for (auto entry = tokenizer["model"]["vocab"].begin(); entry != tokenizer["model"]["vocab"].end();)
      entry = entry.value().get<int>() < 256 ? ++entry : tokenizer["model"]["vocab"].erase(entry);
    write("tokenizer.json", tokenizer.dump());
    return folder_;
  }

  static std::string bytes(const Matrix& m) {
    return {reinterpret_cast<const char*>(m.data()), static_cast<std::size_t>(m.rows() * m.cols()) * sizeof(float)};
  }
  static std::string bytes(const std::vector<float>& v) { return {reinterpret_cast<const char*>(v.data()), v.size() * sizeof(float)}; }

  /// What llama.cpp's converter does to q and k: within a head, row half * width / 2 + j goes to row 2 j + half.
  Matrix interleaved(const Matrix& m) const {
    Matrix to(m.rows(), m.cols());
    const std::int64_t width = config_.head_width;
    for (std::int64_t head = 0; head < m.rows() / width; ++head)
      for (std::int64_t half = 0; half < 2; ++half)
        for (std::int64_t j = 0; j < width / 2; ++j)
          std::copy_n(m.row(head * width + half * width / 2 + j), m.cols(), to.row(head * width + 2 * j + half));
    return to;
  }

  std::filesystem::path as_gguf() {
    std::vector<std::string> letters(256);
    const auto file = nlohmann::json::parse(std::ifstream(root / "models/bookworm/tokenizer.json"));
    for (const auto& [text, id] : file.at("model").at("vocab").items())
      if (id.get<int>() < 256) letters[id.get<std::size_t>()] = text;
    GgufBuilder b;
    const auto u32 = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
    b.string("general.architecture", "llama").number("llama.embedding_length", u32(config_.width))
        .number("llama.feed_forward_length", u32(config_.ffn_width)).number("llama.block_count", u32(config_.layers))
        .number("llama.attention.head_count", u32(config_.heads)).number("llama.attention.head_count_kv", u32(config_.kv_heads))
        .number("llama.attention.key_length", u32(config_.head_width)).number("llama.context_length", u32(config_.context))
        .real("llama.attention.layer_norm_rms_epsilon", config_.norm_epsilon).real("llama.rope.freq_base", config_.rope_base)
        .string("tokenizer.ggml.model", "gpt2").strings("tokenizer.ggml.tokens", letters).strings("tokenizer.ggml.merges", {});
    const auto add = [&](const std::string& name, const Matrix& m) {
      b.tensor(name, {static_cast<std::uint64_t>(m.cols()), static_cast<std::uint64_t>(m.rows())}, 0, bytes(m));
    };
    const auto add_vector = [&](const std::string& name, const std::vector<float>& v) { b.tensor(name, {v.size()}, 0, bytes(v)); };
    add("token_embd.weight", weights_.embedding);
    add("output.weight", weights_.head);
    add_vector("output_norm.weight", weights_.norm);
    for (std::size_t n = 0; n < weights_.layers.size(); ++n) {
      const auto& layer = weights_.layers[n];
      const std::string p = "blk." + std::to_string(n) + ".";
      add(p + "attn_q.weight", interleaved(layer.q));
      add(p + "attn_k.weight", interleaved(layer.k));
      add(p + "attn_v.weight", layer.v);
      add(p + "attn_output.weight", layer.o);
      add(p + "ffn_gate.weight", layer.gate);
      add(p + "ffn_up.weight", layer.up);
      add(p + "ffn_down.weight", layer.down);
      add_vector(p + "attn_norm.weight", layer.attention_norm);
      add_vector(p + "ffn_norm.weight", layer.mlp_norm);
    }
    return write("small.gguf", b.bytes());
  }

  Matrix logits(const LanguageModel& model) const {
    ReferenceMatmul matmul;
    return model.network->logits(tests::random_windows(config_, 2, 17), matmul);
  }

  LlamaConfig config_ = tests::small_config();
  LlamaWeights weights_;
};

TEST_F(ModelFiles, AFolderAndAGgufFileOfTheSameWeightsAreTheSameModel) {
  const LanguageModel folder = load_language_model(as_folder()), gguf = load_language_model(as_gguf());
  const Llama original(config_, tests::random_weights(config_));
  ReferenceMatmul matmul;
  const Matrix expected = original.logits(tests::random_windows(config_, 2, 17), matmul), a = logits(folder), b = logits(gguf);
  for (std::int64_t i = 0; i < expected.rows() * expected.cols(); ++i) {
    ASSERT_EQ(a.data()[i], expected.data()[i]);
    ASSERT_EQ(b.data()[i], expected.data()[i]) << "q and k of a GGUF file are interleaved";
  }
  EXPECT_EQ(folder.tokenizer.encode("MAC"), gguf.tokenizer.encode("MAC"));
}

TEST_F(ModelFiles, WhatIsMissingOrOfAnotherShapeIsNamed) {
  EXPECT_THAT(refusal([&] { load_language_model(as_folder("model.layers.1.mlp.up_proj.weight")); }),
              HasSubstr("no tensor model.layers.1.mlp.up_proj.weight"));
  config_.ffn_width = 48;
  EXPECT_THAT(refusal([&] { load_language_model(as_folder()); }), HasSubstr("asks for [48, 24]"));
  std::filesystem::remove(folder_ / "tokenizer.json");
  EXPECT_THAT(refusal([&] { load_language_model(folder_); }), HasSubstr("has no tokenizer.json"));
  EXPECT_THAT(refusal([&] { load_language_model(folder_ / "none"); }), HasSubstr("There is no model"));
  EXPECT_THAT(refusal([&] { load_language_model(folder_ / "config.json"); }), HasSubstr("is no model"));
}

}  // namespace
}  // namespace macroscope::workloads
