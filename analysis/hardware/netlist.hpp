// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "analysis/hardware/cell_library.hpp"

namespace macroscope::hardware {

using NetId = int;
constexpr NetId constant_zero = 0;
constexpr NetId constant_one = 1;

/// One output of one cell: what drives a net. A cell with two outputs is two drivers with the same instance.
struct Driver {
  int instance = -1;
  const Cell* cell = nullptr;
  int output = 0;              ///< index into cell->outputs
  std::vector<NetId> inputs;   ///< a net for each of cell->inputs, in their order
  NetId net = -1;

  [[nodiscard]] bool is_register() const { return cell->kind == CellKind::flip_flop; }
  [[nodiscard]] NetId data() const { return inputs[static_cast<size_t>(cell->data)]; }
  [[nodiscard]] NetId clock() const { return inputs[static_cast<size_t>(cell->clock)]; }
};

struct Port {
  std::string name;
  std::vector<NetId> bits;  ///< lowest first
};

/// A flat, mapped, feed-forward netlist with one clock: what a MAC unit is after synthesis. Cells belong to the library
/// given at construction, which must outlive the netlist.
class Netlist {
 public:
  /// Reads module `top` of what yosys' write_json wrote. Throws InputError when a cell is unknown to the library or not
  /// usable, std::runtime_error when the netlist has a loop: units are feed-forward.
  Netlist(const nlohmann::json& yosys, const std::string& top, const CellLibrary& library);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const CellLibrary& library() const { return *library_; }
  [[nodiscard]] int nets() const { return nets_; }
  /// Every driver after the drivers of all its inputs: registers take part like gates.
  [[nodiscard]] const std::vector<Driver>& drivers() const { return drivers_; }
  [[nodiscard]] const std::vector<Port>& inputs() const { return inputs_; }    ///< without the clock
  [[nodiscard]] const std::vector<Port>& outputs() const { return outputs_; }
  [[nodiscard]] NetId clock() const { return clock_; }  ///< -1 in a netlist without registers

  [[nodiscard]] int instances() const { return static_cast<int>(instance_cells_.size()); }
  [[nodiscard]] int flip_flops() const;
  [[nodiscard]] SquareMicrons area() const;
  [[nodiscard]] SquareMicrons flip_flop_area() const;
  /// Register ranks on the way from the inputs to each net; the same on every way in a balanced pipeline.
  [[nodiscard]] const std::vector<int>& ranks() const { return ranks_; }
  /// Ranks from the inputs to the outputs: the latency in cycles.
  [[nodiscard]] int latency() const;

  /// The netlist as Verilog of cell instances with scalar ports: instance K is `gK`, net N is `nN`, the clock is `clk`.
  [[nodiscard]] std::string verilog() const;

 private:
  void sort(std::vector<Driver> unsorted);

  std::string name_;
  const CellLibrary* library_;
  int nets_ = 2;
  NetId clock_ = -1;
  std::vector<Driver> drivers_;
  std::vector<const Cell*> instance_cells_;
  std::vector<Port> inputs_, outputs_;
  std::vector<int> ranks_;
};

}  // namespace macroscope::hardware
