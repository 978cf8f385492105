// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/cell_reader.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>

#include "formats/input_error.hpp"

namespace macroscope::hardware {
namespace {

using Axes = std::vector<std::vector<double>>;

double number(std::string_view text, const std::string& where) {
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (end == copy.c_str()) throw InputError(where + ": '" + copy + "' is no number.");
  return value;
}

std::vector<double> numbers(const std::vector<std::string>& texts, const std::string& where) {
  std::vector<double> out;
  for (const std::string& text : texts) {
    const char* at = text.c_str();
    for (;;) {
      while (*at == ',' || std::isspace(static_cast<unsigned char>(*at))) ++at;
      if (!*at) break;
      char* end = nullptr;
      out.push_back(std::strtod(at, &end));
      if (end == at) throw InputError(where + ": '" + text + "' is no list of numbers.");
      at = end;
    }
  }
  return out;
}

// "1ns", "100ps", or {"1", "ff"} joined: the unit in terms of `base`, whose SI prefixes are accepted.
double unit(std::string text, char base, double base_per_si, const std::string& where) {
  text.erase(std::remove_if(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c); }), text.end());
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  char* end = nullptr;
  const double count = std::strtod(text.c_str(), &end);
  const std::string letters = end;
  static const std::map<char, double> prefixes{{'m', 1e-3}, {'u', 1e-6}, {'n', 1e-9}, {'p', 1e-12}, {'f', 1e-15}};
  if (end != text.c_str() && letters.size() == 1 && letters[0] == base) return count * base_per_si;
  if (end == text.c_str() || letters.size() != 2 || letters[1] != base || prefixes.count(letters[0]) == 0) {
    throw InputError(where + ": the unit '" + text + "' cannot be read; accepted are values such as 1ns, 10ps, 1pf, 1nW.");
  }
  return count * prefixes.at(letters[0]) * base_per_si;
}

std::string joined(const std::vector<std::string>& values) {
  std::string all;
  for (const std::string& v : values) all += v;
  return all;
}

bool is_slew(const std::string& variable) { return variable.find("transition") != std::string::npos; }

LookupTable read_table(const LibertyGroup& table, const LibertyHeader& header, double unit_of_values, const std::string& where) {
  const LibertyAttribute* values = table.find_attribute("values");
  if (!values) throw InputError(where + ": the table '" + table.name + "' has no values.");
  std::vector<double> v = numbers(values->values, where);
  for (double& x : v) x *= unit_of_values;
  const std::string name = table.arguments.empty() ? "scalar" : table.arguments.front();
  if (v.size() == 1) return LookupTable(v.front());

  Axes axes;
  const auto of_template = header.template_axes.find(name);
  for (const char* index : {"index_1", "index_2"}) {
    if (const LibertyAttribute* a = table.find_attribute(index)) {
      axes.push_back(numbers(a->values, where));
    } else if (of_template != header.template_axes.end() && axes.size() < of_template->second.size()) {
      axes.push_back(of_template->second[axes.size()]);
    }
  }
  const auto variables = header.template_variables.find(name);
  if (variables == header.template_variables.end() || variables->second.size() < axes.size() || axes.empty()) {
    throw InputError(where + ": the table '" + table.name + "' uses the template '" + name + "', which the library doesn't declare with as many variables.");
  }
  size_t expected = 1;
  for (const auto& axis : axes) expected *= axis.size();
  if (v.size() != expected) {
    throw InputError(where + ": the table '" + table.name + "' has " + std::to_string(v.size()) + " values where its axes call for " + std::to_string(expected) + ".");
  }
  for (size_t k = 0; k < axes.size(); ++k) {
    for (double& x : axes[k]) x *= is_slew(variables->second[k]) ? header.time : header.capacitance;
  }
  const bool slew_first = is_slew(variables->second[0]);
  if (axes.size() == 1) {
    return slew_first ? LookupTable({0}, axes[0], std::move(v)) : LookupTable(axes[0], {0}, std::move(v));
  }
  if (!slew_first) return LookupTable(axes[0], axes[1], std::move(v));
  std::vector<double> turned(v.size());
  const size_t loads = axes[1].size(), slews = axes[0].size();
  for (size_t s = 0; s < slews; ++s) {
    for (size_t l = 0; l < loads; ++l) turned[l * slews + s] = v[s * loads + l];
  }
  return LookupTable(axes[1], axes[0], std::move(turned));
}

LookupTable optional_table(const LibertyGroup& group, const char* name, const LibertyHeader& header, double unit_of_values, const std::string& where) {
  const LibertyGroup* table = group.find_group(name);
  return table ? read_table(*table, header, unit_of_values, where) : LookupTable();
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c))) {
      if (!word.empty()) out.push_back(word);
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) out.push_back(word);
  return out;
}

struct CellContext {
  const LibertyHeader& header;
  std::set<std::string> ground_rails;
  std::string where;
};

