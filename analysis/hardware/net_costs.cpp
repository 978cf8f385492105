// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/net_costs.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace macroscope::hardware {
namespace {

/// Running mean that knows whether it has seen anything.
class Mean {
 public:
  void add(double x) {
    sum_ += x;
    ++count_;
  }
  [[nodiscard]] double value() const { return count_ ? sum_ / count_ : 0; }

 private:
  double sum_ = 0;
  int count_ = 0;
};

// The mean over `powers` of the table of one edge, first over the conditions of each related pin, then over the pins.
double mean_power(const std::vector<InternalPower>& powers, bool rise, double load, const std::vector<double>& input_slew) {
  std::map<int, Mean> by_pin;
  for (const InternalPower& p : powers) {
    const LookupTable& table = rise ? p.rise : p.fall;
    if (table.empty()) continue;
    const int pin = p.input.value_or(-1);
    by_pin[pin].add(table.at(load, pin < 0 ? input_slew.front() : input_slew[static_cast<size_t>(pin)]));
  }
  Mean all;
  for (const auto& [pin, mean] : by_pin) all.add(mean.value());
  return all.value();
}

// Does `when` hold, the flip-flop's clock left open? True also when the clock alone decides.
bool register_condition(const InternalPower& power, const Cell& cell, bool data, bool state) {
  if (!power.when) return true;
  for (const bool clock : {false, true}) {
    const bool holds = power.when->evaluate([&](const std::string& name) {
      if (const int o = cell.output_index(name); o >= 0) return state != cell.outputs[static_cast<size_t>(o)].inverted;
      return cell.input_index(name) == cell.clock ? clock : data;
    });
    if (holds) return true;
  }
  return false;
}

// Mean energy of one edge of a flip-flop's input pin, over the states with data == state or data != state as asked.
double register_pin_energy(const Cell& cell, int pin, bool rise, std::optional<bool> state_differs, double slew) {
  Mean mean;
  for (const InternalPower& p : cell.inputs[static_cast<size_t>(pin)].hidden_power) {
    const LookupTable& table = rise ? p.rise : p.fall;
    if (table.empty()) continue;
    for (const bool data : {false, true}) {
      for (const bool state : {false, true}) {
        if (state_differs && *state_differs != (data != state)) continue;
        if (register_condition(p, cell, data, state)) mean.add(table.at(0, slew));
      }
    }
  }
  return mean.value();
}

}  // namespace

NetCosts::NetCosts(const Netlist& netlist, const OperatingPoint& point)
    : supply_(netlist.library().supply().value()), input_delay_(point.input_delay), clock_slew_(point.slew.value()) {
  const auto nets = static_cast<size_t>(netlist.nets());
  load_.assign(nets, 0);
  slew_.assign(nets, Edges{point.slew.value(), point.slew.value()});
  switching_.assign(nets, {});
  internal_.assign(nets, {});
  registers_.assign(nets, {});
  add_loads(netlist, point);

  const auto& drivers = netlist.drivers();
  delay_.resize(drivers.size());
  hidden_.resize(drivers.size());
  std::set<int> counted;
  for (size_t k = 0; k < drivers.size(); ++k) {
    const Driver& d = drivers[k];
    add_gate(d, k);
    if (!counted.insert(d.instance).second) continue;  // once per cell, not per output
    leakage_ += d.cell->leakage;
    if (d.is_register()) add_register(d);
  }
  for (size_t net = 0; net < nets; ++net) {
    const double energy = switching_energy(Picofarads(load_[net]), Volts(supply_)).value();
    switching_[net] = {energy, energy};
  }
  if (netlist.clock() >= 0) clock_ += Picojoules(2 * switching_[static_cast<size_t>(netlist.clock())].rise);
}

void NetCosts::add_loads(const Netlist& netlist, const OperatingPoint& point) {
  std::set<int> counted;
  for (const Driver& d : netlist.drivers()) {
    if (!counted.insert(d.instance).second) continue;
    for (size_t i = 0; i < d.inputs.size(); ++i) load_[static_cast<size_t>(d.inputs[i])] += d.cell->inputs[i].capacitance.value();
  }
  std::set<NetId> loaded;
  for (const Port& port : netlist.outputs()) {
    for (const NetId net : port.bits) {
      if (loaded.insert(net).second) load_[static_cast<size_t>(net)] += point.output_load.value();
    }
  }
}

