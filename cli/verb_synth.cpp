// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "analysis/hardware/characterisation_store.hpp"
#include "cli/hardware_options.hpp"
#include "cli/progress.hpp"
#include "cli/rtl_specs.hpp"
#include "cli/verb.hpp"
#include "formats/input_error.hpp"
#include "sim/datapath/has_rtl.hpp"

namespace macroscope::cli {
namespace {

struct Options {
  std::vector<std::string> macs;
  bool all = false;
  std::vector<std::string> liberty;
  double clock_ns = 0;
  bool fresh = false;
  bool store = false;
  int time_out = 600;
};

std::string energy_text(const std::optional<hardware::CycleEnergy>& energy, int lanes) {
  if (!energy) return "-";
  const std::string value = fmt::format("{:.4g}", energy->total.value() / lanes);
  return energy->ci95 ? value + fmt::format(" ± {:.2g}", energy->ci95->value() / lanes) : value;
}

void print_table(const hardware::CellLibrary& technology, const std::vector<hardware::Characterisation>& units) {
  fmt::print("{}, {:.4g} V, common clock {:.4g} ns{}\n", technology.name(), technology.supply().value(), units.front().clock.value(),
             units.front().from_store ? " (stored characterisation)" : "");
  for (const std::string& correction : technology.corrections()) fmt::print("  corrected: {}\n", correction);
  fmt::print("{:<18} {:>6} {:>12} {:>9} {:>12} {:>9} {:>20} {:>20}  {}\n", "MAC", "stages", "area um2", "NAND2", "flip-flops", "path ns",
             "settled pJ/MAC", "glitch pJ/MAC", "registers after");
  for (const hardware::Characterisation& c : units) {
    const hardware::Depth& d = c.depth;
    std::string ranks;
    for (const std::string& rank : d.ranks) ranks += rank + " ";
    fmt::print("{:<18} {:>6} {:>12.5g} {:>9.0f} {:>12.5g} {:>9.3g} {:>20} {:>20}  {}output\n", c.mac, d.stages(), d.area.value(), d.area / c.nand2,
               d.flip_flop_area.value(), d.critical_path.value(), energy_text(d.settled, c.lanes), energy_text(d.glitch, c.lanes), ranks);
  }
  if (!units.front().energy_reason.empty()) fmt::print("  no energy: {}\n", units.front().energy_reason);
}

void synth(Context& context, const Options& options) {
  const std::vector<datapath::MacSpec> specs = specs_with_rtl(context, options.macs, options.all, "synth");
  const std::vector<hardware::CellLibrary> technologies = read_technologies(options.liberty);
  ResultSet results;
  results.provenance = context.provenance();
  for (const hardware::CellLibrary& technology : technologies) {
    hardware::CharacterisationOptions how = hardware_options(context);
    const std::filesystem::path store = how.store;
    if (options.fresh || options.store) how.store.clear();
    if (options.clock_ns > 0) how.clock = hardware::Nanoseconds(options.clock_ns);
    how.synthesis.time_out = std::chrono::seconds(options.time_out);
    Progress progress("synthesis in " + technology.name());
    how.progress = progress.detailed_callback();
    const auto units = hardware::characterise(specs, technology, how);
    progress.update(1);
    for (size_t i = 0; i < units.size(); ++i) {
      if (options.store) hardware::store_characterisation(store, units[i]);
      results.rows.push_back({units[i].mac, datapath::canonical_json(specs[i]), "", units[i].technology, how.trace.filename().string(), hardware::metrics(units[i])});
      results.provenance["hardware"][units[i].technology][units[i].mac] = hardware::to_json(units[i])["provenance"];
    }
    if (!context.json) print_table(technology, units);
  }
  if (context.json) Context::print(to_json(results));
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("MAC", options.macs, "Preset names or YAML files");
  verb.add_flag("--all", options.all, "Every preset that has hardware");
  verb.add_option("--liberty", options.liberty, "Cell library: FILE[,FILE] (.lib or .lib.gz) are one technology; repeat for more. Default: OSU018");
  verb.add_option("--clock", options.clock_ns, "Clock period in ns instead of the fastest that all units meet")->check(CLI::PositiveNumber);
  verb.add_flag("--fresh", options.fresh, "Measure even when a stored characterisation is fresh");
  verb.add_flag("--store", options.store, "Measure, and keep the result as the stored characterisation");
  verb.add_option("--time-out", options.time_out, "Seconds that one synthesis may take")->check(CLI::Range(1, 86400));
  context.add_json_option(verb);
  verb.footer("Example: macroscope synth int8 fp8_e4m3 --liberty cells.lib.gz");
  verb.callback([&context] { synth(context, options); });
}

const Verb registered{"synth", "Area, timing and energy of MAC units, from gates", declare};

}  // namespace
}  // namespace macroscope::cli