void read_power(const LibertyGroup& pin, const Cell& cell, const CellContext& context, std::vector<InternalPower>& out) {
  for (const LibertyGroup& group : pin.groups) {
    if (group.name != "internal_power") continue;
    if (context.ground_rails.count(std::string(group.attribute("related_pg_pin")))) continue;
    InternalPower power;
    power.rise = optional_table(group, "rise_power", context.header, context.header.energy, context.where);
    power.fall = optional_table(group, "fall_power", context.header, context.header.energy, context.where);
    if (const LibertyGroup* both = group.find_group("power")) {
      power.rise = power.fall = read_table(*both, context.header, context.header.energy, context.where);
    }
    if (power.rise.empty() && power.fall.empty()) continue;
    const std::string_view when = group.attribute("when");
    if (!when.empty()) power.when.emplace(when, context.where);
    const std::vector<std::string> related = words(group.attribute("related_pin"));
    if (related.empty()) out.push_back(power);
    for (const std::string& name : related) {
      power.input = cell.input_index(name);
      if (*power.input >= 0) out.push_back(power);
    }
  }
}

void read_arcs(const LibertyGroup& pin, const Cell& cell, const CellContext& context, std::vector<TimingArc>& out) {
  for (const LibertyGroup& group : pin.groups) {
    if (group.name != "timing" || (!group.find_group("cell_rise") && !group.find_group("cell_fall"))) continue;
    const std::string_view type = group.attribute("timing_type", "combinational");
    if (type != "combinational" && type != "rising_edge") continue;
    TimingArc arc;
    const std::string_view sense = group.attribute("timing_sense", "non_unate");
    arc.sense = sense == "positive_unate" ? Unateness::positive : sense == "negative_unate" ? Unateness::negative : Unateness::none;
    arc.cell_rise = optional_table(group, "cell_rise", context.header, context.header.time, context.where);
    arc.cell_fall = optional_table(group, "cell_fall", context.header, context.header.time, context.where);
    arc.rise_transition = optional_table(group, "rise_transition", context.header, context.header.time, context.where);
    arc.fall_transition = optional_table(group, "fall_transition", context.header, context.header.time, context.where);
    for (const std::string& name : words(group.attribute("related_pin"))) {
      arc.input = cell.input_index(name);
      if (arc.input >= 0) out.push_back(arc);
    }
  }
}

// The leakage of the cell without a condition, else the mean over its conditions (power rails only).
double read_leakage(const LibertyGroup& cell, const CellContext& context) {
  if (const LibertyAttribute* whole = cell.find_attribute("cell_leakage_power")) return number(whole->values.front(), context.where);
  double unconditional = 0, conditional = 0;
  bool found = false;
  std::set<std::string> conditions;
  for (const LibertyGroup& group : cell.groups) {
    if (group.name != "leakage_power" || context.ground_rails.count(std::string(group.attribute("related_pg_pin")))) continue;
    const double value = number(group.attribute("value", "0"), context.where);
    if (group.attribute("when").empty()) {
      unconditional += value;
      found = true;
    } else {
      conditional += value;
      conditions.insert(std::string(group.attribute("when")));
    }
  }
  if (found) return unconditional;
  return conditions.empty() ? 0 : conditional / static_cast<double>(conditions.size());
}

// Fills in clock, data and the outputs' polarity; false when the register is more than a rising-edge D flip-flop.
bool read_flip_flop(const LibertyGroup& ff, const LibertyGroup& group, Cell& cell, const std::string& where) {
  if (ff.find_attribute("clear") || ff.find_attribute("preset") || ff.arguments.size() < 2) return false;
  const BooleanFunction clock(ff.attribute("clocked_on"), where);
  const BooleanFunction next(ff.attribute("next_state"), where);
  if (clock.variables().size() != 1 || next.variables().size() != 1) return false;
  const auto one = [](const std::string&) { return true; };
  if (!clock.evaluate(one)) return false;
  const bool stores_complement = !next.evaluate(one);
  cell.clock = cell.input_index(clock.variables().front());
  cell.data = cell.input_index(next.variables().front());
  if (cell.clock < 0 || cell.data < 0 || cell.inputs.size() != 2) return false;
  for (OutputPin& output : cell.outputs) {
    for (const LibertyGroup& pin : group.groups) {
      if (pin.name != "pin" || pin.arguments.empty() || pin.arguments.front() != output.name) continue;
      const BooleanFunction function(pin.attribute("function", "0"), where);
      if (function.variables().size() != 1) return false;
      const bool of_state = function.variables().front() == ff.arguments[0];
      if (!of_state && function.variables().front() != ff.arguments[1]) return false;
      const bool complement_of_state = function.evaluate(one) != of_state;
      output.inverted = complement_of_state != stores_complement;
    }
  }
  return !cell.outputs.empty();
}

bool is_scan_or_gate(const LibertyGroup& cell) {
  return cell.find_attribute("clock_gating_integrated_cell") || cell.find_group("test_cell") || cell.find_group("latch") ||
         cell.find_group("statetable") || cell.attribute("dont_use") == "true";
}

