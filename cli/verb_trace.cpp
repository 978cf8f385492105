// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "cli/language_workload.hpp"
#include "cli/verb.hpp"
#include "formats/input_error.hpp"
#include "workloads/file_bytes.hpp"
#include "workloads/recording_matmul.hpp"
#include "workloads/reference_matmul.hpp"

namespace macroscope::cli {
namespace {

struct Options {
  LanguageOptions language;
  std::string out;
  std::vector<std::string> sites;
  workloads::RecordingMatmul::Limits limits;
};

void refuse_unmatched(const std::vector<std::string>& patterns, const workloads::Llama& network) {
  const auto sites = network.sites();
  for (const std::string& pattern : patterns) {
    const bool matched = std::any_of(sites.begin(), sites.end(),
                                     [&](const auto& site) { return workloads::matches(pattern, site.name); });
    if (!matched)
      throw InputError("--site " + pattern + " matches no site of the model; its sites are layers.N.attn.{q,k,v,qk,pv,o}, "
                       "layers.N.mlp.{gate,up,down} with N = 0 to " + std::to_string(network.config().layers - 1) +
                       ", and head.");
  }
}

workloads::Trace record(const Options& options, const LanguageWorkload& workload) {
  workloads::ReferenceMatmul reference;
  workloads::RecordingMatmul recorder(reference, options.sites, options.limits);
  workload.model.network->logits(workload.windows.slice(0, 1), recorder);
  workloads::Trace trace;
  trace.sites = recorder.sites();
  trace.metadata = {{"model", workload.model.name},
                    {"model_sha256", workload.model.sha256},
                    {"text", workload.text_name},
                    {"text_sha256", workload.text_sha256},
                    {"tokens", "the first " + std::to_string(options.limits.tokens) + " of a window of " +
                                   std::to_string(workload.windows.length)},
                    {"rows", "row i * N / " + std::to_string(options.limits.rows) + " of each weight"},
                    {"library", workloads::ReferenceMatmul::library()}};
  return trace;
}

void print(const Context& context, const Options& options, const LanguageWorkload& workload, const workloads::Trace& trace) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& site : trace.sites) {
    rows.push_back({{"site", site.name}, {"tokens", site.activation.rows()}, {"weight_rows", site.weight.rows()},
                    {"m", site.m}, {"n", site.n}, {"k", site.k}});
    if (!context.json)
      fmt::print("{:24} {} tokens, {} of {} weight rows, K = {}\n", site.name, site.activation.rows(), site.weight.rows(),
                 site.n, site.k);
  }
  if (!context.json) {
    fmt::print("written: {} ({} sites)\n", options.out, trace.sites.size());
    return;
  }
  nlohmann::json provenance = context.provenance();
  provenance["workload"] = workload.provenance();
  provenance["file"] = options.out;
  provenance["file_sha256"] = workloads::sha256_of_file(options.out);
  Context::print({{"schema", "macroscope.trace/1"}, {"provenance", provenance}, {"rows", rows}});
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  options.language.declare(verb);
  verb.add_option("--out", options.out, "File to write (safetensors with JSON metadata)")->required();
  verb.add_option("--site", options.sites, "Site or pattern, * for any characters; repeatable. Default: every site");
  verb.add_option("--tokens", options.limits.tokens, "Activations of the first so many tokens of the first window")
      ->check(CLI::Range(1, 512))->capture_default_str();
  verb.add_option("--rows", options.limits.rows, "Weight rows of each site, spread evenly")
      ->check(CLI::Range(1, 1 << 20))->capture_default_str();
  context.add_json_option(verb);
  verb.footer("Example: macroscope trace bookworm --out trace.safetensors --site 'layers.*.mlp.up' --tokens 64 --rows 8");
  verb.callback([&context] {
    options.language.tokens = evaluation_window;
    const LanguageWorkload workload = load_language_workload(context, options.language);
    refuse_unmatched(options.sites, *workload.model.network);
    const workloads::Trace trace = record(options, workload);
    trace.write(options.out);
    print(context, options, workload, trace);
  });
}

const Verb registered{"trace", "Record the operands of a model's multiplications", declare};

}  // namespace
}  // namespace macroscope::cli
