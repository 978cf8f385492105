// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "analysis/hardware/traced_stream.hpp"
#include "cli/cosim_mutants.hpp"
#include "cli/progress.hpp"
#include "cli/rtl_specs.hpp"
#include "cli/verb.hpp"
#include "formats/input_error.hpp"
#include "rtl/cosim/cosimulation.hpp"
#include "sim/datapath/has_rtl.hpp"
#include "workloads/trace.hpp"

namespace macroscope::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> macs;
  bool all = false;
  std::optional<std::uint64_t> vectors;
  std::uint64_t seed = 1;
  std::size_t traced_cycles = 16384;
  std::string trace;
  std::string cuts = "all";
  std::string waveforms = "out/cosim";
  std::vector<std::string> files;  ///< a unit from elsewhere
  std::string top;
  int latency = 1;
  std::string vectors_out;
  std::size_t mutants = 0;
  int lanes = 0;  ///< 0: the spec's
};

/// "none", "all", or boundary names separated by commas; a name that the spec's unit does not have is left out when
/// another unit of the same run has it.
rtl::Cuts cuts_of(const datapath::MacSpec& spec, const std::string& text, const std::vector<datapath::MacSpec>& all) {
  const auto names = rtl::boundary_names(spec);
  if (text == "none") return 0;
  if (text == "all") return (rtl::Cuts{1} << names.size()) - 1;
  rtl::Cuts cuts = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string wanted = text.substr(begin, end - begin);
    bool known = false;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == wanted) cuts |= rtl::Cuts{1} << i;
    for (const auto& other : all)
      for (const std::string& name : rtl::boundary_names(other)) known |= name == wanted;
    if (!known) throw InputError(fmt::format("cosim: --cuts: found '{}'; {} has {}, and 'all' or 'none' are accepted", wanted, spec.name, fmt::join(names, ", ")));
    begin = end + 1;
  }
  return cuts;
}

rtl::UnitVectors traced_vectors(const datapath::MacSpec& spec, const workloads::Trace& trace, std::size_t cycles) {
  rtl::UnitVectors vectors(spec);
  hardware::StreamRecipe recipe;
  recipe.cycles = cycles;
  for (const datapath::UnitInput& input : hardware::traced_stream(spec, trace, recipe)) vectors.add(input);
  return vectors;
}

/// The unit to be judged: the spec's own, or the one that was named.
rtl::VerilatedUnit unit_of(const datapath::MacSpec& spec, rtl::Cuts cuts, const rtl::CosimPaths& paths, const Options& options, bool waveforms) {
  if (options.files.empty()) return {spec, cuts, paths, waveforms};
  return {spec, rtl::ForeignUnit{{options.files.begin(), options.files.end()}, options.top, options.latency}, paths, waveforms};
}

/// Runs the failing operation once more through a model that writes waveforms.
fs::path write_waveform(const datapath::MacSpec& spec, rtl::Cuts cuts, const rtl::CosimPaths& paths, const rtl::Mismatch& mismatch, const Options& options) {
  const fs::path folder = options.waveforms;
  fs::create_directories(folder);
  const fs::path file = folder / (spec.name + ".vcd");
  const fs::path unfinished = folder / (spec.name + ".vcd.tmp");
  unit_of(spec, cuts, paths, options, true).run(mismatch.operation, unfinished);
  fs::rename(unfinished, file);
  return file;
}

void check_foreign(const Options& options, std::size_t specs) {
  if (options.files.empty() != options.top.empty()) throw InputError("cosim: --rtl FILE.sv and --top MODULE belong together: a unit's files and the name of its module");
  if (!options.files.empty() && specs != 1) throw InputError("cosim: --rtl: found " + std::to_string(specs) + " MACs; a unit from elsewhere is held against one");
  if (!options.vectors_out.empty() && specs != 1) throw InputError("cosim: --vectors-out: found " + std::to_string(specs) + " MACs; a file holds the vectors of one");
  if (!options.vectors_out.empty() && !options.files.empty()) throw InputError("cosim: --vectors-out writes vectors and simulates nothing; leave out --rtl and --top");
}

void write_vector_file(Context& context, const Options& options, const datapath::MacSpec& spec, const rtl::CosimPlan& plan, const workloads::Trace& trace) {
  Progress progress("cosim " + spec.name);
  const rtl::CosimResult result = rtl::write_vectors(options.vectors_out, spec, plan, traced_vectors(spec, trace, options.traced_cycles), progress.callback());
  const std::uint64_t lines = 2 * result.lane_pairs + result.random_vectors + result.traced_vectors;
  if (!context.json) {
    fmt::print("{}: {} vectors of {}\n", options.vectors_out, lines, spec.name);
    return;
  }
  Context::print({{"schema", "macroscope.cosim/1"}, {"provenance", context.provenance()},
                  {"rows", {{{"mac", spec.name}, {"vectors_out", options.vectors_out}, {"lane_pairs", result.lane_pairs}, {"random_vectors", result.random_vectors},
                             {"traced_vectors", result.traced_vectors}, {"lines", lines}, {"seed", result.seed}}}}});
}

void mutate(Context& context, const Options& options, std::vector<datapath::MacSpec> specs) {
  if (!options.files.empty() || !options.vectors_out.empty()) throw InputError("cosim: --mutants mutates the MAC's own RTL; leave out --rtl, --top and --vectors-out");
  if (options.lanes)
    for (datapath::MacSpec& spec : specs) spec = with_lanes(spec, options.lanes);
  rtl::MutationPlan plan;
  plan.mutants = options.mutants;
  plan.seed = options.seed;
  plan.threads = context.threads;
  plan.random_vectors = options.vectors.value_or(plan.random_vectors);
  std::vector<rtl::Cuts> cuts;
  for (const datapath::MacSpec& spec : specs) cuts.push_back(cuts_of(spec, options.cuts, specs));
  print_mutation_runs(context, specs, cuts, plan);
}

