// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/unit_stimulus.hpp"

#include <algorithm>
#include <stdexcept>

namespace macroscope::hardware {
namespace {

using datapath::PsumBits;
using datapath::UnitInput;

bool lane_bit(const std::vector<formats::Code>& codes, int bits, size_t index) {
  const auto width = static_cast<size_t>(bits);
  return (codes[index / width] >> (index % width)) & 1;
}

size_t port_width(const datapath::MacSpec& spec, const std::string& port) {
  const auto lanes = static_cast<size_t>(spec.dot.lanes);
  if (port == "activation_i") return lanes * static_cast<size_t>(spec.activation.element.bits());
  if (port == "weight_i") return lanes * static_cast<size_t>(spec.weight.element.bits());
  if (port == "activation_scale_i" || port == "weight_scale_i") return 8;
  if (port == "psum_i" || port == "psum_o") return static_cast<size_t>(datapath::psum_bits(spec));
  return 0;
}

bool input_bit(const datapath::MacSpec& spec, const UnitInput& input, const std::string& port, size_t bit) {
  if (port == "activation_i") return lane_bit(input.activation, spec.activation.element.bits(), bit);
  if (port == "weight_i") return lane_bit(input.weight, spec.weight.element.bits(), bit);
  if (port == "activation_scale_i") return (input.activation_scale >> bit) & 1;
  if (port == "weight_scale_i") return (input.weight_scale >> bit) & 1;
  return static_cast<bool>((input.psum >> bit) & 1);
}

}  // namespace

Stimulus unit_stimulus(const datapath::MacSpec& spec, const Netlist& netlist, const std::vector<UnitInput>& stream, size_t batch) {
  Stimulus stimulus;
  stimulus.cycles = stream.size();
  for (size_t begin = 0; begin < stream.size(); begin += batch) stimulus.batch_begins.push_back(begin);
  for (const Port& port : netlist.inputs()) {
    if (port.bits.size() != port_width(spec, port.name)) {
      throw std::logic_error("the netlist of " + spec.name + " has a port " + port.name + " of " + std::to_string(port.bits.size()) + " bits, which is none of a unit");
    }
    for (size_t bit = 0; bit < port.bits.size(); ++bit) {
      BitSequence values(stream.size());
      for (size_t cycle = 0; cycle < stream.size(); ++cycle) {
        if (input_bit(spec, stream[cycle], port.name, bit)) values.set(cycle, true);
      }
      stimulus.nets.push_back(port.bits[bit]);
      stimulus.values.push_back(std::move(values));
    }
  }
  return stimulus;
}

std::optional<std::string> golden_mismatch(const datapath::MacSpec& spec, const Netlist& netlist,
                                           const std::vector<UnitInput>& stream, const OutputTrace& outputs) {
  const auto port = std::find_if(netlist.outputs().begin(), netlist.outputs().end(), [](const Port& p) { return p.name == "psum_o"; });
  if (port == netlist.outputs().end()) throw std::logic_error("the netlist of " + spec.name + " has no port psum_o");
  const auto& bits = outputs[static_cast<size_t>(port - netlist.outputs().begin())];
  const auto latency = static_cast<size_t>(netlist.latency());
  for (size_t cycle = latency; cycle < stream.size(); ++cycle) {
    PsumBits found = 0;
    for (size_t b = 0; b < bits.size(); ++b) {
      if (bits[b].at(cycle)) found |= PsumBits{1} << b;
    }
    const PsumBits golden = datapath::unit_step(spec, stream[cycle - latency]);
    if (found != golden) {
      const int width = datapath::psum_bits(spec);
      return "the netlist of " + spec.name + " differs from the golden model in cycle " + std::to_string(cycle) + ": psum_o is 0x" +
             datapath::hex(found, width) + ", golden 0x" + datapath::hex(golden, width);
    }
  }
  return std::nullopt;
}

}  // namespace macroscope::hardware
