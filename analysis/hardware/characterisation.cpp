// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/characterisation.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <ctime>
#include <exception>
#include <mutex>
#include <thread>

#include "analysis/hardware/characterisation_store.hpp"
#include "analysis/hardware/unit_flow.hpp"
#include "analysis/hardware/unit_stimulus.hpp"
#include "formats/input_error.hpp"
#include "rtl/unit_sources.hpp"
#include "sim/datapath/has_rtl.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::hardware {
namespace {

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text;
}

/// Up to three figures: 10.231 ns becomes 10.3 ns, 0.31412 ns becomes 0.315 ns.
Nanoseconds round_up(Nanoseconds period) {
  // Divided by a power of ten rather than multiplied by its inexact inverse: 107 / 10 prints as 10.7.
  const double units = std::pow(10.0, 2 - std::floor(std::log10(period.value())));
  return Nanoseconds(std::ceil(period.value() * units - 1e-9) / units);
}

Provenance current_provenance(const datapath::MacSpec& spec, const CellLibrary& technology, const CharacterisationOptions& options, const std::string& stimulus) {
  const std::string script = synthesis_script();
  Provenance p;
  p.liberty_sha256 = technology.sha256();
  p.rtl_sha256 = rtl::rtl_hash(spec, options.rtl_folder);
  p.script_sha256 = workloads::sha256(script.data(), script.size());
  p.stimulus_sha256 = stimulus;
  p.engine = measurement_engine;
  p.commit = options.commit;
  return p;
}

/// Work on each of `count` items by up to `threads` threads; the first failure is thrown when all have stopped.
void for_each_parallel(size_t count, int threads, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::mutex guard;
  std::exception_ptr failure;
  const auto run = [&] {
    for (size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(guard);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> pool;
  for (int t = 1; t < std::min(threads, static_cast<int>(count)); ++t) pool.emplace_back(run);
  run();
  for (std::thread& t : pool) t.join();
  if (failure) std::rethrow_exception(failure);
}

class Steps {
 public:
  Steps(const CharacterisationOptions& options, size_t total) : options_(options), total_(total) {}
  void done(const std::string& what) {
    const std::lock_guard lock(guard_);
    ++done_;
    if (options_.progress) options_.progress(std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_)), what);
  }

 private:
  const CharacterisationOptions& options_;
  size_t total_, done_ = 0;
  std::mutex guard_;
};

Depth describe(const datapath::MacSpec& spec, const Implementation& implementation, const NetCosts& costs) {
  Depth d;
  d.cuts = implementation.cuts;
  const std::vector<std::string> names = rtl::boundary_names(spec);
  for (size_t b = 0; b < names.size(); ++b) {
    if ((d.cuts >> b) & 1) d.ranks.push_back(names[b]);
  }
  d.area = implementation.netlist.area();
  d.flip_flop_area = implementation.netlist.flip_flop_area();
  d.flip_flops = implementation.netlist.flip_flops();
  d.cells = implementation.netlist.instances();
  d.critical_path = implementation.critical_path;
  d.leakage = costs.leakage();
  return d;
}

/// What the segment before each boundary does; the last one, before psum_o, adds to the partial sum.
std::string component_of(const datapath::MacSpec& spec, const std::string& boundary) {
  const bool integer = spec.dot.reduction == datapath::Reduction::integer;
  static const std::map<std::string, std::string> components{
      {"product", "multiply"}, {"exponent", "exponent_maximum"}, {"align", "align"}, {"sum", "sum"}, {"normalise", "normalise"}, {"convert", "normalise"},
      {"add_align", "accumulate"}, {"add_sum", "accumulate"}, {"add_normalise", "accumulate"}};
  const auto found = components.find(boundary);
  if (found != components.end()) return found->second;
  return integer ? "multiply_sum" : "sum";  // group, tree: an integer unit's partial products go straight into the tree
}

