// SPDX-License-Identifier: Apache-2.0
// What the sweep tests share: a scratch folder and rows made up by formula.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "analysis/sweep/experiment.hpp"
#include "analysis/sweep/result_store.hpp"

namespace macroscope::sweep::test {

/// A folder that lives as long as the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "macroscope-sweep-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no scratch folder";
    path_ = pattern;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Loads presets of the repository.
inline datapath::MacSpec load_preset(const std::string& name) {
  return datapath::load_mac_spec(name, MACROSCOPE_SOURCE_DIR "/configs/mac");
}

inline Experiment window_experiment(int from, int to) {
  return parse_experiment_text("experiment: window\nbase: fp8_e4m3\naxes: {dot.window: {from: " + std::to_string(from) +
                                   ", to: " + std::to_string(to) + "}}\nmeasure: [accuracy, hardware]\n",
                               "window.yaml");
}

/// A row whose area is 100 for each bit of the window.
inline ResultRow made_up_row(const SweepPoint& point) {
  ResultRow row;
  row.mac = point.spec.name;
  row.spec = datapath::canonical_json(point.spec);
  row.workload = "made up";
  row.metrics["area"] = {100.0 * point.spec.dot.window, "um2", std::nullopt, "by formula"};
  row.metrics["kl"] = Metric::missing("nat", "nothing was run");
  return row;
}

}  // namespace macroscope::sweep::test
