// SPDX-License-Identifier: Apache-2.0
#include "cli/language_workload.hpp"

#include <omp.h>

#include <algorithm>

#include "workloads/reference_matmul.hpp"

namespace macroscope::cli {

void LanguageOptions::declare(CLI::App& verb) {
  verb.add_option("MODEL", model, "Name of a model (bookworm; smollm2 once fetched), its folder, or a .gguf file")->required();
  verb.add_option("--text", text, "UTF-8 text to run on; default: held-out text of the embedded model");
}

std::string LanguageWorkload::description() const {
  return model.name + (model.arrived_quantized ? " (weights arrived quantized: " + model.storage + ")" : "");
}

nlohmann::json LanguageWorkload::provenance() const {
  return {{"model", model.name},
          {"model_sha256", model.sha256},
          {"model_storage", model.storage},
          {"model_arrived_quantized", model.arrived_quantized},
          {"model_parameters", model.network->config().parameters()},
          {"text", text_name},
          {"text_sha256", text_sha256},
          {"window_tokens", windows.length},
          {"windows", windows.windows},
          {"reference", workloads::ReferenceMatmul::library()}};
}

LanguageWorkload load_language_workload(const Context& context, const LanguageOptions& options) {
  omp_set_num_threads(context.threads);
  auto text = options.text.empty()
                  ? workloads::heldout_text(context.home / "models" / "bookworm" / "heldout.json", context.texts())
                  : workloads::text_from_file(options.text);
  workloads::LanguageModel model = workloads::load_language_model(context.model(options.model));
  const bool plain_name = options.model.find('/') == std::string::npos && options.model.find('.') == std::string::npos;
  if (plain_name) model.name = options.model;
  const std::int64_t length = std::min(evaluation_window, model.network->config().context);
  auto windows = workloads::cut_into_windows(model.tokenizer.encode(text.bytes), length, options.tokens,
                                             model.tokenizer.begin_token());
  return {std::move(model), text.name, text.sha256, std::move(windows)};
}

}  // namespace macroscope::cli
