// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "analysis/hardware/activity.hpp"

namespace macroscope::hardware {
namespace {

int ones(uint64_t word) { return __builtin_popcountll(word); }

// The truth table applied to 64 cycles at once: a tree of multiplexers, folded from the last input to the first.
uint64_t evaluate(const TruthTable& table, const std::vector<NetId>& inputs, const std::vector<uint64_t>& values) {
  std::array<uint64_t, 1U << TruthTable::max_inputs> level;
  size_t size = size_t{1} << table.inputs;
  for (size_t m = 0; m < size; ++m) level[m] = ((table.bits >> m) & 1) ? ~uint64_t{0} : 0;
  for (const NetId net : inputs) {
    const uint64_t select = values[static_cast<size_t>(net)];
    size /= 2;
    for (size_t m = 0; m < size; ++m) level[m] = level[2 * m] ^ ((level[2 * m] ^ level[2 * m + 1]) & select);
  }
  return level[0];
}

struct Slice {
  size_t batch;
  uint64_t mask;  // the cycles of this word that belong to the batch
};

std::vector<Slice> slices_of_word(const Stimulus& stimulus, size_t word) {
  std::vector<Slice> slices;
  const size_t begin = 64 * word, end = std::min(stimulus.cycles, begin + 64);
  auto next = std::upper_bound(stimulus.batch_begins.begin(), stimulus.batch_begins.end(), begin);
  for (size_t batch = static_cast<size_t>(next - stimulus.batch_begins.begin()) - 1; batch < stimulus.batches() && stimulus.batch_begins[batch] < end; ++batch) {
    const size_t first = std::max(begin, stimulus.batch_begins[batch]) - begin;
    const size_t count = std::min(end, stimulus.batch_end(batch)) - begin - first;
    const uint64_t mask = count == 64 ? ~uint64_t{0} : ((uint64_t{1} << count) - 1) << first;
    if (count) slices.push_back({batch, mask});
  }
  return slices;
}

class Settling {
 public:
  Settling(const Netlist& netlist, const NetCosts& costs)
      : netlist_(netlist), costs_(costs), values_(static_cast<size_t>(netlist.nets()), 0),
        toggled_(values_.size(), 0), last_(values_.size(), false), last_data_(netlist.drivers().size(), false) {
    values_[constant_one] = ~uint64_t{0};
    last_[constant_one] = true;
    for (NetId net = 2; net < netlist.nets(); ++net) toggle_cost_.push_back(costs.toggle(net));
  }

  // The state after the first cycle's inputs were held for ever.
  void hold(const Stimulus& stimulus) {
    for (size_t i = 0; i < stimulus.nets.size(); ++i) set(stimulus.nets[i], stimulus.values[i].at(0) ? ~uint64_t{0} : 0);
    for (size_t k = 0; k < netlist_.drivers().size(); ++k) {
      const Driver& d = netlist_.drivers()[k];
      if (d.is_register()) {
        last_data_[k] = values_[static_cast<size_t>(d.data())] & 1;
        set(d.net, last_data_[k] != d.cell->outputs[static_cast<size_t>(d.output)].inverted ? ~uint64_t{0} : 0);
      } else {
        set(d.net, function(d));
      }
    }
    for (size_t n = 0; n < values_.size(); ++n) last_[n] = values_[n] & 1;
  }

  void word(const Stimulus& stimulus, size_t index, Activity& activity) {
    const auto slices = slices_of_word(stimulus, index);
    for (size_t i = 0; i < stimulus.nets.size(); ++i) {
      set(stimulus.nets[i], stimulus.values[i].words()[index]);
      count(stimulus.nets[i], slices, activity);
    }
    for (size_t k = 0; k < netlist_.drivers().size(); ++k) {
      const Driver& d = netlist_.drivers()[k];
      if (d.is_register()) {
        const uint64_t data = values_[static_cast<size_t>(d.data())];
        const uint64_t late = data << 1 | (last_data_[k] ? 1 : 0);
        last_data_[k] = data >> 63;
        set(d.net, d.cell->outputs[static_cast<size_t>(d.output)].inverted ? ~late : late);
      } else {
        set(d.net, function(d));
      }
      count(d.net, slices, activity);
      if (!costs_.hidden()[k].empty()) count_hidden(d, k, slices, activity);
    }
  }

