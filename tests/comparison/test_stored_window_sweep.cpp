// SPDX-License-Identifier: Apache-2.0
// The window sweep that reports show is of the RTL, script, stimulus and model that are in the tree.
#include <gmock/gmock.h>

#include "analysis/comparison/point_measurement.hpp"
#include "analysis/sweep/stored_sweep.hpp"
#include "rtl/unit_sources.hpp"
#include "workloads/language_model.hpp"

namespace macroscope::comparison {
namespace {

const std::string home = MACROSCOPE_SOURCE_DIR;

const sweep::StoredSweep& stored() {
  static const sweep::StoredSweep sweep = sweep::load_stored_sweep(home + "/analysis/sweep/stored/fp8-window.json");
  return sweep;
}

constexpr const char* renew = "stale: run `macroscope sweep configs/sweeps/fp8-window.yaml --keep analysis/sweep/stored/fp8-window.json`";

TEST(StoredWindowSweep, IsOfThisRtl) {
  const auto base = datapath::load_mac_spec("fp8_e4m3", home + "/configs/mac");
  EXPECT_EQ(stored().inputs.at("rtl").at("fp8_e4m3"), rtl::rtl_hash(base, home + "/rtl")) << renew;
}

TEST(StoredWindowSweep, IsOfThisScriptStimulusAndWayToMeasure) {
  EXPECT_EQ(stored().inputs.at("script"), rtl::content_hash({hardware::synthesis_script()})) << renew;
  EXPECT_EQ(stored().inputs.at("stimulus"), hardware::stimulus_hash(home + "/analysis/hardware/stimulus/bookworm.safetensors", {})) << renew;
  EXPECT_EQ(stored().inputs.at("engine"), hardware::measurement_engine) << renew;
}

TEST(StoredWindowSweep, IsOfThisModel) {
  EXPECT_EQ(stored().inputs.at("model"), workloads::load_language_model(home + "/models/bookworm").sha256) << renew;
}

TEST(StoredWindowSweep, HasEveryPointOfTheExperimentWithAccuracyAndHardware) {
  const sweep::Experiment experiment = sweep::parse_experiment(home + "/configs/sweeps/fp8-window.yaml");
  const auto points = sweep::expand(experiment, [](const std::string& name) { return datapath::load_mac_spec(name, home + "/configs/mac"); }, {});
  ASSERT_EQ(stored().points.size(), points.size()) << renew;
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(stored().points[i].coordinates, points[i].coordinates);
    EXPECT_EQ(stored().points[i].row.spec, datapath::canonical_json(points[i].spec));
    for (const char* metric : {"perplexity", "kl", "area", "energy_per_mac_settled", "energy_per_mac_glitch"})
      EXPECT_TRUE(stored().points[i].row.metrics.at(metric).value) << metric << " at " << points[i].coordinates;
  }
}

}  // namespace
}  // namespace macroscope::comparison
