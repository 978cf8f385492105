// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "analysis/hardware/characterisation_store.hpp"
#include "analysis/hardware/energy.hpp"
#include "analysis/hardware/process.hpp"
#include "analysis/hardware/unit_flow.hpp"
#include "analysis/hardware/unit_stimulus.hpp"
#include "formats/input_error.hpp"
#include "rtl/unit_sources.hpp"
#include "sim/datapath/has_rtl.hpp"
#include "tests/hardware/small_library.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::hardware {
namespace {

const std::filesystem::path home = MACROSCOPE_SOURCE_DIR;

// Two lanes, so that synthesis takes seconds.
datapath::MacSpec two_lanes() {
  return datapath::parse_mac_spec(R"(
mac: int8_two_lanes
activation: {element: int8, scale: {encoding: fp32, granularity: token, rule: absmax}}
weight:     {element: int8, scale: {encoding: fp32, granularity: channel, rule: absmax}}
dot:        {lanes: 2, reduction: integer}
accumulate: {format: int32, overflow: wrap}
output:     {format: fp32}
)", "test");
}

std::vector<datapath::UnitInput> random_stream(const datapath::MacSpec& spec, size_t cycles) {
  std::mt19937 random(3);
  std::vector<datapath::UnitInput> stream(cycles);
  for (datapath::UnitInput& input : stream) {
    for (int lane = 0; lane < spec.dot.lanes; ++lane) {
      input.activation.push_back(static_cast<formats::Code>(random() & 0xff));
      input.weight.push_back(static_cast<formats::Code>(random() & 0xff));
    }
    input.psum = random();
  }
  return stream;
}

TEST(UnitNetlist, GivesWhatTheGoldenUnitGivesAtEveryCycleAndAFaultInItShows) {
  if (!std::filesystem::exists(osu018)) GTEST_SKIP() << "needs qflow-tech-osu018";
  const datapath::MacSpec spec = two_lanes();
  const CellLibrary library = CellLibrary::read({osu018});
  UnitFlow flow(spec, library, home / "rtl", {});
  const Netlist& netlist = flow.implement(0b10).netlist;  // registers after the carry-save tree
  EXPECT_EQ(netlist.latency(), 2);
  const NetCosts costs(netlist, operating_point(library));
  auto stream = random_stream(spec, 200);
  OutputTrace outputs;
  simulate_settled(netlist, costs, unit_stimulus(spec, netlist, stream, 50), &outputs);
  EXPECT_EQ(golden_mismatch(spec, netlist, stream, outputs), std::nullopt);
  simulate_events(netlist, costs, unit_stimulus(spec, netlist, stream, 50), 2, &outputs);
  EXPECT_EQ(golden_mismatch(spec, netlist, stream, outputs), std::nullopt);
  outputs[0][7].set(100, !outputs[0][7].at(100));  // one wrong bit in one cycle
  const auto found = golden_mismatch(spec, netlist, stream, outputs);
  ASSERT_TRUE(found);
  EXPECT_NE(found->find("cycle 100"), std::string::npos);
}

TEST(UnitNetlist, EveryRegisterRankAddsOneCycleOfLatency) {
  if (!std::filesystem::exists(osu018)) GTEST_SKIP() << "needs qflow-tech-osu018";
  const CellLibrary library = CellLibrary::read({osu018});
  UnitFlow flow(two_lanes(), library, home / "rtl", {});
  EXPECT_EQ(flow.implement(0).netlist.latency(), 1);
  EXPECT_EQ(flow.segments().delay.size(), 3U);
  EXPECT_LE(flow.fastest_implementation().critical_path, flow.implement(0).critical_path);
}

TEST(UnitNetlist, LogicOfTheSegmentsIsAllTheLogicThereIs) {
  if (!std::filesystem::exists(osu018)) GTEST_SKIP() << "needs qflow-tech-osu018";
  const CellLibrary library = CellLibrary::read({osu018});
  UnitFlow flow(two_lanes(), library, home / "rtl", {});
  const Netlist& cut_everywhere = flow.implement(0b11).netlist;
  SquareMicrons sum;
  for (const SquareMicrons area : flow.segments().area) {
    EXPECT_GT(area.value(), 0);
    sum += area;
  }
  EXPECT_EQ(sum, cut_everywhere.area() - cut_everywhere.flip_flop_area());
  EXPECT_GT(flow.segments().area[0], flow.segments().area[2]) << "two 8 x 8 multipliers are larger than one 32-bit adder";
}

CharacterisationOptions stored_options() {
  CharacterisationOptions options;
  options.rtl_folder = home / "rtl";
  options.trace = home / "analysis/hardware/stimulus/bookworm.safetensors";
  options.store = home / "analysis/hardware/characterisation";
  return options;
}

TEST(Store, EveryComparedPresetHasAFreshCharacterisationAtOneClockAndNoOtherHasAStaleOne) {
  if (!std::filesystem::exists(osu018)) GTEST_SKIP() << "needs qflow-tech-osu018";
  const CharacterisationOptions options = stored_options();
  const CellLibrary library = CellLibrary::read({osu018});
  const std::string script = synthesis_script();
  const std::set<std::string> compared_by_default{"int8", "fp8_e4m3", "fp8_e4m3_w14", "fp8_e4m3_exact", "mxint8", "mxint8_ceil", "mxfp8_e4m3", "mxfp8_e4m3_ceil", "bf16"};
  std::optional<Nanoseconds> clock;
  for (const std::string& name : datapath::preset_names(home / "configs/mac")) {
    const datapath::MacSpec spec = datapath::load_mac_spec(name, home / "configs/mac");
    if (!datapath::has_rtl(spec)) continue;
    const auto c = load_characterisation(options.store, library.name(), datapath::hardware_key(spec));
    const bool compared = compared_by_default.count(name) > 0;
    ASSERT_TRUE(c || !compared) << name << " has no stored characterisation: run 'macroscope synth --all --store'";
    if (!c) continue;  // measured when it is asked for
    Provenance current;
    current.liberty_sha256 = library.sha256();
    current.rtl_sha256 = rtl::rtl_hash(spec, options.rtl_folder);
    current.script_sha256 = workloads::sha256(script.data(), script.size());
    current.stimulus_sha256 = stimulus_hash(options.trace, options.recipe);
    current.engine = measurement_engine;
    EXPECT_EQ(c->provenance.stale_against(current), std::nullopt) << name << ": run 'macroscope synth --all --store'";
    EXPECT_LE(c->depth.critical_path, c->clock) << name;
    EXPECT_LE(c->depth.stages(), deepest_pipeline) << name;
    EXPECT_LT(c->depth.settled->total, c->depth.glitch->total) << name;
    EXPECT_EQ(c->clock, clock.value_or(c->clock)) << name << " is at another clock than the rest";
    clock = c->clock;
  }
}

TEST(Store, AnythingThatChangesTheMeasurementMakesItStale) {
  Provenance stored{"liberty", "rtl", "script", "stimulus", 1, {"yosys"}, "yesterday", "abc"};
  Provenance now = stored;
  now.date = "today";
  now.commit = "def";
  EXPECT_EQ(stored.stale_against(now), std::nullopt);
  for (std::string Provenance::*field : {&Provenance::liberty_sha256, &Provenance::rtl_sha256, &Provenance::script_sha256, &Provenance::stimulus_sha256}) {
    Provenance other = now;
    other.*field = "changed";
    EXPECT_TRUE(stored.stale_against(other));
  }
  now.engine = 2;
  EXPECT_TRUE(stored.stale_against(now));
}

TEST(Store, WhatIsWrittenReadsBackWhole) {
  Characterisation c;
  c.mac = "int8";
  c.hardware_key = "key";
  c.technology = "tech";
  c.lanes = 32;
  c.nand2 = SquareMicrons(24);
  c.fastest = Nanoseconds(4.25);
  c.clock = Nanoseconds(4.3);
  c.depth.cuts = 5;
  c.depth.ranks = {"group", "sum"};
  c.depth.area = SquareMicrons(1234.5);
  c.components = {{"multiply", SquareMicrons(800)}, {"sum", SquareMicrons(434.5)}};
  c.depth.settled = CycleEnergy{Picojoules(10), Picojoules(0.5), Picojoules(4), Picojoules(3), Picojoules(2), Picojoules(0.9), Picojoules(0.1), 77};
  c.provenance = {"l", "r", "s", "t", 3, {"yosys 0.23"}, "2026-01-01T00:00:00Z", "c0ffee"};
  const TemporaryFolder folder;
  store_characterisation(folder.path(), c);
  const auto back = load_characterisation(folder.path(), "tech", "key");
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(c));
  EXPECT_FALSE(load_characterisation(folder.path(), "tech", "other"));
}