  [[nodiscard]] uint64_t value(NetId net) const { return values_[static_cast<size_t>(net)]; }

 private:
  uint64_t function(const Driver& d) const { return evaluate(d.cell->outputs[static_cast<size_t>(d.output)].function, d.inputs, values_); }
  void set(NetId net, uint64_t value) { values_[static_cast<size_t>(net)] = value; }

  void count(NetId net, const std::vector<Slice>& slices, Activity& activity) {
    const auto n = static_cast<size_t>(net);
    if (net < 2) return;
    const uint64_t value = values_[n];
    const uint64_t toggled = value ^ (value << 1 | (last_[n] ? 1 : 0));
    toggled_[n] = toggled;
    last_[n] = value >> 63;
    if (!toggled) return;
    const Edges& cost = toggle_cost_[n - 2];
    for (const Slice& slice : slices) {
      const int rises = ones(toggled & value & slice.mask), falls = ones(toggled & ~value & slice.mask);
      activity.rises[n] += static_cast<uint64_t>(rises);
      activity.falls[n] += static_cast<uint64_t>(falls);
      activity.batch_energy[slice.batch] += rises * cost.rise + falls * cost.fall;
    }
  }

  void count_hidden(const Driver& d, size_t k, const std::vector<Slice>& slices, Activity& activity) const {
    const uint64_t quiet = ~toggled_[static_cast<size_t>(d.net)];
    for (size_t i = 0; i < d.inputs.size(); ++i) {
      const auto n = static_cast<size_t>(d.inputs[i]);
      const uint64_t without_effect = toggled_[n] & quiet;
      if (!without_effect) continue;
      const Edges& cost = costs_.hidden()[k][i];
      for (const Slice& slice : slices) {
        const double energy = ones(without_effect & values_[n] & slice.mask) * cost.rise + ones(without_effect & ~values_[n] & slice.mask) * cost.fall;
        activity.batch_energy[slice.batch] += energy;
        activity.hidden_energy += energy;
      }
    }
  }

  const Netlist& netlist_;
  const NetCosts& costs_;
  std::vector<uint64_t> values_, toggled_;
  std::vector<bool> last_, last_data_;
  std::vector<Edges> toggle_cost_;
};

}  // namespace

uint64_t Activity::total_toggles() const {
  uint64_t sum = 0;
  for (size_t n = 0; n < rises.size(); ++n) sum += rises[n] + falls[n];
  return sum;
}

Activity simulate_settled(const Netlist& netlist, const NetCosts& costs, const Stimulus& stimulus, OutputTrace* outputs) {
  const auto nets = static_cast<size_t>(netlist.nets());
  Activity activity{std::vector<uint64_t>(nets, 0), std::vector<uint64_t>(nets, 0), std::vector<double>(stimulus.batches(), 0), 0};
  if (outputs) {
    outputs->clear();
    for (const Port& port : netlist.outputs()) outputs->emplace_back(port.bits.size(), BitSequence(stimulus.cycles));
  }
  Settling settling(netlist, costs);
  settling.hold(stimulus);
  for (size_t word = 0; 64 * word < stimulus.cycles; ++word) {
    settling.word(stimulus, word, activity);
    if (!outputs) continue;
    for (size_t p = 0; p < outputs->size(); ++p) {
      for (size_t b = 0; b < (*outputs)[p].size(); ++b) (*outputs)[p][b].set_word(word, settling.value(netlist.outputs()[p].bits[b]));
    }
  }
  return activity;
}

}  // namespace macroscope::hardware
