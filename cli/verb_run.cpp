// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "analysis/accuracy/evaluation.hpp"
#include "cli/language_workload.hpp"
#include "cli/progress.hpp"
#include "cli/verb.hpp"

namespace macroscope::cli {
namespace {

struct Options {
  LanguageOptions language;
  std::vector<std::string> macs;
  std::string sites = "linear";
};

/// The reference first, then the MACs asked for.
std::vector<datapath::MacSpec> specs_of(const Context& context, const std::vector<std::string>& names) {
  std::vector<datapath::MacSpec> specs{context.mac("fp32")};
  for (const std::string& name : names) {
    datapath::MacSpec spec = context.mac(name);
    if (!spec.is_reference()) specs.push_back(std::move(spec));
  }
  return specs;
}

std::string cell(const Metric& metric, const char* format) {
  if (!metric.value) return "-";
  return fmt::format(fmt::runtime(format), *metric.value) +
         (metric.ci95 ? " ± " + fmt::format(fmt::runtime(format), *metric.ci95) : "");
}

void print_table(const LanguageWorkload& workload, const std::vector<ResultRow>& rows) {
  fmt::print("{}: {} windows of {} tokens of {}\n", workload.description(), workload.windows.windows, workload.windows.length,
             workload.text_name);
  fmt::print("{:18} {:>21} {:>25} {:>20} {:>12}\n", "MAC", "perplexity", "KL to fp32 (nat)", "same top token", "SQNR (dB)");
  for (const ResultRow& row : rows)
    fmt::print("{:18} {:>21} {:>25} {:>20} {:>12}\n", row.mac, cell(row.metrics.at("perplexity"), "{:.4f}"),
               cell(row.metrics.at("kl"), "{:.3e}"), cell(row.metrics.at("top1_agreement"), "{:.4f}"),
               cell(row.metrics.at("sqnr"), "{:.2f}"));
  fmt::print("± is half the 95 % confidence interval; for the perplexity, of its difference to fp32 (paired by token).\n");
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  options.language.declare(verb);
  verb.add_option("--mac", options.macs, "Preset name or YAML file; repeatable")->required();
  verb.add_option("--sites", options.sites, "linear: the projection matrices; all: attention products and head too")
      ->check(CLI::IsMember({"linear", "all"}))->capture_default_str();
  verb.add_option("--tokens", options.language.tokens, "Evaluate at most so many tokens of the text; default: all")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{1} << 40));
  context.add_json_option(verb);
  verb.footer("Example: macroscope run bookworm --mac int8 --mac mxfp8_e4m3 --tokens 8192");
  verb.callback([&context] {
    const auto specs = specs_of(context, options.macs);
    const LanguageWorkload workload = load_language_workload(context, options.language);
    accuracy::EvaluationOptions evaluation;
    evaluation.threads = context.threads;
    evaluation.sites = options.sites == "all" ? workloads::SitesPolicy::all : workloads::SitesPolicy::linear;
    Progress progress("run " + workload.model.name);
    const auto result = accuracy::evaluate(*workload.model.network, workload.windows, specs, evaluation, progress.detailed_callback());
    ResultSet results{context.provenance(), accuracy::result_rows(result, workload.model.name)};
    results.provenance["workload"] = workload.provenance();
    results.provenance["sites"] = options.sites;
    if (context.json) Context::print(to_json(results));
    else print_table(workload, results.rows);
  });
}

const Verb registered{"run", "Accuracy of one model on one or more MACs", declare};

}  // namespace
}  // namespace macroscope::cli
