// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/hardware/energy.hpp"
#include "tests/hardware/small_library.hpp"

namespace macroscope::hardware {
namespace {

using nlohmann::json;

const CellLibrary& library() {
  static const CellLibrary small = CellLibrary::parse({small_library}, {"small"});
  return small;
}

// Nothing outside loads an output here and inputs come right at the edge, so that every figure is the library's.
const OperatingPoint bare{Nanoseconds(0.02), Picofarads(0), Nanoseconds(0)};

json cell(const std::string& type, const std::map<std::string, int>& pins) {
  json connections = json::object();
  for (const auto& [pin, net] : pins) connections[pin] = {net};
  return {{"type", type}, {"connections", connections}};
}

// A netlist as yosys writes it: nets are numbers from 2.
Netlist netlist(const std::map<std::string, int>& inputs, const std::map<std::string, int>& outputs, const std::vector<json>& cells) {
  json module{{"ports", json::object()}, {"cells", json::object()}};
  for (const auto& [name, net] : inputs) module["ports"][name] = {{"direction", "input"}, {"bits", {net}}};
  for (const auto& [name, net] : outputs) module["ports"][name] = {{"direction", "output"}, {"bits", {net}}};
  for (size_t i = 0; i < cells.size(); ++i) module["cells"]["c" + std::to_string(i)] = cells[i];
  return Netlist({{"modules", {{"top", module}}}}, "top", library());
}

NetId input_net(const Netlist& n, const std::string& name) {
  for (const Port& port : n.inputs()) {
    if (port.name == name) return port.bits[0];
  }
  return -1;
}

// One string of 0s and 1s per input; batches of two cycles.
Stimulus stimulus(const Netlist& n, const std::map<std::string, std::string>& inputs) {
  Stimulus s;
  for (const auto& [name, text] : inputs) {
    s.cycles = text.size();
    BitSequence bits(text.size());
    for (size_t c = 0; c < text.size(); ++c) bits.set(c, text[c] == '1');
    s.nets.push_back(input_net(n, name));
    s.values.push_back(bits);
  }
  for (size_t b = 0; b < s.cycles; b += 2) s.batch_begins.push_back(b);
  return s;
}

double sum(const std::vector<double>& values) {
  double total = 0;
  for (const double v : values) total += v;
  return total;
}

TEST(GateEnergy, OfAnInverterChainIsWhatItsTablesSay) {
  // in -> INV -> INV -> out. Each toggle of `in` and of the middle net moves 10 fF at 2 V: 20 fJ. Outputs carry nothing.
  // A rise of `in`: middle falls (1 fJ), out rises (3 fJ). A fall: middle rises (3 fJ), out falls (1 fJ).
  const Netlist n = netlist({{"in", 2}}, {{"out", 4}}, {cell("INV", {{"A", 2}, {"Y", 3}}), cell("INV", {{"A", 3}, {"Y", 4}})});
  const NetCosts costs(n, bare);
  const Stimulus s = stimulus(n, {{"in", "00110100"}});  // rises twice, falls twice
  const Activity settled = simulate_settled(n, costs, s);
  EXPECT_NEAR(sum(settled.batch_energy), 4 * (20 + 20 + 4) * 1e-3, 1e-12);
  EXPECT_NEAR(sum(simulate_events(n, costs, s).batch_energy), 4 * (20 + 20 + 4) * 1e-3, 1e-12);
  EXPECT_NEAR(settled.batch_energy[1], 44e-3, 1e-12);  // cycles 2 and 3: one rise
  EXPECT_DOUBLE_EQ(costs.leakage().value(), 20);
}

// in and its complement meet at a NAND: late by one inverter, the NAND sees both at 1 for 100 ps.
Netlist pulse_maker(const std::string& second_gate) {
  return netlist({{"in", 2}}, {{"out", 5}},
                 {cell("INV", {{"A", 2}, {"Y", 3}}), cell("NAND", {{"A", 2}, {"B", 3}, {"Y", 4}}), cell(second_gate, {{"A", 4}, {"Y", 5}})});
}

TEST(GateEnergy, AHazardTogglesTwiceWithDelaysAndNeverWithout) {
  const Netlist n = netlist({{"in", 2}}, {{"out", 6}},
                            {cell("INV", {{"A", 2}, {"Y", 3}}), cell("INV", {{"A", 3}, {"Y", 4}}), cell("INV", {{"A", 4}, {"Y", 5}}),
                             cell("NAND", {{"A", 2}, {"B", 5}, {"Y", 6}})});
  const NetCosts costs(n, bare);
  const Stimulus s = stimulus(n, {{"in", "0101"}});  // two rises: 300 ps with both inputs at 1
  const NetId out = n.outputs()[0].bits[0];
  EXPECT_EQ(simulate_settled(n, costs, s).toggles(out), 0U);
  EXPECT_EQ(simulate_events(n, costs, s).toggles(out), 4U);
}

TEST(GateEnergy, APulseShorterThanAGatesDelayDoesNotPassIt) {
  const Netlist through = netlist({{"in", 2}}, {{"out", 6}},
                                  {cell("INV", {{"A", 2}, {"Y", 3}}), cell("INV", {{"A", 3}, {"Y", 7}}), cell("INV", {{"A", 7}, {"Y", 4}}),
                                   cell("NAND", {{"A", 2}, {"B", 4}, {"Y", 5}}), cell("INV", {{"A", 5}, {"Y", 6}})});
  const Stimulus s = stimulus(through, {{"in", "0101"}});
  const auto toggles = [&](const Netlist& n) { return simulate_events(n, NetCosts(n, bare), s).toggles(n.outputs()[0].bits[0]); };
  EXPECT_EQ(toggles(through), 4U);  // a pulse of 300 ps through an inverter of 100 ps
  // A pulse of at most 100 ps into BUF, whose delay is 300 ps.
  const Netlist stopped = pulse_maker("BUF");
  EXPECT_EQ(simulate_events(stopped, NetCosts(stopped, bare), stimulus(stopped, {{"in", "0101"}})).toggles(stopped.outputs()[0].bits[0]), 0U);
}

TEST(GateEnergy, AFlipFlopIsItsDataOneCycleLate) {
  const Netlist n = netlist({{"in", 2}, {"clk_i", 9}}, {{"out", 3}}, {cell("FF", {{"D", 2}, {"CK", 9}, {"Q", 3}})});
  ASSERT_EQ(n.latency(), 1);
  const NetCosts costs(n, bare);
  OutputTrace out;
  const Stimulus s = stimulus(n, {{"in", "01100101"}});
  simulate_settled(n, costs, s, &out);
  std::string seen;
  for (size_t c = 0; c < s.cycles; ++c) seen += out[0][0].at(c) ? '1' : '0';
  EXPECT_EQ(seen, "00110010");
  simulate_events(n, costs, s, 2, &out);
  seen.clear();
  for (size_t c = 0; c < s.cycles; ++c) seen += out[0][0].at(c) ? '1' : '0';
  EXPECT_EQ(seen, "00110010");
}

TEST(GateEnergy, AFlipFlopPaysForItsClockInEveryCycleAndForItsStateWhenThatChanges) {
  const Netlist n = netlist({{"in", 2}, {"clk_i", 9}}, {{"out", 3}}, {cell("FF", {{"D", 2}, {"CK", 9}, {"Q", 3}})});
  const NetCosts costs(n, bare);
  // Two clock edges at 2 fJ and C V^2 = 20 fJ of the clock pin.
  EXPECT_NEAR(costs.clock().value(), 24e-3, 1e-12);
  // Input net 10 fJ a toggle; state 7 fJ up, 5 fJ down; the output carries nothing.
  const Stimulus s = stimulus(n, {{"in", "00010000"}});
  EXPECT_NEAR(sum(simulate_settled(n, costs, s).batch_energy), (2 * 10 + 7 + 5) * 1e-3, 1e-12);
  EXPECT_NEAR(sum(simulate_events(n, costs, s).batch_energy), (2 * 10 + 7 + 5) * 1e-3, 1e-12);
}

TEST(GateEnergy, TheFirstBatchWarmsUpAndConfidenceComesFromTheOthers) {
  const Netlist n = netlist({{"in", 2}}, {{"out", 3}}, {cell("INV", {{"A", 2}, {"Y", 3}})});
  const NetCosts costs(n, bare);
  // 20 fJ of the input net and 4 fJ a pair of output edges: batches after the first hold 2, 1 and 0 toggles in two cycles.
  const Stimulus s = stimulus(n, {{"in", "01011000"}});
  const CycleEnergy e = measure_energy(n, costs, s, DelayModel::settled, Nanoseconds(0));
  // Batch 1 ("01" after 1): fall, rise = 44 fJ; batch 2 ("10"): fall = 23 fJ; batch 3: nothing. Means per cycle 22, 11.5, 0.
  EXPECT_NEAR(e.total.value(), (44 + 23) / 6.0 * 1e-3, 1e-12);
  // Student's t of 2 degrees of freedom: 4.30265; deviation of {22, 11.5, 0} is 11.0038, over the root of 3.
  EXPECT_NEAR(e.ci95->value(), 4.30265 * 11.0038 / std::sqrt(3.0) * 1e-3, 1e-6);
  EXPECT_NEAR((e.internal + e.switching + e.registers + e.clock + e.leakage).value(), e.total.value(), 1e-12);
}

TEST(GateEnergy, EventResultsDontDependOnTheNumberOfThreads) {
  const Netlist n = pulse_maker("INV");
  const NetCosts costs(n, bare);
  const Stimulus s = stimulus(n, {{"in", "0110100110010110"}});
  const Activity one = simulate_events(n, costs, s, 1), three = simulate_events(n, costs, s, 3);
  EXPECT_EQ(one.rises, three.rises);
  EXPECT_EQ(one.batch_energy, three.batch_energy);
}

TEST(GateEnergy, ALoopIsRefused) {
  EXPECT_THROW(netlist({{"clk_i", 9}}, {{"out", 3}}, {cell("FF", {{"D", 4}, {"CK", 9}, {"Q", 3}}), cell("INV", {{"A", 3}, {"Y", 4}})}), std::runtime_error);
}

}  // namespace
}  // namespace macroscope::hardware
