// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "rtl/cosim/unit_vectors.hpp"
#include "rtl/package_generator.hpp"

namespace macroscope::rtl {

/// Where the RTL comes from and where compiled models are kept.
struct CosimPaths {
  std::filesystem::path rtl;    ///< the repository's rtl/, or an edited copy of it
  std::filesystem::path cache;  ///< one folder per compiled model; made when missing
  std::chrono::seconds tool_limit{0};  ///< after which Verilator or the compiler counts as failed; 0: never
};

/// A unit from elsewhere with mac_unit's ports (docs/cosimulation.md), which the spec's golden model is to judge.
struct ForeignUnit {
  std::vector<std::filesystem::path> files;  ///< SystemVerilog, read after the generated package mac_pkg, which they may use
  std::string top;                           ///< its module
  int latency = 1;                           ///< rising edges from the one that takes the inputs to the one that sets psum_o, 1 or more
};

/// A cycle-accurate model of one generated unit: its RTL through Verilator and the C++ compiler into a shared library,
/// compiled when the cache has none for this RTL, package, harness and Verilator version.
class VerilatedUnit {
 public:
  /// `waveforms` builds a model that can write them; it is slower. Throws InputError naming the tool and its first error
  /// line when Verilator or the compiler fails.
  VerilatedUnit(const datapath::MacSpec& spec, Cuts cuts, const CosimPaths& paths, bool waveforms = false);
  /// The same of a unit from elsewhere. Throws InputError also for a file that cannot be read, a name that is no identifier, and
  /// ports of other widths.
  VerilatedUnit(const datapath::MacSpec& spec, const ForeignUnit& unit, const CosimPaths& paths, bool waveforms = false);
  ~VerilatedUnit();
  VerilatedUnit(VerilatedUnit&&) noexcept;
  VerilatedUnit& operator=(VerilatedUnit&&) noexcept;

  /// psum_o of every vector, fed one a cycle through a freshly reset model; with `waveform` also a VCD of it.
  std::vector<datapath::PsumBits> run(const UnitVectors& vectors, const std::filesystem::path& waveform = {});

 private:
  class Library;
  std::unique_ptr<Library> library_;
  int latency_;
};

}  // namespace macroscope::rtl
