// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <exception>
#include <mutex>
#include <thread>

#include "analysis/hardware/activity.hpp"

namespace macroscope::hardware {
namespace {

/// Pending output changes, at most one a net, in slots of one tick: a wheel whose turn is longer than any gate delay, so
/// that a slot holds one time only. All operations take constant time.
class TimeWheel {
 public:
  static constexpr int slots = 1 << 13;
  static constexpr int none = -1;

  explicit TimeWheel(size_t nets) : head_(slots, none), occupied_(slots / 64, 0), links_(nets) {}

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] bool pending(int net) const { return links_[static_cast<size_t>(net)].slot != none; }

  /// Precondition: not pending, 1 <= delay < slots.
  void add(int net, int delay) {
    const int slot = (now_ + delay) & (slots - 1);
    const auto s = static_cast<size_t>(slot);
    const int first = head_[s];
    links_[static_cast<size_t>(net)] = {first, none, slot};
    if (first != none) links_[static_cast<size_t>(first)].previous = net;
    head_[s] = net;
    occupied_[s / 64] |= uint64_t{1} << (s % 64);
    ++count_;
  }

  void cancel(int net) {
    Link& link = links_[static_cast<size_t>(net)];
    const auto s = static_cast<size_t>(link.slot);
    if (link.previous != none) {
      links_[static_cast<size_t>(link.previous)].next = link.next;
    } else {
      head_[s] = link.next;
      if (link.next == none) occupied_[s / 64] &= ~(uint64_t{1} << (s % 64));
    }
    if (link.next != none) links_[static_cast<size_t>(link.next)].previous = link.previous;
    link.slot = none;
    --count_;
  }

  /// Moves to the earliest pending time and takes one of its nets. Precondition: not empty.
  int take() {
    auto word = static_cast<size_t>(now_) / 64;
    uint64_t bits = occupied_[word] & (~uint64_t{0} << (now_ % 64));
    while (!bits) {
      word = (word + 1) % occupied_.size();
      bits = occupied_[word];
    }
    now_ = static_cast<int>(64 * word) + __builtin_ctzll(bits);
    const int net = head_[static_cast<size_t>(now_)];
    cancel(net);
    return net;
  }

 private:
  struct Link {
    int next = none, previous = none, slot = none;
  };
  std::vector<int> head_;
  std::vector<uint64_t> occupied_;
  std::vector<Link> links_;
  int now_ = 0;
  int count_ = 0;
};

struct Fanout {
  int gate;  ///< index into Circuit::gates
  int pin;
};

/// What every event at a gate's input touches; 16 bytes, so that all gates of a unit stay in the nearest caches.
struct Gate {
  uint64_t truth = 0;
  int net = 0;
  uint8_t state = 0;  ///< the gate's inputs now, bit i is input i
  bool has_hidden = false;

  [[nodiscard]] bool output() const { return (truth >> state) & 1; }
};
static_assert(sizeof(Gate) == 16);

struct GateDelay {
  uint16_t ticks[TruthTable::max_inputs][2] = {};  ///< by pin and by the level that the output goes to
};

struct HiddenCost {
  Edges pin[TruthTable::max_inputs];
};

struct Register {
  int net = 0;
  int data = 0;
  bool inverted = false;
  uint16_t delay[2] = {};
};

/// The netlist as the event loop wants it: flat arrays, delays in ticks.
struct Circuit {
  Circuit(const Netlist& netlist, const NetCosts& costs) : nets(static_cast<size_t>(netlist.nets())) {
    double longest = costs.input_delay().value();
    for (const auto& pins : costs.delay()) {
      for (const Edges& e : pins) longest = std::max({longest, e.rise, e.fall});
    }
    const double tick = longest / (TimeWheel::slots - 2);
    const auto ticks = [tick](double ns) { return static_cast<uint16_t>(std::max(1.0, std::round(ns / tick))); };
    input_delay = ticks(costs.input_delay().value());

    std::vector<std::vector<Fanout>> readers(nets);
    const auto& drivers = netlist.drivers();
    for (size_t k = 0; k < drivers.size(); ++k) {
      const Driver& d = drivers[k];
      const OutputPin& output = d.cell->outputs[static_cast<size_t>(d.output)];
      if (d.is_register()) {
        const Edges& e = costs.delay()[k][static_cast<size_t>(d.cell->clock)];
        registers.push_back({d.net, d.data(), output.inverted, {ticks(e.fall), ticks(e.rise)}});
        order.push_back({true, registers.size() - 1});
        continue;
      }
      const Gate gate{output.function.bits, d.net, 0, !costs.hidden()[k].empty()};
      delays.emplace_back();
      hidden.emplace_back();
      for (size_t i = 0; i < d.inputs.size(); ++i) {
        const Edges& e = costs.delay()[k][i];
        delays.back().ticks[i][0] = ticks(e.fall);
        delays.back().ticks[i][1] = ticks(e.rise);
        if (gate.has_hidden) hidden.back().pin[i] = costs.hidden()[k][i];
        readers[static_cast<size_t>(d.inputs[i])].push_back({static_cast<int>(gates.size()), static_cast<int>(i)});
      }
      order.push_back({false, gates.size()});
      gates.push_back(gate);
    }
    gate_of_net.assign(nets, -1);
    for (size_t g = 0; g < gates.size(); ++g) gate_of_net[static_cast<size_t>(gates[g].net)] = static_cast<int>(g);
    for (const auto& list : readers) {
      fanout_begin.push_back(fanouts.size());
      fanouts.insert(fanouts.end(), list.begin(), list.end());
    }
    fanout_begin.push_back(fanouts.size());
    for (size_t n = 0; n < nets; ++n) cost.push_back(costs.toggle(static_cast<NetId>(n)));
  }

