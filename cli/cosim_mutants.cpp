// SPDX-License-Identifier: Apache-2.0
#include "cli/cosim_mutants.hpp"

#include <fmt/format.h>

#include "cli/progress.hpp"
#include "sim/datapath/has_rtl.hpp"

namespace macroscope::cli {
namespace {

constexpr double smallest_ratio = 0.98;

nlohmann::json row_of(const datapath::MacSpec& spec, const rtl::MutationPlan& plan, const rtl::MutationResult& result) {
  nlohmann::json mutants = nlohmann::json::array();
  for (const rtl::Mutant& mutant : result.mutants)
    mutants.push_back({{"file", "rtl/" + mutant.file.string()}, {"line", mutant.line}, {"kind", rtl::mutation_kind_name(mutant.kind)}, {"original", mutant.original},
                       {"mutated", mutant.mutated}, {"source_line", mutant.source_line}, {"fate", rtl::fate_name(mutant.fate)}, {"vectors", mutant.vectors}, {"remark", mutant.remark}});
  nlohmann::json row = {{"mac", spec.name}, {"lanes", spec.dot.lanes}, {"seed", plan.seed}, {"sites", result.sites}, {"vectors", result.vectors},
                        {"kill_ratio", result.kill_ratio()}, {"mutants", mutants}};
  for (const rtl::Fate fate : {rtl::Fate::killed, rtl::Fate::invalid, rtl::Fate::equivalent, rtl::Fate::survived}) row[rtl::fate_name(fate)] = result.count(fate);
  return row;
}

void print_text(const datapath::MacSpec& spec, const rtl::MutationPlan& plan, const rtl::MutationResult& result) {
  using rtl::Fate;
  fmt::print("{}, {} lanes: {} mutants of {} possible ones, seed {}, at most {} vectors each\n", spec.name, spec.dot.lanes, result.mutants.size(), result.sites, plan.seed, result.vectors);
  if (result.mutants.size() < plan.mutants) fmt::print("  {} were asked for; these are all that there are\n", plan.mutants);
  fmt::print("  {} killed, {} survived: {:.1f} % killed; apart from these {} proved equivalent and {} invalid (refused by Verilator or the compiler)\n",
             result.count(Fate::killed), result.count(Fate::survived), 100 * result.kill_ratio(), result.count(Fate::equivalent), result.count(Fate::invalid));
  for (const rtl::Mutant& mutant : result.mutants)
    if (mutant.fate == Fate::survived)
      fmt::print("  rtl/{}:{}: {}: '{}' became '{}' ({})\n    {}\n", mutant.file.string(), mutant.line, rtl::mutation_kind_name(mutant.kind), mutant.original, mutant.mutated,
                 mutant.remark, mutant.source_line);
}

}  // namespace

void print_mutation_runs(Context& context, const std::vector<datapath::MacSpec>& specs, const std::vector<rtl::Cuts>& cuts, const rtl::MutationPlan& plan) {
  nlohmann::json rows = nlohmann::json::array();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    rtl::MutationResult result;
    {
      Progress progress("mutants of " + specs[i].name);
      result = rtl::mutate(specs[i], cuts[i], context.home / "rtl", context.cache() / "mutants", plan, progress.detailed_callback());
    }
    if (result.kill_ratio() < smallest_ratio) context.exit_code = 1;
    rows.push_back(row_of(specs[i], plan, result));
    if (!context.json) print_text(specs[i], plan, result);
  }
  if (context.json) Context::print({{"schema", "macroscope.mutants/1"}, {"provenance", context.provenance()}, {"smallest_ratio", smallest_ratio}, {"rows", rows}});
}

datapath::MacSpec with_lanes(const datapath::MacSpec& spec, int lanes) {
  datapath::MacSpec edited = spec;
  edited.dot.lanes = lanes;
  edited = datapath::parse_mac_spec(datapath::canonical_yaml(edited), spec.name + " with --lanes " + std::to_string(lanes));
  datapath::require_rtl(edited);
  return edited;
}

}  // namespace macroscope::cli
