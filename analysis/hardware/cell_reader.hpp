// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/hardware/cell_library.hpp"

namespace macroscope::hardware {

/// What a library's header says: units as ns, pF, pJ and nW per unit of the file, and the table templates.
struct LibertyHeader {
  double time = 1;
  double capacitance = 1;
  double energy = 1;
  double leakage = 1;
  Volts supply;
  std::map<std::string, std::vector<std::string>> template_variables;  ///< template -> variable_1, variable_2
  std::map<std::string, std::vector<std::vector<double>>> template_axes;
};

/// Reads the header of a `library` group. Throws InputError for a unit it cannot read or a supply that is missing.
LibertyHeader read_header(const LibertyGroup& library, const std::string& origin);

/// Reads one `cell` group. A cell that the units cannot use has kind `other` and only its name and area.
Cell read_cell(const LibertyGroup& cell, const LibertyHeader& header, const std::string& origin);

}  // namespace macroscope::hardware
