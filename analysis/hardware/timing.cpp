// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/timing.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "analysis/hardware/process.hpp"

namespace macroscope::hardware {
namespace {

constexpr double generous_period_ns = 1000;  // any unit meets it: the slack then tells the critical path

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string timing_commands(const Netlist& netlist, const OperatingPoint& point) {
  const CellLibrary& library = netlist.library();
  const auto time = [&](Nanoseconds t) { return number(t.value() / library.time_unit()); };
  const auto load = [&](Picofarads c) { return number(c.value() / library.capacitance_unit()); };
  const bool clocked = netlist.clock() >= 0;
  std::string tcl =
      "read_liberty cells.lib\n"
      "read_verilog netlist.v\n"
      "link_design " + netlist.name() + "\n"
      "create_clock -name clock -period " + time(Nanoseconds(generous_period_ns)) + (clocked ? " [get_ports clk]\n" : "\n");
  if (clocked) tcl += "set_clock_transition " + time(point.slew) + " [get_clocks clock]\n";
  tcl += "foreach port [all_inputs] {\n"
         "  if {[get_property $port full_name] eq \"clk\"} { continue }\n"
         "  set_input_delay " + time(point.input_delay) + " -clock clock $port\n"
         "  set_input_transition " + time(point.slew) + " $port\n"
         "}\n"
         "set_load " + load(point.output_load) + " [all_outputs]\n";
  if (!clocked) tcl += "set_output_delay 0 -clock clock [all_outputs]\n";
  return tcl + "report_checks -path_delay max -digits 6\n";
}

}  // namespace

Nanoseconds critical_path(const Netlist& netlist, const OperatingPoint& point) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "cells.lib") << netlist.library().normalised_liberty();
  std::ofstream(folder.path() / "netlist.v") << netlist.verilog();
  std::ofstream(folder.path() / "timing.tcl") << timing_commands(netlist, point);
  const ProcessResult run = run_process({"sta", "-no_splash", "-exit", "timing.tcl"}, folder.path(), std::chrono::seconds(300), "opensta");
  // The report's last line but one is "  NUMBER   slack (MET)".
  const size_t slack = run.output.find("slack (");
  if (run.timed_out || slack == std::string::npos || run.output.find("Error:") != std::string::npos) {
    throw std::runtime_error("OpenSTA gave no critical path for " + netlist.name() + ": " + run.output.substr(0, 2000));
  }
  const size_t line = run.output.rfind('\n', slack) + 1;
  const double slack_ns = std::strtod(run.output.c_str() + line, nullptr) * netlist.library().time_unit();
  return Nanoseconds(generous_period_ns - slack_ns);
}

}  // namespace macroscope::hardware
