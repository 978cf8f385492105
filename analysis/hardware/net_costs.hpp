// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "analysis/hardware/netlist.hpp"
#include "analysis/hardware/operating_point.hpp"

namespace macroscope::hardware {

/// A value for a rising and one for a falling edge, indexed by the level that the net goes to.
struct Edges {
  double fall = 0;
  double rise = 0;
  [[nodiscard]] double operator[](bool to_one) const { return to_one ? rise : fall; }
  [[nodiscard]] double mean() const { return 0.5 * (rise + fall); }
};

/// What each toggle of each net costs (pJ), and how long each gate takes (ns), from the Liberty tables at the net's own
/// load and at the slews that the netlist itself produces. Slews and delays are those of the typical path: the mean over
/// the arcs that can produce an edge, inputs at the operating point's slew.
class NetCosts {
 public:
  NetCosts(const Netlist& netlist, const OperatingPoint& point);

  /// Pin capacitance on the net, and the outside load of an output (pF). Wires have none.
  [[nodiscard]] const std::vector<double>& load() const { return load_; }
  [[nodiscard]] const std::vector<Edges>& slew() const { return slew_; }

  /// Energy of one toggle of a net:
  ///   switching  C V^2 / 2 of the net's load
  ///   internal   the driving gate's internal_power, mean over its related pins and their conditions
  ///   registers  in flip-flops: internal_power of Q, of every D pin on the net, and what a clock edge takes more when the
  ///              state changes than when it doesn't
  [[nodiscard]] const std::vector<Edges>& switching() const { return switching_; }
  [[nodiscard]] const std::vector<Edges>& internal() const { return internal_; }
  [[nodiscard]] const std::vector<Edges>& registers() const { return registers_; }
  /// All three together.
  [[nodiscard]] Edges toggle(NetId net) const;

  /// Energy that driver k takes when its input i toggles and its output doesn't; empty when the library has no such tables.
  [[nodiscard]] const std::vector<std::vector<Edges>>& hidden() const { return hidden_; }

  /// Every clock cycle, whatever the data: both edges in every flip-flop that keeps its state, and C V^2 of the clock pins.
  [[nodiscard]] Picojoules clock() const { return clock_; }
  [[nodiscard]] Nanowatts leakage() const { return leakage_; }

  /// Delay from input i of driver k to an edge of its output; of a register, from the clock.
  [[nodiscard]] const std::vector<std::vector<Edges>>& delay() const { return delay_; }
  [[nodiscard]] Nanoseconds input_delay() const { return input_delay_; }

 private:
  void add_loads(const Netlist& netlist, const OperatingPoint& point);
  void add_gate(const Driver& driver, size_t index);
  void add_register(const Driver& driver);

  double supply_ = 0;
  Nanoseconds input_delay_;
  double clock_slew_ = 0;
  std::vector<double> load_;
  std::vector<Edges> slew_, switching_, internal_, registers_;
  std::vector<std::vector<Edges>> hidden_, delay_;
  Picojoules clock_;
  Nanowatts leakage_;
};

/// The delay of each stage (ns) by NetCosts' typical delays, without set-up time: element r is the longest way into the
/// registers of rank r + 1, from the registers of rank r or (r = 0) from the inputs. What the pipeline chooser balances.
std::vector<double> stage_delays(const Netlist& netlist, const NetCosts& costs);

}  // namespace macroscope::hardware