bool read_functions(const LibertyGroup& group, Cell& cell, const std::string& where) {
  std::vector<std::string> names;
  for (const InputPin& input : cell.inputs) names.push_back(input.name);
  for (OutputPin& output : cell.outputs) {
    for (const LibertyGroup& pin : group.groups) {
      if (pin.name != "pin" || pin.arguments.empty() || pin.arguments.front() != output.name) continue;
      if (pin.find_attribute("three_state") || !pin.find_attribute("function")) return false;
      const BooleanFunction function(pin.attribute("function"), where);
      for (const std::string& v : function.variables()) {
        if (cell.input_index(v) < 0) return false;
      }
      output.function = tabulate(function, names);
    }
  }
  return !cell.outputs.empty();
}

}  // namespace

LibertyHeader read_header(const LibertyGroup& library, const std::string& origin) {
  LibertyHeader header;
  header.time = unit(std::string(library.attribute("time_unit", "1ns")), 's', 1e9, origin + ", time_unit");
  const LibertyAttribute* capacitance = library.find_attribute("capacitive_load_unit");
  header.capacitance = unit(capacitance ? joined(capacitance->values) : "1pf", 'f', 1e12, origin + ", capacitive_load_unit");
  const double volt = unit(std::string(library.attribute("voltage_unit", "1V")), 'v', 1, origin + ", voltage_unit");
  header.leakage = unit(std::string(library.attribute("leakage_power_unit", "1nW")), 'w', 1e9, origin + ", leakage_power_unit");
  header.energy = header.capacitance * volt * volt;  // Liberty: the internal energy unit is capacitance times voltage squared

  std::string_view supply = library.attribute("nom_voltage");
  const std::string_view chosen = library.attribute("default_operating_conditions");
  for (const LibertyGroup& group : library.groups) {
    if (group.name == "operating_conditions" && !group.arguments.empty() && group.arguments.front() == chosen) {
      supply = group.attribute("voltage", supply);
    }
    if (group.name != "lu_table_template" && group.name != "power_lut_template") continue;
    if (group.arguments.empty()) continue;
    auto& variables = header.template_variables[group.arguments.front()];
    auto& axes = header.template_axes[group.arguments.front()];
    for (const auto& [variable, index] : {std::pair("variable_1", "index_1"), std::pair("variable_2", "index_2")}) {
      if (const std::string_view v = group.attribute(variable); !v.empty()) variables.emplace_back(v);
      if (const LibertyAttribute* a = group.find_attribute(index)) axes.push_back(numbers(a->values, origin));
    }
  }
  if (supply.empty()) throw InputError(origin + ": the library gives no nom_voltage and no default operating conditions; without a supply voltage there is no energy. Add nom_voltage.");
  header.supply = Volts(number(supply, origin + ", nom_voltage") * volt);
  return header;
}

Cell read_cell(const LibertyGroup& group, const LibertyHeader& header, const std::string& origin) {
  Cell cell;
  cell.name = group.arguments.empty() ? "" : group.arguments.front();
  CellContext context{header, {}, origin + ", cell " + cell.name};
  cell.area = SquareMicrons(number(group.attribute("area", "0"), context.where));
  if (is_scan_or_gate(group)) return cell;
  for (const LibertyGroup& inner : group.groups) {
    if (inner.name == "pg_pin" && inner.attribute("pg_type").find("ground") != std::string_view::npos && !inner.arguments.empty()) {
      context.ground_rails.insert(inner.arguments.front());
    }
    if (inner.name == "bundle" || inner.name == "bus") return cell;
    if (inner.name != "pin" || inner.arguments.empty()) continue;
    const std::string_view direction = inner.attribute("direction");
    if (direction == "input") {
      cell.inputs.push_back({inner.arguments.front(), Picofarads(number(inner.attribute("capacitance", "0"), context.where) * header.capacitance), {}});
    } else if (direction == "output") {
      cell.outputs.push_back({});
      cell.outputs.back().name = inner.arguments.front();
    } else {
      return cell;
    }
  }
  const LibertyGroup* ff = group.find_group("ff");
  if (ff) {
    if (!read_flip_flop(*ff, group, cell, context.where)) return cell;
  } else if (cell.inputs.size() > TruthTable::max_inputs || !read_functions(group, cell, context.where)) {
    return cell;
  }
  cell.leakage = Nanowatts(read_leakage(group, context) * header.leakage);
  for (const LibertyGroup& pin : group.groups) {
    if (pin.name != "pin" || pin.arguments.empty()) continue;
    if (const int i = cell.input_index(pin.arguments.front()); i >= 0) {
      read_power(pin, cell, context, cell.inputs[static_cast<size_t>(i)].hidden_power);
    } else if (const int o = cell.output_index(pin.arguments.front()); o >= 0) {
      OutputPin& output = cell.outputs[static_cast<size_t>(o)];
      read_arcs(pin, cell, context, output.arcs);
      read_power(pin, cell, context, output.power);
    }
  }
  const bool timed = cell.inputs.empty() || std::all_of(cell.outputs.begin(), cell.outputs.end(), [](const OutputPin& o) { return !o.arcs.empty(); });
  if (timed) cell.kind = ff ? CellKind::flip_flop : CellKind::combinational;
  return cell;
}

}  // namespace macroscope::hardware
