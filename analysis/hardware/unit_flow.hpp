// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "analysis/hardware/net_costs.hpp"
#include "analysis/hardware/pipeline.hpp"
#include "analysis/hardware/timing.hpp"
#include "analysis/hardware/unit_rtl.hpp"

namespace macroscope::hardware {

/// A unit synthesised with registers at `cuts`, and timed.
struct Implementation {
  rtl::Cuts cuts = 0;
  Netlist netlist;
  Nanoseconds critical_path;

  [[nodiscard]] int stages() const { return rtl::stages(cuts); }
};

/// One MAC unit on its way through synthesis in one technology; each set of cuts is synthesised once.
class UnitFlow {
 public:
  UnitFlow(datapath::MacSpec spec, const CellLibrary& technology, std::filesystem::path rtl_folder, SynthesisOptions options);

  [[nodiscard]] const datapath::MacSpec& spec() const { return spec_; }
  const Implementation& implement(rtl::Cuts cuts);
  /// The unit cut everywhere, timed segment by segment.
  const Segments& segments();

  /// The fastest implementation with at most `deepest_pipeline` stages.
  const Implementation& fastest_implementation();
  /// The shallowest implementation that meets `period`; the fastest one where none does.
  const Implementation& shallowest_implementation(Nanoseconds period);
  /// Tries to speed the fastest implementation up by moving a boundary of its slowest stage; true when that worked.
  bool refine_fastest();

 private:
  datapath::MacSpec spec_;
  const CellLibrary* technology_;
  std::filesystem::path rtl_folder_;
  SynthesisOptions options_;
  OperatingPoint point_;
  std::optional<Segments> segments_;
  std::map<rtl::Cuts, std::unique_ptr<Implementation>> done_;
  std::optional<rtl::Cuts> fastest_;
};

}  // namespace macroscope::hardware
