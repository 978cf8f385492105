// SPDX-License-Identifier: Apache-2.0
#include "workloads/llama_config.hpp"

#include <nlohmann/json.hpp>

#include "formats/input_error.hpp"
#include "workloads/file_bytes.hpp"
#include "workloads/gguf.hpp"

namespace macroscope::workloads {
namespace {

using nlohmann::json;

/// A key of config.json that must be there (or has a default) and be of type T.
template <typename T>
T get(const json& root, const std::string& key, const std::string& origin) {
  const auto found = root.find(key);
  if (found == root.end()) throw InputError(origin + ": the key " + key + " is missing. Is it a model of Llama type?");
  try {
    return found->get<T>();
  } catch (const json::exception&) {
    throw InputError(origin + ": the key " + key + " holds " + found->dump() + ", which is of another type than needed.");
  }
}

template <typename T>
T get_or(const json& root, const std::string& key, T otherwise, const std::string& origin) {
  const auto found = root.find(key);
  return found == root.end() || found->is_null() ? otherwise : get<T>(root, key, origin);
}

void check(const LlamaConfig& config, const std::string& origin) {
  constexpr std::int64_t largest = 1 << 20;
  const std::pair<const char*, std::int64_t> sizes[] = {
      {"vocabulary", config.vocabulary}, {"width", config.width},       {"FFN width", config.ffn_width},
      {"number of layers", config.layers}, {"number of heads", config.heads}, {"number of KV heads", config.kv_heads},
      {"head width", config.head_width}, {"context", config.context}};
  for (const auto& [what, size] : sizes)
    if (size < 1 || size > largest)
      throw InputError(origin + ": the " + what + " is " + std::to_string(size) + "; 1 to " + std::to_string(largest) +
                       " is possible.");
  if (config.heads % config.kv_heads != 0)
    throw InputError(origin + ": " + std::to_string(config.heads) + " heads cannot share " +
                     std::to_string(config.kv_heads) + " KV heads evenly.");
  if (config.head_width % 2 != 0)
    throw InputError(origin + ": the head width " + std::to_string(config.head_width) + " is odd; RoPE rotates pairs.");
}

void refuse_unless(bool fits, const json& root, const std::string& key, const std::string& accepted, const std::string& origin) {
  if (!fits)
    throw InputError(origin + ": the key " + key + " holds " + root.at(key).dump() + "; only " + accepted + " is supported.");
}

/// RoPE base, from "rope_theta" or from the "rope_parameters" of newer files; scaled RoPE is refused.
float base_of_rope(const json& root, const std::string& origin) {
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    const auto found = root.find(key);
    if (found == root.end() || found->is_null()) continue;
    const bool plain = found->is_object() && found->value("rope_type", found->value("type", std::string("default"))) == "default";
    refuse_unless(plain, root, key, "unscaled RoPE (type default)", origin);
    if (found->contains("rope_theta")) return get<float>(*found, "rope_theta", origin);
  }
  return get_or<float>(root, "rope_theta", 10000.0f, origin);
}

}  // namespace

std::int64_t LlamaConfig::parameters() const {
  const std::int64_t attention = 2 * width * head_width * (heads + kv_heads);
  const std::int64_t layer = attention + 3 * width * ffn_width + 2 * width;
  return layers * layer + width + vocabulary * width * (tied_head ? 1 : 2);
}

LlamaConfig LlamaConfig::from_json(const std::filesystem::path& path) {
  const std::string origin = path.string();
  json root;
  try {
    root = json::parse(read_file_text(path));
  } catch (const json::exception& error) {
    throw InputError(origin + " is not valid JSON: " + error.what() + ".");
  }
  if (!root.is_object()) throw InputError(origin + " holds no JSON object.");
  const auto type = get<std::string>(root, "model_type", origin);
  refuse_unless(type == "llama", root, "model_type", "\"llama\"", origin);
  const auto activation = get_or<std::string>(root, "hidden_act", "silu", origin);
  refuse_unless(activation == "silu", root, "hidden_act", "\"silu\"", origin);
  for (const char* key : {"attention_bias", "mlp_bias"})
    refuse_unless(!get_or<bool>(root, key, false, origin), root, key, "false", origin);
  LlamaConfig config{};
  config.vocabulary = get<std::int64_t>(root, "vocab_size", origin);
  config.width = get<std::int64_t>(root, "hidden_size", origin);
  config.ffn_width = get<std::int64_t>(root, "intermediate_size", origin);
  config.layers = get<std::int64_t>(root, "num_hidden_layers", origin);
  config.heads = get<std::int64_t>(root, "num_attention_heads", origin);
  config.kv_heads = get_or<std::int64_t>(root, "num_key_value_heads", config.heads, origin);
  config.head_width = get_or<std::int64_t>(root, "head_dim", config.heads > 0 ? config.width / config.heads : 0, origin);
  config.context = get<std::int64_t>(root, "max_position_embeddings", origin);
  config.norm_epsilon = get<float>(root, "rms_norm_eps", origin);
  config.rope_base = base_of_rope(root, origin);
  config.tied_head = get_or<bool>(root, "tie_word_embeddings", false, origin);
  check(config, origin);
  return config;
}

LlamaConfig LlamaConfig::from_gguf(const GgufFile& file) {
  const std::string origin = file.path().string();
  const auto architecture = file.value<std::string>("general.architecture");
  if (architecture != "llama")
    throw InputError(origin + ": general.architecture is '" + architecture + "'; only 'llama' is supported.");
  if (file.has_tensor("rope_freqs.weight") || file.value_or<std::string>("llama.rope.scaling.type", "none") != "none")
    throw InputError(origin + ": the model scales its RoPE frequencies; only unscaled RoPE is supported.");
  LlamaConfig config{};
  config.width = file.value<std::int64_t>("llama.embedding_length");
  config.vocabulary = static_cast<std::int64_t>(file.value<std::vector<std::string>>("tokenizer.ggml.tokens").size());
  config.ffn_width = file.value<std::int64_t>("llama.feed_forward_length");
  config.layers = file.value<std::int64_t>("llama.block_count");
  config.heads = file.value<std::int64_t>("llama.attention.head_count");
  config.kv_heads = file.value_or<std::int64_t>("llama.attention.head_count_kv", config.heads);
  const std::int64_t even_share = config.heads > 0 ? config.width / config.heads : 0;
  config.head_width = file.value_or<std::int64_t>("llama.attention.key_length", even_share);
  config.context = file.value<std::int64_t>("llama.context_length");
  config.norm_epsilon = file.value<float>("llama.attention.layer_norm_rms_epsilon");
  config.rope_base = file.value_or<float>("llama.rope.freq_base", 10000.0f);
  config.tied_head = !file.has_tensor("output.weight");
  check(config, origin);
  if (file.value_or<std::int64_t>("llama.rope.dimension_count", config.head_width) != config.head_width)
    throw InputError(origin + ": llama.rope.dimension_count rotates a part of each head only; that is not supported.");
  return config;
}

}  // namespace macroscope::workloads