  size_t nets;
  int input_delay = 0;
  std::vector<Gate> gates;             ///< with all inputs 0
  std::vector<GateDelay> delays;       ///< of each gate
  std::vector<HiddenCost> hidden;      ///< of each gate
  std::vector<Register> registers;
  std::vector<std::pair<bool, size_t>> order;  ///< topological: (is a register, index)
  std::vector<int> gate_of_net;
  std::vector<size_t> fanout_begin;
  std::vector<Fanout> fanouts;
  std::vector<Edges> cost;
};

/// One simulation in progress over a circuit that several share.
class EventLoop {
 public:
  EventLoop(const Circuit& circuit, const Stimulus& stimulus)
      : circuit_(circuit), stimulus_(stimulus), value_(circuit.nets, 0), gates_(circuit.gates), wheel_(circuit.nets), rises_(circuit.nets, 0), falls_(circuit.nets, 0) {}

  // The state after the inputs of `cycle` were held for ever.
  void hold(size_t cycle) {
    value_[constant_one] = 1;
    for (size_t i = 0; i < stimulus_.nets.size(); ++i) value_[static_cast<size_t>(stimulus_.nets[i])] = stimulus_.values[i].at(cycle);
    gates_ = circuit_.gates;
    for (size_t n = 0; n < circuit_.nets; ++n) {
      if (circuit_.gate_of_net[n] < 0 && value_[n]) spread(n);
    }
    for (const auto& [is_register, index] : circuit_.order) {
      if (is_register) {
        const Register& r = circuit_.registers[index];
        // Its net was spread above if it was already 1; it is visited once, in order.
        const auto n = static_cast<size_t>(r.net);
        const uint8_t now = (value_[static_cast<size_t>(r.data)] != 0) != r.inverted;
        if (now != value_[n]) {
          value_[n] = now;
          spread(n);
        }
      } else {
        const Gate& gate = gates_[index];
        const auto n = static_cast<size_t>(gate.net);
        value_[n] = gate.output();
        if (value_[n]) spread(n);
      }
    }
  }

  /// Runs one cycle; its energy in pJ.
  double run(size_t cycle) {
    energy_ = 0;
    for (const Register& r : circuit_.registers) {
      const bool next = (value_[static_cast<size_t>(r.data)] != 0) != r.inverted;
      if (next != (value_[static_cast<size_t>(r.net)] != 0)) wheel_.add(r.net, r.delay[next]);
    }
    for (size_t i = 0; i < stimulus_.nets.size(); ++i) {
      if (stimulus_.values[i].at(cycle) != (value_[static_cast<size_t>(stimulus_.nets[i])] != 0)) wheel_.add(stimulus_.nets[i], circuit_.input_delay);
    }
    while (!wheel_.empty()) toggle(static_cast<size_t>(wheel_.take()));
    return energy_;
  }

  void forget_counts() {
    std::fill(rises_.begin(), rises_.end(), 0);
    std::fill(falls_.begin(), falls_.end(), 0);
    hidden_ = 0;
  }

  [[nodiscard]] bool value(NetId net) const { return value_[static_cast<size_t>(net)] != 0; }
  [[nodiscard]] const std::vector<uint64_t>& rises() const { return rises_; }
  [[nodiscard]] const std::vector<uint64_t>& falls() const { return falls_; }
  [[nodiscard]] double hidden() const { return hidden_; }