std::map<std::string, SquareMicrons> components_of(const datapath::MacSpec& spec, const Segments& segments) {
  std::map<std::string, SquareMicrons> areas;
  const std::vector<std::string> boundaries = rtl::boundary_names(spec);
  for (size_t i = 0; i < segments.area.size(); ++i) areas[i < boundaries.size() ? component_of(spec, boundaries[i]) : "accumulate"] += segments.area[i];
  return areas;
}

// Area and energy count only for a netlist that does what the golden model does.
void require_golden(const datapath::MacSpec& spec, const Netlist& netlist, const std::vector<datapath::UnitInput>& stream, const OutputTrace& outputs) {
  if (const auto mismatch = golden_mismatch(spec, netlist, stream, outputs)) throw std::runtime_error(*mismatch);
}

Characterisation measure(const Implementation& implementation, const datapath::MacSpec& spec, const CellLibrary& technology,
                         const workloads::Trace& trace, Nanoseconds clock, const CharacterisationOptions& options) {
  const Netlist& netlist = implementation.netlist;
  const NetCosts costs(netlist, operating_point(technology));
  const auto stream = traced_stream(spec, trace, options.recipe);
  const Stimulus stimulus = unit_stimulus(spec, netlist, stream, options.recipe.tokens);

  Characterisation c;
  c.mac = spec.name;
  c.hardware_key = datapath::hardware_key(spec);
  c.technology = technology.name();
  c.lanes = spec.dot.lanes;
  c.nand2 = technology.nand2().area;
  c.clock = clock;
  c.depth = describe(spec, implementation, costs);
  OutputTrace outputs;
  const CycleEnergy settled = measure_energy(netlist, costs, stimulus, DelayModel::settled, clock, 1, &outputs);
  require_golden(spec, netlist, stream, outputs);
  if (!technology.has_power()) {
    c.energy_reason = "the library " + technology.name() + " has no internal_power tables";
    return c;
  }
  c.depth.settled = settled;
  c.depth.glitch = measure_energy(netlist, costs, stimulus, DelayModel::glitch, clock, 1, &outputs);
  require_golden(spec, netlist, stream, outputs);
  return c;
}

struct Unit {
  datapath::MacSpec spec;
  std::string key;
  Provenance provenance;
};

std::vector<Unit> distinct_units(const std::vector<datapath::MacSpec>& specs, const CellLibrary& technology, const CharacterisationOptions& options) {
  const std::string stimulus = stimulus_hash(options.trace, options.recipe);
  std::vector<Unit> units;
  for (const datapath::MacSpec& spec : specs) {
    datapath::require_rtl(spec);
    const std::string key = datapath::hardware_key(spec);
    const bool known = std::any_of(units.begin(), units.end(), [&](const Unit& u) { return u.key == key; });
    if (!known) units.push_back({spec, key, current_provenance(spec, technology, options, stimulus)});
  }
  return units;
}

/// A unit cannot be made fast enough for a clock that was fixed.
class ClockTooFast : public InputError {
 public:
  using InputError::InputError;
};

/// Which units have a fresh stored result at one clock, and why the others have none.
struct Stored {
  std::vector<std::optional<Characterisation>> of_unit;
  std::optional<Nanoseconds> clock;
  std::string reason;
};

std::optional<std::string> unusable(const std::optional<Characterisation>& found, const Unit& unit, std::optional<Nanoseconds> clock, const CharacterisationOptions& options) {
  if (!found) return unit.spec.name + " has no stored characterisation";
  if (const auto stale = found->provenance.stale_against(unit.provenance)) return "the stored characterisation of " + unit.spec.name + " is stale: " + *stale;
  if (clock && std::abs(found->clock / *clock - 1) > 1e-9) return "the stored characterisation of " + unit.spec.name + " is at another clock";
  if (options.cuts && found->depth.cuts != *options.cuts) return "the stored characterisation of " + unit.spec.name + " has another pipeline";
  return std::nullopt;
}

