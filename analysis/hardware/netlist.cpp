// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/netlist.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "formats/input_error.hpp"

namespace macroscope::hardware {
namespace {

class NetNumbers {
 public:
  NetId of(const nlohmann::json& bit) {
    if (bit.is_string()) return bit.get<std::string>() == "1" ? constant_one : constant_zero;  // x and z are free: 0
    const auto [found, fresh] = ids_.emplace(bit.get<int>(), next_);
    if (fresh) ++next_;
    return found->second;
  }
  [[nodiscard]] int count() const { return next_; }

 private:
  std::unordered_map<int, NetId> ids_;
  int next_ = 2;
};

std::string net_name(NetId net, NetId clock) {
  if (net == constant_zero) return "1'b0";
  if (net == constant_one) return "1'b1";
  return net == clock ? "clk" : "n" + std::to_string(net);
}

}  // namespace

Netlist::Netlist(const nlohmann::json& yosys, const std::string& top, const CellLibrary& library)
    : name_(top), library_(&library) {
  const nlohmann::json& module = yosys.at("modules").at(top);
  NetNumbers numbers;
  for (const auto& [name, port] : module.at("ports").items()) {
    Port p{name, {}};
    for (const auto& bit : port.at("bits")) p.bits.push_back(numbers.of(bit));
    (port.at("direction") == "output" ? outputs_ : inputs_).push_back(std::move(p));
  }
  std::vector<Driver> unsorted;
  std::set<NetId> clocks;
  for (const auto& [name, instance] : module.at("cells").items()) {
    const std::string type = instance.at("type");
    const Cell* cell = library.find(type);
    if (!cell || cell->kind == CellKind::other) {
      throw InputError("The netlist of " + top + " has an instance '" + name + "' of '" + type + "', which is no usable cell of " + library.name() + ".");
    }
    std::vector<NetId> inputs(cell->inputs.size(), constant_zero);
    for (const auto& [pin, bits] : instance.at("connections").items()) {
      if (const int i = cell->input_index(pin); i >= 0) inputs[static_cast<size_t>(i)] = numbers.of(bits.at(0));
    }
    const int index = static_cast<int>(instance_cells_.size());
    instance_cells_.push_back(cell);
    for (size_t o = 0; o < cell->outputs.size(); ++o) {
      const auto bits = instance.at("connections").find(cell->outputs[o].name);
      if (bits == instance.at("connections").end() || bits->empty()) continue;
      unsorted.push_back({index, cell, static_cast<int>(o), inputs, numbers.of(bits->at(0))});
    }
    if (cell->kind == CellKind::flip_flop) clocks.insert(inputs[static_cast<size_t>(cell->clock)]);
  }
  nets_ = numbers.count();
  if (clocks.size() > 1) throw std::runtime_error("the netlist of " + top + " has more than one clock");
  if (!clocks.empty()) clock_ = *clocks.begin();
  inputs_.erase(std::remove_if(inputs_.begin(), inputs_.end(),
                               [this](const Port& p) { return p.bits == std::vector<NetId>{clock_} || p.name == "clk_i"; }),
                inputs_.end());
  sort(std::move(unsorted));
}

// Kahn's algorithm; ranks are the longest way in registers.
void Netlist::sort(std::vector<Driver> unsorted) {
  std::vector<std::vector<size_t>> readers(static_cast<size_t>(nets_));
  std::vector<bool> driven(static_cast<size_t>(nets_), false);
  for (const Driver& d : unsorted) driven[static_cast<size_t>(d.net)] = true;
  std::vector<int> waiting(unsorted.size(), 0);
  const auto for_each_source = [](const Driver& d, const auto& visit) {
    if (d.is_register()) {
      visit(d.data());
    } else {
      for (const NetId net : d.inputs) visit(net);
    }
  };
  std::vector<size_t> ready;
  for (size_t k = 0; k < unsorted.size(); ++k) {
    for_each_source(unsorted[k], [&](NetId net) {
      if (!driven[static_cast<size_t>(net)]) return;
      readers[static_cast<size_t>(net)].push_back(k);
      ++waiting[k];
    });
    if (waiting[k] == 0) ready.push_back(k);
  }
  ranks_.assign(static_cast<size_t>(nets_), 0);
  for (size_t at = 0; at < ready.size(); ++at) {
    Driver& d = unsorted[ready[at]];
    int rank = 0;
    for_each_source(d, [&](NetId net) { rank = std::max(rank, ranks_[static_cast<size_t>(net)]); });
    ranks_[static_cast<size_t>(d.net)] = rank + (d.is_register() ? 1 : 0);
    for (const size_t reader : readers[static_cast<size_t>(d.net)]) {
      if (--waiting[reader] == 0) ready.push_back(reader);
    }
    drivers_.push_back(std::move(d));
  }
  if (drivers_.size() != unsorted.size()) throw std::runtime_error("the netlist of " + name_ + " has a loop, but a unit is feed-forward");
}

int Netlist::flip_flops() const {
  return static_cast<int>(std::count_if(instance_cells_.begin(), instance_cells_.end(), [](const Cell* c) { return c->kind == CellKind::flip_flop; }));
}

SquareMicrons Netlist::area() const {
  SquareMicrons sum;
  for (const Cell* cell : instance_cells_) sum += cell->area;
  return sum;
}

SquareMicrons Netlist::flip_flop_area() const {
  SquareMicrons sum;
  for (const Cell* cell : instance_cells_) {
    if (cell->kind == CellKind::flip_flop) sum += cell->area;
  }
  return sum;
}

int Netlist::latency() const {
  int latency = 0;
  for (const Port& port : outputs_) {
    for (const NetId net : port.bits) latency = std::max(latency, ranks_[static_cast<size_t>(net)]);
  }
  return latency;
}

std::string Netlist::verilog() const {
  std::set<NetId> in, out;
  for (const Port& port : inputs_) in.insert(port.bits.begin(), port.bits.end());
  for (const Port& port : outputs_) out.insert(port.bits.begin(), port.bits.end());
  for (const NetId constant : {constant_zero, constant_one}) {
    in.erase(constant);
    out.erase(constant);
  }
  for (const NetId net : in) out.erase(net);  // fed straight through: nothing to time
  std::string ports = clock_ >= 0 ? "clk" : "", body = clock_ >= 0 ? "  input clk;\n" : "";
  for (const auto& [nets, direction] : {std::pair(&in, "input"), std::pair(&out, "output")}) {
    for (const NetId net : *nets) {
      ports += (ports.empty() ? "" : ", ") + net_name(net, clock_);
      body += std::string("  ") + direction + " " + net_name(net, clock_) + ";\n";
    }
  }
  for (NetId net = 2; net < nets_; ++net) {
    if (net != clock_ && !in.count(net) && !out.count(net)) body += "  wire " + net_name(net, clock_) + ";\n";
  }
  for (size_t k = 0; k < drivers_.size();) {
    // The outputs of one instance needn't be neighbours in the order, so gather them when its first one comes by.
    const Driver& d = drivers_[k++];
    const auto same = [&](const Driver& other) { return other.instance == d.instance; };
    if (d.cell->outputs.size() > 1 && std::find_if(drivers_.begin(), drivers_.begin() + static_cast<long>(k) - 1, same) != drivers_.begin() + static_cast<long>(k) - 1) continue;
    body += "  " + d.cell->name + " g" + std::to_string(d.instance) + " (";
    for (size_t i = 0; i < d.inputs.size(); ++i) {
      body += (i ? ", ." : ".") + d.cell->inputs[i].name + "(" + net_name(d.inputs[i], clock_) + ")";
    }
    const auto connect = [&](const Driver& o) {
      body += std::string(d.inputs.empty() && &o == &d ? "." : ", .") + o.cell->outputs[static_cast<size_t>(o.output)].name + "(" + net_name(o.net, clock_) + ")";
    };
    if (d.cell->outputs.size() == 1) {
      connect(d);
    } else {
      for (const Driver& o : drivers_) {
        if (same(o)) connect(o);
      }
    }
    body += ");\n";
  }
  return "module " + name_ + " (" + ports + ");\n" + body + "endmodule\n";
}

}  // namespace macroscope::hardware
