// SPDX-License-Identifier: Apache-2.0
#include "workloads/language_model.hpp"

#include <set>

#include "formats/input_error.hpp"
#include "workloads/file_bytes.hpp"
#include "workloads/gguf.hpp"
#include "workloads/safetensors.hpp"

namespace macroscope::workloads {
namespace {

std::string storage_of(const SafetensorsFile& file) {
  std::set<std::string> types;
  for (const auto& [name, tensor] : file.tensors()) types.emplace(workloads::name(tensor.type));
  std::string text;
  for (const std::string& type : types) text += (text.empty() ? "" : ", ") + type;
  return text;
}

LanguageModel load_folder(const std::filesystem::path& folder) {
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.json"})
    if (!std::filesystem::exists(folder / name))
      throw InputError("The model folder " + folder.string() + " has no " + name +
                       "; it needs config.json, model.safetensors and tokenizer.json.");
  const LlamaConfig config = LlamaConfig::from_json(folder / "config.json");
  const auto weights_file = folder / "model.safetensors";
  const SafetensorsFile file = SafetensorsFile::read(weights_file);
  const auto name = std::filesystem::weakly_canonical(folder).filename().string();
  return {name, sha256_of_file(weights_file), storage_of(file), false,
          std::make_unique<Llama>(config, LlamaWeights::from_safetensors(file, config)),
          Tokenizer::from_json(folder / "tokenizer.json")};
}

LanguageModel load_gguf(const std::filesystem::path& path) {
  const GgufFile file = GgufFile::read(path);
  const LlamaConfig config = LlamaConfig::from_gguf(file);
  return {path.stem().string(), file.hash(), file.storage_summary(), file.holds_quantized_tensors(),
          std::make_unique<Llama>(config, LlamaWeights::from_gguf(file, config)), Tokenizer::from_gguf(file)};
}

}  // namespace

LanguageModel load_language_model(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path))
    throw InputError("There is no model " + path.string() + "; a folder (config.json, model.safetensors, tokenizer.json) or a "
                     ".gguf file is needed.");
  if (std::filesystem::is_directory(path)) return load_folder(path);
  if (path.extension() == ".gguf") return load_gguf(path);
  throw InputError(path.string() + " is no model: a folder (config.json, model.safetensors, tokenizer.json) or a .gguf file "
                   "is needed.");
}

}  // namespace macroscope::workloads
