// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "analysis/comparison/comparison.hpp"
#include "analysis/hardware/characterisation_store.hpp"
#include "cli/experiment_setup.hpp"
#include "cli/progress.hpp"
#include "cli/report_inputs.hpp"
#include "cli/verb.hpp"
#include "formats/input_error.hpp"
#include "reports/answer.hpp"

namespace macroscope::cli {
namespace {

const std::vector<std::string> default_macs{"int8",   "fp8_e4m3",    "fp8_e4m3_w14", "fp8_e4m3_exact",  "mxint8",
                                            "mxint8_ceil", "mxfp8_e4m3", "mxfp8_e4m3_ceil", "bf16", "fp32"};

struct Options {
  std::vector<std::string> macs, models, liberty;
  std::string text, array = "default", sites = "linear", out = "out/compare";
  std::int64_t tokens = 8192;
};

/// The MACs asked for, each once, and the reference last.
std::vector<datapath::MacSpec> chosen_specs(const Context& context, const std::vector<std::string>& names) {
  std::vector<datapath::MacSpec> specs;
  for (const std::string& name : names.empty() ? default_macs : names) {
    datapath::MacSpec spec = context.mac(name);
    const auto same = [&](const datapath::MacSpec& other) { return other.name == spec.name; };
    if (!spec.is_reference() && std::none_of(specs.begin(), specs.end(), same)) specs.push_back(std::move(spec));
  }
  specs.push_back(context.mac("fp32"));
  return specs;
}

/// The embedded model, and SmolLM2 when it has been fetched.
std::vector<std::string> chosen_models(const Context& context, const std::vector<std::string>& names) {
  if (!names.empty()) return names;
  std::vector<std::string> models{"bookworm"};
  try {
    const std::filesystem::path found = context.model("smollm2");
    // An interrupted fetch leaves a folder without a model.
    if (std::filesystem::is_regular_file(found) || std::filesystem::exists(found / "config.json")) models.emplace_back("smollm2");
  } catch (const InputError&) {  // it has not been fetched: the embedded model alone
  }
  return models;
}

std::vector<comparison::Technology> characterise(const Context& context, const Options& options, const std::vector<datapath::MacSpec>& specs,
                                                 nlohmann::json& provenance) {
  const std::vector<datapath::MacSpec> units = comparison::with_hardware(specs);
  std::vector<comparison::Technology> technologies;
  for (const hardware::CellLibrary& library : read_technologies(options.liberty)) {
    hardware::CharacterisationOptions how = hardware_options(context);
    Progress bar("hardware in " + library.name());
    how.progress = bar.detailed_callback();
    auto measured = hardware::characterise(units, library, how);
    bar.update(1);
    for (const hardware::Characterisation& unit : measured)
      provenance["hardware"][library.name()][unit.mac] = hardware::to_json(unit).at("provenance");
    const std::string hash = measured.empty() ? "" : measured.front().provenance.stimulus_sha256.substr(0, 12);
    technologies.push_back({library.name(), fmt::format("{} (sha256 {})", how.trace.filename().string(), hash), std::move(measured)});
  }
  return technologies;
}

std::vector<ResultRow> rows_of_model(const Context& context, const Options& options, const std::string& model,
                                     const std::vector<datapath::MacSpec>& specs, const std::vector<comparison::Technology>& technologies,
                                     nlohmann::json& provenance) {
  LanguageOptions language;
  language.model = model;
  language.text = options.text;
  language.tokens = options.tokens;
  const LanguageWorkload workload = load_language_workload(context, language);
  provenance["workloads"][workload.model.name] = workload.provenance();
  if (workload.model.arrived_quantized)
    provenance["notes"].push_back(fmt::format("The weights of {} arrived quantized ({}): its FP32 reference is the de-quantized file, and every figure is a distance to that.",
                                              workload.model.name, workload.model.storage));
  accuracy::EvaluationOptions how;
  how.threads = context.threads;
  how.sites = options.sites == "all" ? workloads::SitesPolicy::all : workloads::SitesPolicy::linear;
  Progress bar("compare on " + workload.model.name);
  return comparison::compare({workload.model.name, workload.model.network.get(), &workload.windows}, specs, technologies,
                             system::load_array_config(options.array, context.home / "configs" / "array"), how, bar.detailed_callback());
}

/// In what the stored window sweep differs from this installation; nothing when it is fresh or there is none.
std::vector<std::string> stale_window_inputs(const Context& context) {
  if (!std::filesystem::exists(stored_window_sweep(context))) return {};
  const sweep::Experiment experiment = sweep::parse_experiment(context.home / "configs" / "sweeps" / "fp8-window.yaml");
  try {
    return sweep::stale_inputs(sweep::load_stored_sweep(stored_window_sweep(context)), ExperimentSetup(context, experiment).inputs());
  } catch (const InputError&) {
    return {"model, text or library (not found here)"};
  }
}

void print_answer(const ResultSet& results, const std::filesystem::path& folder) {
  const auto plain = [](const std::string& html) {  // the sentences use <b>, <code> and no entities
    std::string text;
    bool inside = false;
    for (const char c : html) {
      if (c == '<') inside = true;
      if (!inside) text += c;
      if (c == '>') inside = false;
    }
    return text;
  };
  for (const reports::View& view : reports::views(results)) {
    const reports::Answer answer = reports::answer(view);
    fmt::print("{} · {}\n{}\n", view.workload(), view.technology(), plain(answer.headline));
    for (const std::string& sentence : answer.sentences) fmt::print("  {}\n", plain(sentence));
  }
  fmt::print("{}\n", (folder / "report.html").string());
}

/// Minutes of work should not end in a folder that cannot be written.
void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw InputError(fmt::format("--out {}: this folder cannot be made: {}. Give one that can be written.", folder.string(), error.message()));
}

void run(Context& context, const Options& options) {
  make_folder(options.out);
  const std::vector<datapath::MacSpec> specs = chosen_specs(context, options.macs);
  ResultSet results{context.provenance(), {}};
  const auto technologies = characterise(context, options, specs, results.provenance);
  for (const std::string& model : chosen_models(context, options.models)) {
    auto rows = rows_of_model(context, options, model, specs, technologies, results.provenance);
    std::move(rows.begin(), rows.end(), std::back_inserter(results.rows));
  }
  results.provenance["sites"] = options.sites;
  results.provenance["array"] = system::canonical_json(system::load_array_config(options.array, context.home / "configs" / "array"));
  if (options.liberty.empty()) results.provenance["window_sweep"]["stale_inputs"] = stale_window_inputs(context);
  const reports::ReportInput input = report_input(context, results);
  {
    Progress bar("report");
    reports::write_report(input, options.out);
    bar.update(1);
  }
  if (context.json) Context::print(to_json(results));
  else print_answer(results, options.out);
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("--mac", options.macs, "Preset name or YAML file; repeatable. Default: INT8, FP8, MXINT8 and MXFP8 in their variants, and BF16");
  verb.add_option("--model", options.models, "Name of a model, its folder or a .gguf file; repeatable. Default: the embedded one, and smollm2 once fetched");
  verb.add_option("--text", options.text, "UTF-8 text to run on; default: held-out text of the embedded model");
  verb.add_option("--tokens", options.tokens, "Evaluate at most so many tokens of the text")->check(CLI::Range(std::int64_t{2}, std::int64_t{1} << 40))->capture_default_str();
  verb.add_option("--sites", options.sites, "linear: the projection matrices; all: attention products and head too")
      ->check(CLI::IsMember({"linear", "all"}))->capture_default_str();
  verb.add_option("--liberty", options.liberty, "Cell library: FILE[,FILE] (.lib or .lib.gz) are one technology; repeat for more. Default: OSU018");
  verb.add_option("--array", options.array, "Name or YAML file of the systolic array")->capture_default_str();
  verb.add_option("--out", options.out, "Folder for report.html, results.json, results.csv and the plots")->capture_default_str();
  context.add_json_option(verb);
  verb.footer("Example: macroscope compare --mac int8 --mac mxfp8_e4m3 --tokens 4096");
  verb.callback([&context] { run(context, options); });
}

const Verb registered{"compare", "Accuracy, area, energy and cycles of MACs side by side, and the report", declare};

}  // namespace
}  // namespace macroscope::cli