void NetCosts::add_gate(const Driver& d, size_t index) {
  const OutputPin& output = d.cell->outputs[static_cast<size_t>(d.output)];
  const double load = load_[static_cast<size_t>(d.net)];
  std::vector<double> input_slew;
  for (size_t i = 0; i < d.inputs.size(); ++i) {
    const bool is_clock = d.is_register() && static_cast<int>(i) == d.cell->clock;
    input_slew.push_back(is_clock ? clock_slew_ : slew_[static_cast<size_t>(d.inputs[i])].mean());
  }
  Mean slew_rise, slew_fall;
  std::vector<std::array<Mean, 2>> delays(d.inputs.size());
  for (const TimingArc& arc : output.arcs) {
    const auto pin = static_cast<size_t>(arc.input);
    Edges in = slew_[static_cast<size_t>(d.inputs[pin])];
    if (d.is_register() || arc.sense == Unateness::none) in = {input_slew[pin], input_slew[pin]};
    if (arc.sense == Unateness::negative) std::swap(in.rise, in.fall);
    if (!arc.rise_transition.empty()) slew_rise.add(arc.rise_transition.at(load, in.rise));
    if (!arc.fall_transition.empty()) slew_fall.add(arc.fall_transition.at(load, in.fall));
    if (!arc.cell_rise.empty()) delays[pin][1].add(arc.cell_rise.at(load, in.rise));
    if (!arc.cell_fall.empty()) delays[pin][0].add(arc.cell_fall.at(load, in.fall));
  }
  slew_[static_cast<size_t>(d.net)] = {std::max(0.0, slew_fall.value()), std::max(0.0, slew_rise.value())};
  // Some libraries have negative delays at very slow inputs; an effect never comes before its cause here.
  for (const auto& mean : delays) delay_[index].push_back({std::max(0.0, mean[0].value()), std::max(0.0, mean[1].value())});

  auto& costs = d.is_register() ? registers_ : internal_;
  costs[static_cast<size_t>(d.net)].rise += mean_power(output.power, true, load, input_slew);
  costs[static_cast<size_t>(d.net)].fall += mean_power(output.power, false, load, input_slew);
  if (d.is_register() || d.output != 0) return;

  const bool any_hidden = std::any_of(d.cell->inputs.begin(), d.cell->inputs.end(), [](const InputPin& p) { return !p.hidden_power.empty(); });
  if (!any_hidden) return;
  for (size_t i = 0; i < d.inputs.size(); ++i) {
    const auto& powers = d.cell->inputs[i].hidden_power;
    hidden_[index].push_back({mean_power(powers, false, 0, {input_slew[i]}), mean_power(powers, true, 0, {input_slew[i]})});
  }
}

void NetCosts::add_register(const Driver& d) {
  const Cell& cell = *d.cell;
  const Edges& data_slew = slew_[static_cast<size_t>(d.data())];
  Edges& data = registers_[static_cast<size_t>(d.data())];
  data.rise += register_pin_energy(cell, cell.data, true, std::nullopt, data_slew.rise);
  data.fall += register_pin_energy(cell, cell.data, false, std::nullopt, data_slew.fall);
  double cycle[2];
  for (const bool changes : {false, true}) {
    cycle[changes] = register_pin_energy(cell, cell.clock, true, changes, clock_slew_) + register_pin_energy(cell, cell.clock, false, changes, clock_slew_);
  }
  clock_ += Picojoules(cycle[false]);
  Edges& state = registers_[static_cast<size_t>(d.net)];
  state.rise += cycle[true] - cycle[false];
  state.fall += cycle[true] - cycle[false];
}

Edges NetCosts::toggle(NetId net) const {
  const auto n = static_cast<size_t>(net);
  return {switching_[n].fall + internal_[n].fall + registers_[n].fall, switching_[n].rise + internal_[n].rise + registers_[n].rise};
}

std::vector<double> stage_delays(const Netlist& netlist, const NetCosts& costs) {
  std::vector<double> arrival(static_cast<size_t>(netlist.nets()), costs.input_delay().value());
  arrival[constant_zero] = arrival[constant_one] = 0;
  std::vector<double> stages(static_cast<size_t>(netlist.latency()), 0);
  const auto& drivers = netlist.drivers();
  for (size_t k = 0; k < drivers.size(); ++k) {
    const Driver& d = drivers[k];
    double& out = arrival[static_cast<size_t>(d.net)];
    out = 0;
    if (d.is_register()) {
      const auto rank = static_cast<size_t>(netlist.ranks()[static_cast<size_t>(d.net)]);
      if (rank >= 1 && rank <= stages.size()) stages[rank - 1] = std::max(stages[rank - 1], arrival[static_cast<size_t>(d.data())]);
      const Edges& delay = costs.delay()[k][static_cast<size_t>(d.cell->clock)];
      out = std::max(delay.rise, delay.fall);
      continue;
    }
    for (size_t i = 0; i < d.inputs.size(); ++i) {
      const Edges& delay = costs.delay()[k][i];
      out = std::max(out, arrival[static_cast<size_t>(d.inputs[i])] + std::max(delay.rise, delay.fall));
    }
  }
  return stages;
}

}  // namespace macroscope::hardware
