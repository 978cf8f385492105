// SPDX-License-Identifier: Apache-2.0
// The two spellings of a byte-level BPE tokenizer: Hugging Face's tokenizer.json and GGUF metadata.
#include <nlohmann/json.hpp>

#include "formats/input_error.hpp"
#include "workloads/file_bytes.hpp"
#include "workloads/gguf.hpp"
#include "workloads/tokenizer.hpp"

namespace macroscope::workloads {
namespace {

using nlohmann::json;

std::string kind_of(const json& part) { return part.is_object() ? part.value("type", "") : ""; }

/// Appends the stages of one pre-tokenizer of tokenizer.json.
void append_stages(const json& part, const std::string& origin, std::vector<std::string>& stages, bool& byte_level) {
  const std::string kind = kind_of(part);
  if (kind == "Sequence") {
    for (const json& inner : part.at("pretokenizers")) append_stages(inner, origin, stages, byte_level);
  } else if (kind == "ByteLevel" && !part.value("add_prefix_space", false)) {
    byte_level = true;
    if (part.value("use_regex", true)) stages.emplace_back(gpt2_pattern);
  } else if (kind == "Digits" && part.value("individual_digits", false)) {
    stages.emplace_back(digits_pattern);
  } else if (kind == "Split" && part.value("behavior", "") == "Isolated" && !part.value("invert", false) &&
             part.at("pattern").contains("Regex")) {
    stages.push_back(part.at("pattern").at("Regex").get<std::string>());
  } else {
    throw InputError(origin + ": the pre-tokenizer " + part.dump().substr(0, 200) +
                     " is not supported; Sequence, ByteLevel (without a prefix space), Digits (individual) and Split "
                     "(Regex, Isolated) are.");
  }
}

std::pair<std::string, std::string> merge_parts(const json& entry) {
  if (entry.is_array()) return {entry.at(0).get<std::string>(), entry.at(1).get<std::string>()};
  const std::string text = entry.get<std::string>();
  const std::size_t space = text.find(' ', 1);
  if (space == std::string::npos) return {text, ""};
  return {text.substr(0, space), text.substr(space + 1)};
}

void place(std::vector<std::string>& vocabulary, std::int64_t id, const std::string& text, const std::string& origin) {
  constexpr std::int64_t most = 1 << 24;
  if (id < 0 || id >= most) throw InputError(origin + ": token '" + text + "' has the id " + std::to_string(id) + ".");
  if (static_cast<std::size_t>(id) >= vocabulary.size()) vocabulary.resize(static_cast<std::size_t>(id) + 1);
  vocabulary[static_cast<std::size_t>(id)] = text;
}

/// The token a TemplateProcessing post-processor puts in front of a single text.
std::optional<Token> begin_of(const json& post_processor) {
  if (kind_of(post_processor) == "Sequence") {
    for (const json& inner : post_processor.at("processors"))
      if (const auto begin = begin_of(inner)) return begin;
    return std::nullopt;
  }
  if (kind_of(post_processor) != "TemplateProcessing") return std::nullopt;
  const json& first = post_processor.at("single").at(0);
  if (!first.contains("SpecialToken")) return std::nullopt;
  const auto name = first.at("SpecialToken").at("id").get<std::string>();
  return post_processor.at("special_tokens").at(name).at("ids").at(0).get<Token>();
}

BpeParts parts_of(const json& root, const std::string& origin) {
  const json& model = root.at("model");
  bool byte_level = false;
  BpeParts parts;
  if (const auto found = root.find("pre_tokenizer"); found != root.end() && found->is_object())
    append_stages(*found, origin, parts.pre_tokenizer, byte_level);
  if (model.value("type", "BPE") != "BPE" || !byte_level)
    throw InputError(origin + ": only byte-level BPE tokenizers can be used, this one is " + model.value("type", "?") +
                     (byte_level ? "." : " without a ByteLevel pre-tokenizer."));
  if (const auto found = root.find("normalizer"); found != root.end() && !found->is_null())
    throw InputError(origin + ": the tokenizer has a normalizer (" + found->dump().substr(0, 100) + "), none is supported.");
  for (const auto& [text, id] : model.at("vocab").items()) place(parts.vocabulary, id.get<std::int64_t>(), text, origin);
  for (const json& entry : model.at("merges")) parts.merges.push_back(merge_parts(entry));
  if (const auto found = root.find("added_tokens"); found != root.end())
    for (const json& token : *found) {
      const auto text = token.at("content").get<std::string>();
      place(parts.vocabulary, token.at("id").get<std::int64_t>(), text, origin);
      parts.special.emplace_back(text, token.at("id").get<Token>());
    }
  parts.whole_words_first = model.value("ignore_merges", false);
  if (const auto found = root.find("post_processor"); found != root.end()) parts.begin = begin_of(*found);
  return parts;
}

/// Stages of llama.cpp's pre-tokenizers by their name in the file (llama-vocab.cpp); those that the supported models use.
std::vector<std::string> gguf_stages(const GgufFile& file) {
  const auto name = file.value_or<std::string>("tokenizer.ggml.pre", "gpt-2");
  if (name == "gpt-2" || name == "default") return {std::string(gpt2_pattern)};
  if (name == "smollm") return {std::string(digits_pattern), std::string(gpt2_pattern)};
  throw InputError(file.path().string() + ": the key tokenizer.ggml.pre names the pre-tokenizer '" + name +
                   "'; gpt-2 and smollm are supported. The same model as a folder with tokenizer.json may be.");
}

}  // namespace

Tokenizer Tokenizer::from_json(const std::filesystem::path& path) {
  const std::string text = read_file_text(path);
  try {
    return Tokenizer(parts_of(json::parse(text), path.string()), path.string());
  } catch (const json::exception& error) {
    throw InputError(path.string() + " is not a usable tokenizer.json: " + error.what() + ".");
  }
}

Tokenizer Tokenizer::from_gguf(const GgufFile& file) {
  constexpr int control = 3, user_defined = 4;  // llama_token_type
  const auto kind = file.value<std::string>("tokenizer.ggml.model");
  if (kind != "gpt2")
    throw InputError(file.path().string() + ": the key tokenizer.ggml.model is '" + kind +
                     "'; only byte-level BPE ('gpt2') can be used.");
  BpeParts parts;
  parts.vocabulary = file.value<std::vector<std::string>>("tokenizer.ggml.tokens");
  parts.pre_tokenizer = gguf_stages(file);
  for (const auto& entry : file.value<std::vector<std::string>>("tokenizer.ggml.merges")) parts.merges.push_back(merge_parts(entry));
  const auto types = file.value_or<std::vector<int>>("tokenizer.ggml.token_type", {});
  for (std::size_t id = 0; id < std::min(types.size(), parts.vocabulary.size()); ++id)
    if (types[id] == control || types[id] == user_defined) parts.special.emplace_back(parts.vocabulary[id], static_cast<Token>(id));
  if (file.value_or("tokenizer.ggml.add_bos_token", false))
    parts.begin = file.value<Token>("tokenizer.ggml.bos_token_id");
  return Tokenizer(parts, file.path().string());
}

}  // namespace macroscope::workloads
