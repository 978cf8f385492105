// SPDX-License-Identifier: Apache-2.0
// The same netlist seen by other programs: Icarus Verilog counts its toggles, OpenSTA its power and its longest path.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "analysis/hardware/energy.hpp"
#include "analysis/hardware/process.hpp"
#include "analysis/hardware/synthesis.hpp"
#include "analysis/hardware/timing.hpp"
#include "tests/hardware/small_library.hpp"

namespace macroscope::hardware {
namespace {

constexpr size_t cycles = 256;
constexpr int cycle_ps = 20000;

const char* const multiplier_rtl = R"(
module mac_unit (input clk_i, input [5:0] a_i, input [5:0] b_i, input [13:0] c_i, output reg [13:0] y_o);
  reg [11:0] product;
  reg [13:0] addend;
  always @(posedge clk_i) begin
    product <= a_i * b_i;
    addend <= c_i;
    y_o <= product + addend;
  end
endmodule
)";

struct Subject {
  CellLibrary library = CellLibrary::read({osu018});
  OperatingPoint point = operating_point(library);
  Netlist netlist = synthesise({{{"unit.sv", multiplier_rtl}}, "mac_unit"}, library, {});
  NetCosts costs{netlist, point};
};

const Subject& subject() {
  static const Subject s;
  return s;
}

Stimulus random_stimulus(const Netlist& netlist) {
  Stimulus s;
  s.cycles = cycles;
  for (size_t b = 0; b < cycles; b += 32) s.batch_begins.push_back(b);
  std::mt19937 random(1);
  for (const Port& port : netlist.inputs()) {
    for (const NetId net : port.bits) {
      BitSequence bits(cycles);
      for (size_t c = 0; c < cycles; ++c) bits.set(c, random() & 1);
      s.nets.push_back(net);
      s.values.push_back(bits);
    }
  }
  return s;
}

// Inputs change `input_delay` after the clock's edge; the first cycle's values are held for three cycles beforehand.
std::string testbench(const Stimulus& s, Nanoseconds input_delay) {
  std::ostringstream v;
  v << "`timescale 1ps/1ps\nmodule bench;\n  reg clk = 0;\n";
  for (const NetId net : s.nets) v << "  reg n" << net << ";\n";
  v << "  mac_unit dut (.clk(clk)";
  for (const NetId net : s.nets) v << ", .n" << net << "(n" << net << ")";
  v << ");\n  reg [" << s.nets.size() - 1 << ":0] values [0:" << cycles - 1 << "];\n  integer c;\n"
    << "  task apply; begin {";
  for (size_t i = 0; i < s.nets.size(); ++i) v << (i ? ", n" : "n") << s.nets[i];
  v << "} = values[c]; end endtask\n  initial begin\n    $readmemb(\"values\", values);\n    c = 0; apply;\n"
    << "    repeat (3) begin #" << cycle_ps / 2 << " clk = 0; #" << cycle_ps / 2 << " clk = 1; end\n    #" << cycle_ps / 2 << " clk = 0; #" << cycle_ps / 2 - 1
    << "\n    $dumpfile(\"waves.vcd\"); $dumpvars(1, dut);\n    #1 clk = 1;\n"
    << "    for (c = 0; c < " << cycles << "; c = c + 1) begin\n      #" << static_cast<int>(input_delay.value() * 1000) << " apply;\n      #"
    << cycle_ps / 2 - static_cast<int>(input_delay.value() * 1000) << " clk = 0; #" << cycle_ps / 2 << " if (c + 1 < " << cycles << ") clk = 1;\n    end\n    $finish;\n  end\nendmodule\n";
  return v.str();
}

std::string memory(const Stimulus& s) {
  std::string text;
  for (size_t c = 0; c < cycles; ++c) {
    for (const BitSequence& bits : s.values) text += bits.at(c) ? '1' : '0';
    text += '\n';
  }
  return text;
}

struct Toggles {
  std::map<NetId, uint64_t> all;         ///< every change
  std::map<NetId, uint64_t> cycle_ends;  ///< changes from one cycle's end to the next
};

// Dumping begins 1 ps before a clock edge: the values of that moment are the end of the cycle before the first.
Toggles read_vcd(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::map<std::string, NetId> net_of;
  std::map<NetId, char> value, at_end;
  Toggles toggles;
  long start = -1, cycle = 0;
  const auto end_cycle = [&] {
    for (const auto& [net, v] : value) {
      if (at_end.count(net) && at_end[net] != v) ++toggles.cycle_ends[net];
    }
    at_end = value;
  };
  std::string word;
  while (file >> word) {
    if (word == "$var") {
      std::string type, width, id, name;
      file >> type >> width >> id >> name;
      if (name[0] == 'n') net_of[id] = std::stoi(name.substr(1));
    } else if (word[0] == '#') {
      const long time = std::stol(word.substr(1));
      if (start < 0) start = time;
      const long now = (time - start + cycle_ps - 1) / cycle_ps;  // 0 at the start, then 1, 2, ...
      if (now != cycle) end_cycle();
      cycle = now;
    } else if ((word[0] == '0' || word[0] == '1') && net_of.count(word.substr(1))) {
      const NetId net = net_of[word.substr(1)];
      if (value.count(net) && value[net] != word[0]) ++toggles.all[net];
      value[net] = word[0];
    }
  }
  end_cycle();
  return toggles;
}

bool installed(const char* program) {
  try {
    run_process({program, "-V"}, ".", std::chrono::seconds(20), program);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

Toggles icarus_toggles(const std::vector<std::string>& flags) {
  const Subject& s = subject();
  const Stimulus stimulus = random_stimulus(s.netlist);
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "netlist.v") << "`timescale 1ns/1ps\n" << s.netlist.verilog();
  std::ofstream(folder.path() / "bench.v") << testbench(stimulus, s.point.input_delay);
  std::ofstream(folder.path() / "values") << memory(stimulus);
  std::vector<std::string> compile{"iverilog", "-o", "bench", "bench.v", "netlist.v", osu018_verilog};
  compile.insert(compile.begin() + 1, flags.begin(), flags.end());
  const ProcessResult built = run_process(compile, folder.path(), std::chrono::seconds(60), "iverilog");
  if (built.exit_status != 0) throw std::runtime_error(built.output);
  const ProcessResult ran = run_process({"vvp", "bench"}, folder.path(), std::chrono::seconds(120), "iverilog");
  if (ran.exit_status != 0) throw std::runtime_error(ran.output);
  return read_vcd(folder.path() / "waves.vcd");
}

uint64_t driven_total(const std::map<NetId, uint64_t>& counts) {
  uint64_t sum = 0;
  for (const Driver& d : subject().netlist.drivers()) {
    const auto found = counts.find(d.net);
    if (found != counts.end()) sum += found->second;
  }
  return sum;
}

class Oracle : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(osu018)) GTEST_SKIP() << "needs qflow-tech-osu018";
    if (!installed("yosys")) GTEST_SKIP() << "needs yosys";
  }
};

