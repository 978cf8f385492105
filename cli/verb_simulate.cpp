// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "analysis/throughput/array_metrics.hpp"
#include "cli/hardware_options.hpp"
#include "cli/progress.hpp"
#include "cli/verb.hpp"
#include "formats/input_error.hpp"
#include "workloads/gguf.hpp"
#include "workloads/trace.hpp"

namespace macroscope::cli {
namespace {

struct Options {
  std::string workload;
  std::vector<std::string> macs;
  std::string array = "default";
  std::string liberty;
  int stages = 0;
};

/// A model's shape, or the products of a trace.
struct Workload {
  std::string name;
  std::optional<workloads::LlamaConfig> model;
  std::vector<system::MatmulShape> products;
};

Workload trace_workload(const std::filesystem::path& path) {
  Workload workload{path.filename().string(), std::nullopt, {}};
  for (const workloads::TracedSite& site : workloads::Trace::read(path).sites) workload.products.push_back({site.name, site.m, site.n, site.k, 1});
  return workload;
}

/// Only the shape of a model is read: its weights do not matter to the cycles.
Workload load_workload(const Context& context, const std::string& name) {
  if (std::filesystem::path(name).extension() == ".safetensors") return trace_workload(name);
  const std::filesystem::path path = context.model(name);
  const std::string shown = name.find('/') == std::string::npos ? name : path.stem().string();
  if (std::filesystem::is_directory(path)) return {shown, workloads::LlamaConfig::from_json(path / "config.json"), {}};
  if (path.extension() == ".gguf") return {shown, workloads::LlamaConfig::from_gguf(workloads::GgufFile::read(path)), {}};
  throw InputError(path.string() + " is no workload; give a model (its name, a folder with config.json, a .gguf file) or a trace (.safetensors)");
}

/// The unit as measured in the technology, or with --stages only its latency.
ResultRow unit_row(const Context& context, const Options& options, const datapath::MacSpec& spec, throughput::UnitCost& cost) {
  ResultRow row{spec.name, datapath::canonical_json(spec), "", "", "", {}};
  if (options.stages > 0) {
    cost = {options.stages, std::nullopt, std::nullopt, "--stages gave the unit's latency by hand: without it, joules come from the unit's gates"};
    return row;
  }
  hardware::CharacterisationOptions how = hardware_options(context);
  Progress progress("synthesis of " + spec.name);
  how.progress = progress.detailed_callback();
  const auto technology = options.liberty.empty() ? read_technologies({}) : read_technologies({options.liberty});
  const hardware::Characterisation unit = hardware::characterise({spec}, technology.front(), how).front();
  progress.update(1);
  cost = throughput::unit_cost(unit);
  row.technology = unit.technology;
  row.stimulus = how.trace.filename().string();
  row.metrics = hardware::metrics(unit);
  return row;
}

ResultRow simulate(const Context& context, const Options& options, const Workload& workload, const system::ArrayConfig& array, const datapath::MacSpec& spec) {
  throughput::unit_on_array(spec, array, {});  // refuses an impossible pair before anything is synthesised
  throughput::UnitCost cost;
  ResultRow row = unit_row(context, options, spec, cost);
  row.workload = workload.name;
  Progress progress("simulate " + workload.name + " on " + spec.name);
  if (workload.model) {
    row.metrics.merge(throughput::language_model_metrics(*workload.model, spec, array, cost, progress.callback()));
  } else {
    const auto update = [&](std::size_t done, std::size_t shapes) { progress.update(static_cast<double>(done) / static_cast<double>(shapes)); };
    const system::ModelRun run = system::simulate_sites(array, throughput::unit_on_array(spec, array, cost), workload.products, update);
    row.metrics.merge(throughput::phase_metrics("trace", 0, std::to_string(workload.products.size()) + " traced products", run, cost));
  }
  progress.update(1);
  return row;
}

void print_phase(const ResultRow& row, const std::string& phase) {
  const auto value = [&](const std::string& name) { return row.metrics.at(phase + name).value.value_or(0); };
  const bool per_token = row.metrics.count(phase + "_energy_per_token") > 0;
  const Metric& energy = row.metrics.at(phase + (per_token ? "_energy_per_token" : "_energy"));
  const std::string joules = energy.value ? fmt::format("{:.3g}", *energy.value * 1e6) : "-";
  fmt::print("{:<18} {:<8} {:>14.0f} {:>11.2f} % {:>14.4g} {:>14} ", row.mac, phase, value("_cycles"), 100 * value("_utilization"), value("_dram_bytes") / 1e6, joules);
  for (const char* reason : {"first_load", "weights", "activations", "partial_sums", "outputs", "drain"})
    fmt::print(" {:.1f}", 100 * value(std::string("_stall_cycles/") + reason) / value("_cycles"));
  fmt::print("\n");
}

void print_table(const Workload& workload, const system::ArrayConfig& array, const std::vector<ResultRow>& rows) {
  fmt::print("{} on array '{}': {} x {} units of {} lanes, {} bytes a cycle from memory\n", workload.name, array.name, array.rows, array.columns,
             array.lanes, array.memory.bytes_per_cycle);
  fmt::print("{:<18} {:<8} {:>14} {:>13} {:>14} {:>14}  cycles (%) lost to: first load, weights, activations, partial sums, outputs, drain\n", "MAC", "phase",
             "cycles", "utilization", "memory (MB)", workload.model ? "µJ a token" : "µJ");
  for (const ResultRow& row : rows)
    for (const char* phase : {"prefill", "decode", "trace"})
      if (row.metrics.count(std::string(phase) + "_cycles") > 0) print_phase(row, phase);
  for (const ResultRow& row : rows)
    for (const char* name : {"decode_energy_per_token", "trace_energy"})
      if (const auto found = row.metrics.find(name); found != row.metrics.end() && !found->second.value)
        fmt::print("  {}: no joules: {}\n", row.mac, found->second.method);
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("MODEL|TRACE", options.workload, "A model (name, folder, .gguf file), or a trace (.safetensors)")->required();
  verb.add_option("--mac", options.macs, "Preset name or YAML file; repeatable")->required();
  verb.add_option("--array", options.array, "Name in configs/array, or YAML file")->capture_default_str();
  verb.add_option("--liberty", options.liberty, "Cell library of the units: FILE[,FILE]. Default: OSU018");
  verb.add_option("--stages", options.stages, "Pipeline stages of the unit, by hand: cycles only, nothing is synthesised")->check(CLI::Range(1, 64));
  context.add_json_option(verb);
  verb.footer("Example: macroscope simulate bookworm --mac int8 --mac mxfp8_e4m3 --array default");
  verb.callback([&context] {
    const Workload workload = load_workload(context, options.workload);
    const system::ArrayConfig array = system::load_array_config(options.array, context.home / "configs" / "array");
    std::vector<datapath::MacSpec> specs;
    for (const std::string& name : options.macs) specs.push_back(context.mac(name));
    ResultSet results;
    results.provenance = context.provenance();
    results.provenance["array"] = system::canonical_json(array);
    for (const datapath::MacSpec& spec : specs) results.rows.push_back(simulate(context, options, workload, array, spec));
    if (context.json) Context::print(to_json(results));
    else print_table(workload, array, results.rows);
  });
}

const Verb registered{"simulate", "Cycles and joules of a model on an array of MACs", declare};

}  // namespace
}  // namespace macroscope::cli
