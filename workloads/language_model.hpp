// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "workloads/llama.hpp"
#include "workloads/tokenizer.hpp"

namespace macroscope::workloads {

/// A model with its tokenizer and where both came from.
struct LanguageModel {
  std::string name;     ///< the folder's name, or the file's without its extension
  std::string sha256;   ///< of the file that holds the weights
  std::string storage;  ///< how that file holds them, "F16" or "Q4_1 x 210, Q8_0 x 1, F32 x 61"
  bool arrived_quantized;  ///< its weights had been quantized to few bits by others before
  std::unique_ptr<Llama> network;
  Tokenizer tokenizer;
};

/// Loads a folder (config.json, model.safetensors, tokenizer.json) or a .gguf file. Throws InputError if something is
/// missing or does not fit together.
LanguageModel load_language_model(const std::filesystem::path& path);

}  // namespace macroscope::workloads
