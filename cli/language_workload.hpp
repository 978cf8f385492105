// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/context.hpp"
#include "workloads/heldout_text.hpp"
#include "workloads/language_model.hpp"

namespace macroscope::cli {

/// The options by which verbs choose a model and a text.
struct LanguageOptions {
  std::string model;
  std::string text;         ///< a file; empty: the default held-out text
  std::int64_t tokens = 0;  ///< at most so many; 0: the verb's own default

  /// Adds MODEL and --text.
  void declare(CLI::App& verb);
};

/// A model and the windows of text that it is run on.
struct LanguageWorkload {
  workloads::LanguageModel model;
  std::string text_name, text_sha256;
  workloads::TokenWindows windows;

  /// "bookworm", and "smollm2 (weights arrived quantized: Q4_1 x 210, ...)" for a model whose file is quantized.
  [[nodiscard]] std::string description() const;

  /// Name and SHA-256 of model and text, window, number of tokens, library: for provenance.
  [[nodiscard]] nlohmann::json provenance() const;
};

/// Longest window of the evaluation, as in arXiv 2510.25602 and DEFINITIONS: 512 tokens.
inline constexpr std::int64_t evaluation_window = 512;

/// Loads model and text. Throws InputError if one is missing or unusable.
LanguageWorkload load_language_workload(const Context& context, const LanguageOptions& options);

}  // namespace macroscope::cli