TEST(Metrics, HaveTheAgreedNamesAndAreaInUnitsOfTheNandIsARatio) {
  Characterisation c;
  c.technology = "tech";
  c.lanes = 4;
  c.nand2 = SquareMicrons(2);
  c.depth.area = SquareMicrons(100);
  c.depth.settled = CycleEnergy{Picojoules(8), Picojoules(0.4), {}, {}, {}, {}, {}, 0};
  c.energy_reason = "no tables";
  c.components = {{"align", SquareMicrons(30)}};
  const auto m = metrics(c);
  for (const char* name : {"area", "area_nand2", "area_flipflops", "critical_path", "clock", "pipeline_stages", "energy_per_mac_settled", "energy_per_mac_glitch"}) {
    EXPECT_EQ(m.count(name), 1U) << name;
  }
  EXPECT_EQ(m.at("area_nand2").value, 50);
  EXPECT_EQ(m.at("area/align").value, 30);
  EXPECT_EQ(m.at("energy_per_mac_settled").value, 2);  // a cycle does `lanes` MACs
  EXPECT_EQ(m.at("energy_per_mac_settled").ci95, 0.1);
  EXPECT_FALSE(m.at("energy_per_mac_glitch").value);
  EXPECT_EQ(m.at("energy_per_mac_glitch").method, "no tables");
}

TEST(Characterise, TheReferenceHasNoHardware) {
  if (!std::filesystem::exists(osu018)) GTEST_SKIP() << "needs qflow-tech-osu018";
  if (!std::filesystem::exists(stored_options().trace)) GTEST_SKIP() << "the stimulus is missing";
  EXPECT_THROW(characterise({datapath::load_mac_spec("fp32", home / "configs/mac")}, CellLibrary::read({osu018}), stored_options()), InputError);
}

}  // namespace
}  // namespace macroscope::hardware