Stored stored_results(const std::vector<Unit>& units, const CellLibrary& technology, const CharacterisationOptions& options) {
  Stored stored{{}, options.clock, options.store.empty() ? "nothing stored was asked for" : ""};
  for (const Unit& unit : units) {
    stored.of_unit.emplace_back();
    if (options.store.empty()) continue;
    auto found = load_characterisation(options.store, technology.name(), unit.key);
    if (const auto reason = unusable(found, unit, stored.clock, options)) {
      stored.reason = *reason + " in " + technology.name();
      continue;
    }
    stored.clock = found->clock;
    stored.of_unit.back() = std::move(found);
  }
  return stored;
}

std::vector<Characterisation> measure_all(const std::vector<Unit>& units, const CellLibrary& technology, const CharacterisationOptions& options) {
  const std::vector<std::string> tools = tool_versions();  // says what to install before any work is done
  const workloads::Trace trace = workloads::Trace::read(options.trace);
  std::vector<std::unique_ptr<UnitFlow>> flows;
  for (const Unit& unit : units) flows.push_back(std::make_unique<UnitFlow>(unit.spec, technology, options.rtl_folder, options.synthesis));
  Steps steps(options, 4 * units.size());

  Nanoseconds clock = options.clock.value_or(Nanoseconds(0));
  if (!options.clock) {
    for_each_parallel(units.size(), options.threads, [&](size_t i) {
      flows[i]->segments();
      steps.done(units[i].spec.name + ": timed segment by segment");
      flows[i]->fastest_implementation();
      steps.done(units[i].spec.name + ": fastest pipeline");
    });
    // Only the slowest unit sets the clock, so only that one is worth more synthesis.
    const auto slowest = [&] {
      return std::max_element(flows.begin(), flows.end(), [](auto& a, auto& b) { return a->fastest_implementation().critical_path < b->fastest_implementation().critical_path; })->get();
    };
    for (int tries = 0; tries < 4 && slowest()->refine_fastest(); ++tries) {}
    clock = round_up(slowest()->fastest_implementation().critical_path);
  }
  std::vector<Characterisation> results(units.size());
  for_each_parallel(units.size(), options.threads, [&](size_t i) {
    UnitFlow& flow = *flows[i];
    const bool shared = options.clock && options.cuts && *options.cuts >> rtl::boundary_count(units[i].spec) == 0 && flow.implement(*options.cuts).critical_path <= clock;
    const Implementation& chosen = shared ? flow.implement(*options.cuts) : flow.shallowest_implementation(clock);
    if (chosen.critical_path > clock) {
      throw ClockTooFast(units[i].spec.name + " can't meet a clock of " + std::to_string(clock.value()) + " ns with at most " + std::to_string(deepest_pipeline) +
                       " stages: its fastest pipeline needs " + std::to_string(chosen.critical_path.value()) + " ns. Give a slower clock.");
    }
    steps.done(units[i].spec.name + ": pipeline for the common clock");
    results[i] = measure(chosen, units[i].spec, technology, trace, clock, options);
    if (!shared) results[i].components = components_of(units[i].spec, flow.segments());
    results[i].fastest = shared ? chosen.critical_path : flow.fastest_implementation().critical_path;
    results[i].provenance = units[i].provenance;
    results[i].provenance.tools = tools;
    results[i].provenance.date = today();
    steps.done(units[i].spec.name + ": energy");
  });
  return results;
}

// What is stored stays as it is and the rest is measured at the same clock, if that can be met; else all are measured.
std::vector<Characterisation> stored_or_measured(const std::vector<Unit>& units, const CellLibrary& technology, const CharacterisationOptions& options) {
  const Stored stored = stored_results(units, technology, options);
  std::vector<Characterisation> of_unit;
  std::vector<Unit> missing;
  for (size_t i = 0; i < units.size(); ++i) {
    if (stored.of_unit[i]) {
      of_unit.push_back(*stored.of_unit[i]);
    } else {
      missing.push_back(units[i]);
    }
  }
  try {
    if (missing.empty()) return of_unit;
    CharacterisationOptions at_clock = options;
    at_clock.clock = of_unit.empty() ? options.clock : stored.clock;
    for (Characterisation& c : measure_all(missing, technology, at_clock)) of_unit.push_back(std::move(c));
    return of_unit;
  } catch (const ClockTooFast&) {
    if (options.clock || of_unit.empty()) throw;
    return measure_all(units, technology, options);
  } catch (const InputError& e) {
    throw InputError(std::string(e.what()) + " (Measuring is needed because " + stored.reason + ".)");
  }
}

}  // namespace