TEST_F(Oracle, SettledTogglesOfEveryNetAreThoseOfIcarusAtCycleEnds) {
  if (!installed("iverilog")) GTEST_SKIP() << "needs iverilog";
  const Subject& s = subject();
  const Activity ours = simulate_settled(s.netlist, s.costs, random_stimulus(s.netlist));
  const Toggles theirs = icarus_toggles({});
  for (const Driver& d : s.netlist.drivers()) {
    const auto found = theirs.cycle_ends.find(d.net);
    EXPECT_EQ(ours.toggles(d.net), found == theirs.cycle_ends.end() ? 0 : found->second) << "net n" << d.net << " of a " << d.cell->name;
  }
}

TEST_F(Oracle, GlitchesAreWithinTwentyPercentOfIcarusWithTheLibrarysFixedDelays) {
  if (!installed("iverilog")) GTEST_SKIP() << "needs iverilog";
  const Subject& s = subject();
  const Activity ours = simulate_events(s.netlist, s.costs, random_stimulus(s.netlist));
  uint64_t our_total = 0;
  for (const Driver& d : s.netlist.drivers()) our_total += ours.toggles(d.net);
  const double ratio = static_cast<double>(our_total) / static_cast<double>(driven_total(icarus_toggles({"-gspecify"}).all));
  RecordProperty("ratio", std::to_string(ratio));
  EXPECT_NEAR(ratio, 1, 0.2);  // one fixed delay a cell there, load and slew here
}