 private:
  // Flips the input bits that a net feeds, without events.
  void spread(size_t net) {
    for (size_t f = circuit_.fanout_begin[net]; f < circuit_.fanout_begin[net + 1]; ++f) {
      gates_[static_cast<size_t>(circuit_.fanouts[f].gate)].state ^= static_cast<uint8_t>(1U << circuit_.fanouts[f].pin);
    }
  }

  void toggle(size_t net) {
    const bool level = (value_[net] ^= 1) != 0;
    ++(level ? rises_ : falls_)[net];
    energy_ += circuit_.cost[net][level];
    for (size_t f = circuit_.fanout_begin[net]; f < circuit_.fanout_begin[net + 1]; ++f) {
      const Fanout fanout = circuit_.fanouts[f];
      const auto g = static_cast<size_t>(fanout.gate);
      Gate& gate = gates_[g];
      const bool before = gate.output();
      gate.state ^= static_cast<uint8_t>(1U << fanout.pin);
      const bool after = gate.output();
      if (before == after) {
        if (!gate.has_hidden) continue;
        const double hidden = circuit_.hidden[g].pin[fanout.pin][level];
        energy_ += hidden;
        hidden_ += hidden;
      } else if (wheel_.pending(gate.net)) {
        wheel_.cancel(gate.net);  // the pulse was shorter than the gate's delay
      } else {
        wheel_.add(gate.net, circuit_.delays[g].ticks[fanout.pin][after]);
      }
    }
  }

  const Circuit& circuit_;
  const Stimulus& stimulus_;
  std::vector<uint8_t> value_;
  std::vector<Gate> gates_;
  TimeWheel wheel_;
  std::vector<uint64_t> rises_, falls_;
  double energy_ = 0;
  double hidden_ = 0;
};

}  // namespace

Activity simulate_events(const Netlist& netlist, const NetCosts& costs, const Stimulus& stimulus, int threads, OutputTrace* outputs) {
  const Circuit circuit(netlist, costs);
  Activity activity{std::vector<uint64_t>(circuit.nets, 0), std::vector<uint64_t>(circuit.nets, 0), std::vector<double>(stimulus.batches(), 0), 0};
  std::vector<double> hidden(stimulus.batches(), 0);
  if (outputs) {
    outputs->clear();
    for (const Port& port : netlist.outputs()) outputs->emplace_back(port.bits.size(), BitSequence(stimulus.cycles));
  }
  // What the netlist remembers reaches back by its latency, and the toggles of a cycle look one cycle further: after that
  // many unmeasured cycles each batch is exactly as in one long run. So batches can be shared out.
  const auto memory = static_cast<size_t>(netlist.latency()) + 1;
  std::mutex merging;
  const auto batch = [&](EventLoop& loop, size_t b) {
    const size_t begin = stimulus.batch_begins[b];
    const size_t warm_up = begin > memory ? begin - memory : 0;
    loop.hold(warm_up);
    for (size_t cycle = warm_up; cycle < begin; ++cycle) loop.run(cycle);
    loop.forget_counts();
    for (size_t cycle = begin; cycle < stimulus.batch_end(b); ++cycle) {
      activity.batch_energy[b] += loop.run(cycle);
      if (!outputs) continue;
      const std::lock_guard lock(merging);  // neighbouring batches share words
      for (size_t p = 0; p < outputs->size(); ++p) {
        for (size_t bit = 0; bit < (*outputs)[p].size(); ++bit) (*outputs)[p][bit].set(cycle, loop.value(netlist.outputs()[p].bits[bit]));
      }
    }
    hidden[b] = loop.hidden();
    const std::lock_guard lock(merging);
    for (size_t n = 0; n < circuit.nets; ++n) {
      activity.rises[n] += loop.rises()[n];
      activity.falls[n] += loop.falls()[n];
    }
  };
  const size_t workers = std::clamp<size_t>(static_cast<size_t>(std::max(1, threads)), 1, std::max<size_t>(1, stimulus.batches()));
  std::vector<std::thread> pool;
  std::exception_ptr failure;
  for (size_t w = 0; w < workers; ++w) {
    pool.emplace_back([&, w] {
      try {
        EventLoop loop(circuit, stimulus);
        for (size_t b = w; b < stimulus.batches(); b += workers) batch(loop, b);
      } catch (...) {
        const std::lock_guard lock(merging);
        failure = std::current_exception();
      }
    });
  }
  for (std::thread& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
  for (const double h : hidden) activity.hidden_energy += h;
  return activity;
}

}  // namespace macroscope::hardware
