// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/hardware/boolean_function.hpp"
#include "analysis/hardware/liberty_syntax.hpp"
#include "analysis/hardware/lookup_table.hpp"
#include "analysis/hardware/units.hpp"

namespace macroscope::hardware {

enum class Unateness { positive, negative, none };

/// Delay and output slew (ns) from one input to one output. A library may hold several for one input (`when`).
struct TimingArc {
  int input = 0;  ///< index into Cell::inputs
  Unateness sense = Unateness::none;
  LookupTable cell_rise, cell_fall, rise_transition, fall_transition;
};

/// One internal_power group: energy (pJ) that the cell itself takes at a rise or a fall of the pin that holds it, without
/// the C V^2 of the load. The tables of ground rails are left out: they restate the charge of the supply's tables.
struct InternalPower {
  std::optional<int> input;            ///< related input; none in an input pin's own ("hidden") power
  std::optional<BooleanFunction> when;
  LookupTable rise, fall;
};

struct InputPin {
  std::string name;
  Picofarads capacitance;
  std::vector<InternalPower> hidden_power;  ///< taken when this pin changes and no output does
};

struct OutputPin {
  std::string name;
  TruthTable function;   ///< of all inputs, in a combinational cell
  bool inverted = false; ///< in a flip-flop: this pin is the state's complement
  std::vector<TimingArc> arcs;
  std::vector<InternalPower> power;
};

enum class CellKind {
  combinational,
  flip_flop,  ///< rising edge, plain D, no set or reset: the only register that the units need
  other,      ///< latches, clock gates, scan, tri-state, fillers, more than 6 inputs: not used
};

struct Cell {
  std::string name;
  CellKind kind = CellKind::other;
  SquareMicrons area;
  Nanowatts leakage;
  std::vector<InputPin> inputs;
  std::vector<OutputPin> outputs;
  int clock = -1;  ///< input index, in a flip-flop
  int data = -1;   ///< input index, in a flip-flop

  [[nodiscard]] int input_index(const std::string& pin) const;   ///< -1 when there is none
  [[nodiscard]] int output_index(const std::string& pin) const;  ///< -1 when there is none
};

/// The cells of one technology, from one Liberty file or several merged, in the units of units.hpp.
///
/// Known errors of the data are corrected and listed in `corrections()`: OSU018 gives OAI21X1 an area of 23, NAND3X1 36
/// and LATCH 0, where its own LEF has 32, 32 and 56 square microns.
class CellLibrary {
 public:
  /// Reads and merges `files` (gzip accepted). Throws InputError when a file is missing, is no Liberty, when units or
  /// supplies disagree, when a cell stands in two files, or when no gate and flip-flop is left to build a unit from.
  static CellLibrary read(const std::vector<std::filesystem::path>& files);
  /// The same from text; `origin` stands for the file's name in messages.
  static CellLibrary parse(const std::vector<std::string>& texts, const std::vector<std::string>& origins);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Volts supply() const { return supply_; }
  [[nodiscard]] const std::vector<Cell>& cells() const { return cells_; }
  [[nodiscard]] const Cell* find(const std::string& cell) const;

  /// Smallest cell whose function is a two-input NAND; smallest inverter; smallest flip-flop, an
  /// inverter counted with one that has no true output. Throw InputError without one.
  [[nodiscard]] const Cell& nand2() const;
  [[nodiscard]] const Cell& inverter() const;
  [[nodiscard]] const Cell& flip_flop() const;

  /// False when the library has no internal_power tables: energy cannot be told.
  [[nodiscard]] bool has_power() const { return has_power_; }
  [[nodiscard]] const std::vector<std::string>& corrections() const { return corrections_; }

  /// The usable cells as one Liberty text for yosys, abc and OpenSTA: corrections applied, power and leakage left out,
  /// arcs that differ only in `when` merged to the slower.
  [[nodiscard]] std::string normalised_liberty() const;
  /// Units of `normalised_liberty()`: how many ns and pF its time and capacitance units are.
  [[nodiscard]] double time_unit() const { return time_unit_; }
  [[nodiscard]] double capacitance_unit() const { return capacitance_unit_; }
  /// SHA-256 over the bytes of the files, in the order given.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }

 private:
  std::string name_;
  Volts supply_;
  double time_unit_ = 1;
  double capacitance_unit_ = 1;
  bool has_power_ = false;
  std::vector<Cell> cells_;
  std::map<std::string, size_t> index_;
  std::vector<std::string> corrections_;
  LibertyGroup merged_;  // the usable cells, as read
  std::string sha256_;
};

}  // namespace macroscope::hardware