std::optional<std::string> Provenance::stale_against(const Provenance& current) const {
  if (liberty_sha256 != current.liberty_sha256) return "it was made with another Liberty file";
  if (rtl_sha256 != current.rtl_sha256) return "the unit's RTL has changed since";
  if (script_sha256 != current.script_sha256) return "the synthesis script has changed since";
  if (stimulus_sha256 != current.stimulus_sha256) return "it was measured with another stimulus";
  if (engine != current.engine) return "the way to measure has changed since";
  return std::nullopt;
}

std::vector<Characterisation> characterise(const std::vector<datapath::MacSpec>& specs, const CellLibrary& technology, const CharacterisationOptions& options) {
  const std::vector<Unit> units = distinct_units(specs, technology, options);
  const std::vector<Characterisation> of_unit = stored_or_measured(units, technology, options);
  std::vector<Characterisation> results;
  for (const datapath::MacSpec& spec : specs) {
    const std::string key = datapath::hardware_key(spec);
    const auto unit = std::find_if(of_unit.begin(), of_unit.end(), [&](const Characterisation& c) { return c.hardware_key == key; });
    results.push_back(*unit);
    results.back().mac = spec.name;
  }
  return results;
}

std::map<std::string, Metric> metrics(const Characterisation& c) {
  const Depth& d = c.depth;
  const std::string synthesis = "yosys + abc on " + c.technology + ", no wires";
  const auto area = [&](double value, const char* unit, const std::string& what) { return Metric{value, unit, std::nullopt, what + ", " + synthesis}; };
  std::string ranks;
  for (const std::string& rank : d.ranks) ranks += rank + ", ";
  std::map<std::string, Metric> m{
      {"area", area(d.area.value(), "um2", "one unit with its registers")},
      {"area_flipflops", area(d.flip_flop_area.value(), "um2", "flip-flops of one unit")},
      {"area_nand2", area(d.area / c.nand2, "1", "area over that of the smallest two-input NAND")},
      {"critical_path", Metric{d.critical_path.value(), "ns", std::nullopt, "OpenSTA, set-up included, no wires"}},
      {"clock", Metric{c.clock.value(), "ns", std::nullopt, "common clock: the fastest period that all units characterised together meet with at most 4 stages"}},
      {"pipeline_stages", Metric{static_cast<double>(d.stages()), "1", std::nullopt, "shallowest that meets the clock; registers after " + ranks + "output"}},
  };
  for (const auto& [name, part] : c.components)
    m["area/" + name] = area(part.value(), "um2", "logic that does this, in the unit with registers at every boundary (registers left out)");
  const auto energy = [&](const char* name, const std::optional<CycleEnergy>& e, const std::string& model) {
    if (!e) {
      m[name] = Metric::missing("pJ", c.energy_reason);
      return;
    }
    const double lanes = c.lanes;
    m[name] = Metric{e->total.value() / lanes, "pJ", e->ci95 ? std::optional(e->ci95->value() / lanes) : std::nullopt,
                     model + "; gate-level toggles on traced operands x internal power + CV2/2, flip-flops, clock pins and leakage; no wires, no clock tree"};
  };
  energy("energy_per_mac_settled", d.settled, "zero delay");
  energy("energy_per_mac_glitch", d.glitch, "inertial delays from the Liberty tables");
  return m;
}

}  // namespace macroscope::hardware
