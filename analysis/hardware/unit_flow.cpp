// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/unit_flow.hpp"

#include <algorithm>

namespace macroscope::hardware {
namespace {

/// Area of the logic behind each rank of registers: a gate belongs to the rank of the net it drives.
std::vector<SquareMicrons> segment_areas(const Netlist& netlist, size_t segments) {
  std::vector<SquareMicrons> area(segments);
  std::vector<bool> counted(static_cast<size_t>(netlist.instances()));  // a cell with two outputs is two drivers
  for (const Driver& d : netlist.drivers()) {
    if (d.is_register() || counted[static_cast<size_t>(d.instance)]) continue;
    counted[static_cast<size_t>(d.instance)] = true;
    const auto rank = static_cast<size_t>(netlist.ranks()[static_cast<size_t>(d.net)]);
    area[std::min(rank, segments - 1)] += d.cell->area;
  }
  return area;
}

}  // namespace

UnitFlow::UnitFlow(datapath::MacSpec spec, const CellLibrary& technology, std::filesystem::path rtl_folder, SynthesisOptions options)
    : spec_(std::move(spec)), technology_(&technology), rtl_folder_(std::move(rtl_folder)), options_(std::move(options)),
      point_(operating_point(technology)) {}

const Implementation& UnitFlow::implement(rtl::Cuts cuts) {
  auto& slot = done_[cuts];
  if (!slot) {
    Netlist netlist = synthesise(unit_design(spec_, cuts, rtl_folder_), *technology_, options_);
    const Nanoseconds path = critical_path(netlist, point_);
    slot = std::make_unique<Implementation>(Implementation{cuts, std::move(netlist), path});
  }
  return *slot;
}

const Segments& UnitFlow::segments() {
  if (segments_) return *segments_;
  const int boundaries = rtl::boundary_count(spec_);
  const Netlist netlist = synthesise(unit_design(spec_, (1U << boundaries) - 1, rtl_folder_), *technology_, options_);
  const NetCosts costs(netlist, point_);
  Segments segments;
  segments.overhead = point_.input_delay;
  for (const double delay : stage_delays(netlist, costs)) {
    segments.delay.push_back(Nanoseconds(std::max(0.0, delay - point_.input_delay.value())));
  }
  segments.delay.resize(static_cast<size_t>(boundaries) + 1);
  segments.area = segment_areas(netlist, segments.delay.size());
  segments.register_bits.assign(static_cast<size_t>(boundaries), 0);
  for (const Driver& d : netlist.drivers()) {
    const auto rank = static_cast<size_t>(netlist.ranks()[static_cast<size_t>(d.net)]);
    if (d.is_register() && rank >= 1 && rank <= segments.register_bits.size()) ++segments.register_bits[rank - 1];
  }
  segments_ = std::move(segments);
  return *segments_;
}

const Implementation& UnitFlow::fastest_implementation() {
  if (!fastest_) {
    const int stages = std::min(deepest_pipeline, rtl::boundary_count(spec_) + 1);
    fastest_ = fastest(segments(), stages)->cuts;
  }
  return implement(*fastest_);
}

const Implementation& UnitFlow::shallowest_implementation(Nanoseconds period) {
  const Implementation& deepest = fastest_implementation();
  // What the segments promise is off by how wrong they were for the fastest one; leave room for that and try.
  const double promised = fastest(segments(), deepest.stages())->period.value();
  const double optimism = std::clamp(deepest.critical_path.value() / promised, 0.8, 1.5);
  for (int stages = 1; stages < deepest.stages(); ++stages) {
    const auto quickest = fastest(segments(), stages);
    if (quickest->period * (0.85 * optimism) > period) continue;  // out of reach: not worth a synthesis
    if (const auto small = smallest(segments(), stages, period / optimism); small && small->cuts != quickest->cuts) {
      const Implementation& tried = implement(small->cuts);
      if (tried.critical_path <= period) return tried;
    }
    const Implementation& tried = implement(quickest->cuts);
    if (tried.critical_path <= period) return tried;
  }
  return deepest;
}

bool UnitFlow::refine_fastest() {
  const Implementation& now = fastest_implementation();
  const std::vector<double> stages = stage_delays(now.netlist, NetCosts(now.netlist, point_));
  const auto slowest = std::max_element(stages.begin(), stages.end()) - stages.begin();
  std::vector<int> at;  // boundaries with registers
  for (int b = 0; b < rtl::boundary_count(spec_); ++b) {
    if ((now.cuts >> b) & 1) at.push_back(b);
  }
  // Shrink the slowest stage from the side whose other neighbour has more time to spare.
  std::vector<std::pair<double, rtl::Cuts>> moves;
  const auto move = [&](long cut, int step, double neighbour) {
    const int to = at[static_cast<size_t>(cut)] + step;
    if (to < 0 || to >= rtl::boundary_count(spec_) || (now.cuts >> to) & 1) return;
    moves.emplace_back(neighbour, (now.cuts & ~(1U << at[static_cast<size_t>(cut)])) | 1U << to);
  };
  if (slowest > 0) move(slowest - 1, +1, stages[static_cast<size_t>(slowest) - 1]);
  if (slowest < static_cast<long>(at.size())) move(slowest, -1, stages[static_cast<size_t>(slowest) + 1]);
  std::sort(moves.begin(), moves.end());
  for (const auto& [neighbour, cuts] : moves) {
    if (implement(cuts).critical_path < now.critical_path) {
      fastest_ = cuts;
      return true;
    }
  }
  return false;
}

}  // namespace macroscope::hardware
