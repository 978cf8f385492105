// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/hardware/cell_library.hpp"
#include "analysis/hardware/netlist.hpp"

namespace macroscope::hardware {

/// The pinned abc script: technology mapping, then buffering and gate sizing. Changing it changes every stored result, so
/// its hash is part of their provenance.
extern const char* const abc_script;

/// SystemVerilog sources of one design, in the order in which yosys reads them, and its top module.
struct RtlDesign {
  std::vector<std::pair<std::string, std::string>> sources;  ///< file name, text
  std::string top;
};

struct SynthesisOptions {
  std::chrono::seconds time_out{600};
  std::filesystem::path cache;  ///< folder of earlier netlists, by hash of everything that goes in; empty: none
};

/// yosys and abc from `design` to cells of `library`: synth -flatten -noshare, dfflibmap, abc with `abc_script`. Throws
/// InputError when a tool is missing, std::runtime_error with the tool's last words when it fails or its time is over.
Netlist synthesise(const RtlDesign& design, const CellLibrary& library, const SynthesisOptions& options);

/// The yosys commands that `synthesise` runs, file names left out: what "script" means in provenance.
std::string synthesis_script();

/// "yosys 0.23", "abc ...", "OpenSTA 2.0.17": versions of the tools on this machine; throws InputError for a missing one.
std::vector<std::string> tool_versions();

}  // namespace macroscope::hardware