void cosim(Context& context, const Options& options) {
  const std::vector<datapath::MacSpec> specs = specs_with_rtl(context, options.macs, options.all, "cosim");
  check_foreign(options, specs.size());
  if (options.mutants) return mutate(context, options, specs);
  if (options.lanes) throw InputError("cosim: --lanes belongs to --mutants; without it a MAC is judged as its spec says");
  const fs::path trace_file = options.trace.empty() ? context.home / "analysis" / "hardware" / "stimulus" / "bookworm.safetensors" : fs::path(options.trace);
  const workloads::Trace trace = workloads::Trace::read(trace_file);
  const rtl::CosimPaths paths{context.home / "rtl", context.cache() / "cosim"};
  rtl::CosimPlan plan;
  plan.random_vectors = options.vectors.value_or(plan.random_vectors);
  plan.seed = options.seed;
  if (!options.vectors_out.empty()) return write_vector_file(context, options, specs.front(), plan, trace);

  nlohmann::json rows = nlohmann::json::array();
  for (const datapath::MacSpec& spec : specs) {
    const rtl::Cuts cuts = cuts_of(spec, options.cuts, specs);
    Progress progress("cosim " + spec.name);
    progress.update(0, "compiling the RTL");
    rtl::VerilatedUnit unit = unit_of(spec, cuts, paths, options, false);
    const rtl::CosimResult result = rtl::cosimulate(unit, spec, plan, traced_vectors(spec, trace, options.traced_cycles), progress.callback());
    rows.push_back({{"mac", spec.name}, {"lane_pairs", result.lane_pairs}, {"random_vectors", result.random_vectors},
                    {"traced_vectors", result.traced_vectors}, {"mismatches", result.mismatches}, {"seed", result.seed},
                    {"stages", options.files.empty() ? rtl::stages(cuts) : options.latency}, {"top", options.files.empty() ? "mac_unit" : options.top}});
    if (!context.json)
      fmt::print("{:<20} {} lane pairs, {} random and {} traced vectors, {} pipeline stages, seed {}: {} mismatches\n",
                 options.files.empty() ? spec.name : spec.name + ", " + options.top, result.lane_pairs, result.random_vectors, result.traced_vectors,
                 options.files.empty() ? rtl::stages(cuts) : options.latency, result.seed, result.mismatches);
    if (!result.first) continue;
    context.exit_code = 1;
    const fs::path waveform = write_waveform(spec, cuts, paths, *result.first, options);
    rows.back()["waveform"] = waveform.string();
    fmt::print(stderr, "{}: RTL and golden differ; the first operation is\n{}  waveform  {}\n", spec.name, rtl::explain(*result.first), waveform.string());
  }
  if (context.json) Context::print({{"schema", "macroscope.cosim/1"}, {"provenance", context.provenance()}, {"rows", rows}});
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("MAC", options.macs, "Preset names or YAML files");
  verb.add_flag("--all", options.all, "Every preset with RTL");
  verb.add_option("--vectors", options.vectors, "Random vectors, weighted towards corners (default 1000000; 20000 for a mutant)");
  verb.add_option("--seed", options.seed, "Seed of the random vectors and of the mutants")->capture_default_str();
  verb.add_option("--trace", options.trace, "Recorded operands (safetensors) instead of the committed trace");
  verb.add_option("--traced-vectors", options.traced_cycles, "Traced vectors to run")->capture_default_str();
  verb.add_option("--cuts", options.cuts, "Boundaries that hold registers: all, none, or names such as product,tree")->capture_default_str();
  verb.add_option("--waveforms", options.waveforms, "Folder for the waveform (VCD) of a mismatch")->capture_default_str();
  verb.add_option("--rtl", options.files, "Judge a unit from elsewhere: its SystemVerilog files, with mac_unit's ports (docs/cosimulation.md)");
  verb.add_option("--top", options.top, "Its module");
  verb.add_option("--latency", options.latency, "Its cycles from inputs to psum_o")->check(CLI::Range(1, 256))->capture_default_str();
  verb.add_option("--vectors-out", options.vectors_out, "Simulate nothing: write the vectors and the golden results for $readmemh");
  verb.add_option("--mutants", options.mutants, "Judge the vectors: this many mutants of the RTL, of which 98 % must be killed")->check(CLI::PositiveNumber);
  verb.add_option("--lanes", options.lanes, "With --mutants: units of so many lanes, quicker than the spec's")->check(CLI::Range(1, 256));
  context.add_json_option(verb);
  verb.footer("Example: macroscope cosim int8 fp8_e4m3 --vectors 2000000 --seed 7\n"
              "         macroscope cosim int8 --rtl docs/examples/third_unit/dot_int8.sv --top dot_int8 --latency 2\n"
              "         macroscope cosim int8 --mutants 100 --lanes 4\n"
              "Every operand pair goes through one lane, then random and traced vectors through the whole unit. Exit code 1 on a mismatch.\n"
              "--mutants edits the RTL in many places, one at a time: does co-simulation see it? Exit code 1 below 98 %.");
  verb.callback([&context] { cosim(context, options); });
}

const Verb registered{"cosim", "The Verilated RTL against the golden model, bit for bit", declare};

}  // namespace
}  // namespace macroscope::cli
