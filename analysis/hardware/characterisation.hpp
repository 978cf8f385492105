// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analysis/hardware/energy.hpp"
#include "analysis/hardware/synthesis.hpp"
#include "analysis/hardware/traced_stream.hpp"
#include "analysis/result.hpp"
#include "rtl/package_generator.hpp"
#include "sim/datapath/mac_spec.hpp"

namespace macroscope::hardware {

/// Where a unit's figures come from. Two with equal hashes are the same measurement; dates, commits and tool versions only
/// inform.
struct Provenance {
  std::string liberty_sha256;
  std::string rtl_sha256;       ///< rtl::rtl_hash of the unit
  std::string script_sha256;    ///< synthesis_script()
  std::string stimulus_sha256;
  int engine = 0;               ///< `measurement_engine` of the program that measured
  std::vector<std::string> tools;
  std::string date;             ///< UTC, of the measurement
  std::string commit;

  /// Why a result with this provenance is not one of `current`; nothing when it is.
  [[nodiscard]] std::optional<std::string> stale_against(const Provenance& current) const;
};

/// Raised whenever the way to measure changes what is measured: stored figures of another engine are stale.
constexpr int measurement_engine = 1;

/// One unit, synthesised with one set of register ranks.
struct Depth {
  rtl::Cuts cuts = 0;
  std::vector<std::string> ranks;  ///< names of the boundaries with registers
  SquareMicrons area;              ///< registers included
  SquareMicrons flip_flop_area;
  int flip_flops = 0;
  int cells = 0;
  Nanoseconds critical_path;       ///< shortest period by OpenSTA, set-up included
  Nanowatts leakage;
  std::optional<CycleEnergy> settled, glitch;  ///< a cycle, at `Characterisation::clock`

  [[nodiscard]] int stages() const { return rtl::stages(cuts); }
};

/// A MAC unit's cost in one technology.
struct Characterisation {
  std::string mac;
  std::string hardware_key;        ///< datapath::hardware_key
  std::string technology;
  int lanes = 0;
  SquareMicrons nand2;             ///< area of the library's smallest two-input NAND
  Nanoseconds fastest;             ///< shortest period with at most four stages
  Nanoseconds clock;               ///< the common clock of the run it was measured in
  Depth depth;                     ///< the shallowest that meets the clock
  std::map<std::string, SquareMicrons> components;  ///< logic by function, of the unit cut at every boundary; empty: not measured
  std::string energy_reason;       ///< why there is no energy, when there is none
  bool from_store = false;
  Provenance provenance;
};

struct CharacterisationOptions {
  std::filesystem::path rtl_folder;
  std::filesystem::path trace;              ///< the stimulus
  std::filesystem::path store;              ///< folder of stored characterisations; empty: always measure
  StreamRecipe recipe;
  SynthesisOptions synthesis;
  std::optional<Nanoseconds> clock;         ///< fixed; else the fastest that all units meet
  std::optional<rtl::Cuts> cuts;            ///< tried first at a fixed clock: a sweep's points share a pipeline
  int threads = 1;
  std::string commit;
  std::function<void(double, const std::string&)> progress;
};

/// Area, timing and energy of the units of `specs` in one technology, at one common clock, in the order of `specs`. Units
/// whose hardware is equal are measured once.
///
/// Stored results are used where they are fresh, at the clock that they were measured at: the fastest that all presets meet,
/// so a run on some of them gives the same figures as a run on all. Units without one are measured at that clock, or, when
/// they can't meet it, all units are measured anew at a clock of their own; without a store always. Each unit's netlist must give psum_o as the golden model does on the whole stimulus.
/// Throws InputError for the FP32 reference, for a missing tool when the store is stale (saying why it is), and
/// std::runtime_error when a netlist differs from the golden model or a tool fails.
std::vector<Characterisation> characterise(const std::vector<datapath::MacSpec>& specs, const CellLibrary& technology, const CharacterisationOptions& options);

/// The metrics of docs/results.md: area, area_nand2, area_flipflops, critical_path, clock, pipeline_stages,
/// energy_per_mac_settled, energy_per_mac_glitch.
std::map<std::string, Metric> metrics(const Characterisation& c);

}  // namespace macroscope::hardware