TEST_F(Oracle, EventsEndWhereTheSettledSimulationEnds) {
  const Subject& s = subject();
  OutputTrace settled, events;
  simulate_settled(s.netlist, s.costs, random_stimulus(s.netlist), &settled);
  simulate_events(s.netlist, s.costs, random_stimulus(s.netlist), 2, &events);
  for (size_t bit = 0; bit < settled[0].size(); ++bit) EXPECT_EQ(settled[0][bit].words(), events[0][bit].words());
}

std::string sta(const std::string& commands) {
  const Subject& s = subject();
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "cells.lib") << std::ifstream(osu018).rdbuf();
  std::ofstream(folder.path() / "netlist.v") << s.netlist.verilog();
  std::ofstream(folder.path() / "run.tcl") << "read_liberty cells.lib\nread_verilog netlist.v\nlink_design mac_unit\n" << commands;
  return run_process({"sta", "-no_splash", "-exit", "run.tcl"}, folder.path(), std::chrono::seconds(60), "opensta").output;
}

TEST_F(Oracle, SwitchingEnergyAtUniformActivityIsThatOfOpenSta) {
  if (!installed("sta")) GTEST_SKIP() << "needs opensta";
  const Subject& s = subject();
  constexpr double activity = 0.5, period_ns = 10;
  std::ostringstream commands;
  commands << "create_clock -name clock -period " << period_ns << " [get_ports clk]\n"
           << "set_input_delay 0 -clock clock [all_inputs]\nset_load " << s.point.output_load.value() << " [all_outputs]\n"
           << "set_power_activity -global -activity " << activity << "\nreport_power -digits 8\n";
  const std::string report = sta(commands.str());
  const size_t total = report.find("\nTotal");
  ASSERT_NE(total, std::string::npos) << report;
  std::istringstream line(report.substr(total + 6));
  double internal = 0, switching = 0;
  line >> internal >> switching;
  double energy = 0;  // pJ a cycle: OpenSTA counts nets that a cell drives
  for (const Driver& d : s.netlist.drivers()) energy += activity * s.costs.switching()[static_cast<size_t>(d.net)].rise;
  EXPECT_NEAR(energy * 1e-12 / (period_ns * 1e-9) / switching, 1, 0.02);
}

TEST_F(Oracle, OurStageDelaysAreNearOpenStasCriticalPath) {
  if (!installed("sta")) GTEST_SKIP() << "needs opensta";
  const Subject& s = subject();
  const std::vector<double> stages = stage_delays(s.netlist, s.costs);
  ASSERT_EQ(stages.size(), 2U);
  const double ours = std::max(stages[0], stages[1]) + 0.2;  // set-up of DFFPOSX1 at such slews: 0.18 to 0.3 ns
  EXPECT_NEAR(ours / critical_path(s.netlist, s.point).value(), 1, 0.1);
}

TEST(Process, ATimeOutKillsTheProgramAndAllItStarted) {
  const TemporaryFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  const ProcessResult r = run_process({"sh", "-c", "(sleep 2; touch late) & sleep 30"}, folder.path(), std::chrono::seconds(1), "dash");
  EXPECT_TRUE(r.timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  run_process({"sleep", "2"}, folder.path(), std::chrono::seconds(10), "coreutils");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "late"));
}

TEST(Process, AMissingProgramIsToldWithItsPackage) {
  try {
    run_process({"no-such-program-anywhere"}, ".", std::chrono::seconds(5), "some-package");
    FAIL();
  } catch (const std::exception& e) {
    EXPECT_NE(std::string(e.what()).find("apt-get install some-package"), std::string::npos);
  }
}

}  // namespace
}  // namespace macroscope::hardware
