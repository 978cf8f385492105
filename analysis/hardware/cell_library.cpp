// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/cell_library.hpp"

#include <algorithm>
#include <set>

#include "analysis/hardware/cell_reader.hpp"
#include "formats/input_error.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::hardware {
namespace {

// Areas that a library's Liberty file gives wrongly, with what its LEF abstract (the layout's own outline) says.
struct AreaCorrection {
  const char* library;
  const char* cell;
  double found;
  const char* right;
};
constexpr AreaCorrection area_corrections[] = {
    {"osu018_stdcells", "OAI21X1", 23, "32"},
    {"osu018_stdcells", "NAND3X1", 36, "32"},
    {"osu018_stdcells", "LATCH", 0, "56"},
};

void correct_areas(LibertyGroup& library, std::vector<std::string>& corrections) {
  const std::string name = library.arguments.empty() ? "" : library.arguments.front();
  for (const AreaCorrection& c : area_corrections) {
    if (name != c.library) continue;
    for (LibertyGroup& cell : library.groups) {
      if (cell.name != "cell" || cell.arguments.empty() || cell.arguments.front() != c.cell) continue;
      for (LibertyAttribute& a : cell.attributes) {
        if (a.name != "area" || std::stod(a.values.front()) != c.found) continue;
        corrections.push_back(name + ": area of " + c.cell + " " + a.values.front() + " -> " + c.right + " (LEF)");
        a.values.front() = c.right;
      }
    }
  }
}

bool is_constraint(const LibertyGroup& timing) {
  return timing.find_group("rise_constraint") != nullptr || timing.find_group("fall_constraint") != nullptr;
}

// A pin with what timing needs: abc and OpenSTA read neither power nor waveforms from here.
LibertyGroup timing_pin(const LibertyGroup& pin) {
  static const std::set<std::string> kept{"direction", "capacitance", "rise_capacitance", "fall_capacitance", "function",
                                          "clock", "max_capacitance", "max_transition"};
  LibertyGroup out{pin.name, pin.arguments, {}, {}, pin.line};
  for (const LibertyAttribute& a : pin.attributes) {
    if (kept.count(a.name)) out.attributes.push_back(a);
  }
  for (const LibertyGroup& timing : pin.groups) {
    if (timing.name != "timing") continue;
    const std::string_view type = timing.attribute("timing_type", "combinational");
    if (type == "min_pulse_width" || (is_constraint(timing) && type != "setup_rising" && type != "hold_rising")) continue;
    LibertyGroup arc{timing.name, {}, {}, timing.groups, timing.line};
    for (const LibertyAttribute& a : timing.attributes) {
      if (a.name == "related_pin" || a.name == "timing_type" || a.name == "timing_sense") arc.attributes.push_back(a);
    }
    out.groups.push_back(std::move(arc));
  }
  return out;
}

// The largest value of a delay table, which ranks arcs that differ only in `when`.
double slowness(const LibertyGroup& timing) {
  double largest = -1e300;
  for (const LibertyGroup& table : timing.groups) {
    const LibertyAttribute* values = table.find_attribute("values");
    if (!values || (table.name != "cell_rise" && table.name != "cell_fall")) continue;
    for (const std::string& row : values->values) {
      for (const char* at = row.c_str(); *at;) {
        char* end = nullptr;
        const double v = std::strtod(at, &end);
        if (end == at) { ++at; continue; }
        largest = std::max(largest, v);
        at = end;
      }
    }
  }
  return largest;
}

void keep_slowest_of_conditional_arcs(LibertyGroup& pin) {
  std::vector<LibertyGroup> kept;
  for (LibertyGroup& arc : pin.groups) {
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const LibertyGroup& k) {
      return k.attribute("related_pin") == arc.attribute("related_pin") && k.attribute("timing_type") == arc.attribute("timing_type") &&
             k.attribute("timing_sense") == arc.attribute("timing_sense");
    });
    if (same == kept.end()) {
      kept.push_back(std::move(arc));
    } else if (slowness(arc) > slowness(*same)) {
      *same = std::move(arc);
    }
  }
  pin.groups = std::move(kept);
}

LibertyGroup timing_cell(const LibertyGroup& cell) {
  LibertyGroup out{cell.name, cell.arguments, {}, {}, cell.line};
  if (const LibertyAttribute* area = cell.find_attribute("area")) out.attributes.push_back(*area);
  for (const LibertyGroup& inner : cell.groups) {
    if (inner.name == "ff") out.groups.push_back(inner);
    if (inner.name != "pin") continue;
    LibertyGroup pin = timing_pin(inner);
    keep_slowest_of_conditional_arcs(pin);
    out.groups.push_back(std::move(pin));
  }
  return out;
}

LibertyGroup timing_header(const LibertyGroup& library) {
  static const std::set<std::string> kept{"delay_model", "time_unit", "voltage_unit", "current_unit", "pulling_resistance_unit",
                                          "leakage_power_unit", "capacitive_load_unit", "nom_process", "nom_voltage", "nom_temperature",
                                          "default_max_transition", "slew_derate_from_library"};
  LibertyGroup out{library.name, library.arguments, {}, {}, library.line};
  for (const LibertyAttribute& a : library.attributes) {
    if (kept.count(a.name) || a.name.find("threshold_pct") != std::string::npos) out.attributes.push_back(a);
  }
  for (const LibertyGroup& g : library.groups) {
    if (g.name == "lu_table_template") out.groups.push_back(g);
  }
  return out;
}

}  // namespace

int Cell::input_index(const std::string& pin) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].name == pin) return static_cast<int>(i);
  }
  return -1;
}

int Cell::output_index(const std::string& pin) const {
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].name == pin) return static_cast<int>(i);
  }
  return -1;
}

CellLibrary CellLibrary::read(const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> texts, origins;
  for (const std::filesystem::path& file : files) {
    texts.push_back(read_maybe_gzipped(file));
    origins.push_back(file.string());
  }
  return parse(texts, origins);
}

CellLibrary CellLibrary::parse(const std::vector<std::string>& texts, const std::vector<std::string>& origins) {
  if (texts.empty()) throw InputError("A technology needs at least one Liberty file; none was given.");
  CellLibrary library;
  std::string digests;
  std::map<std::string, LibertyGroup> usable;
  for (size_t f = 0; f < texts.size(); ++f) {
    LibertyGroup group = parse_liberty(texts[f], origins[f]);
    digests += workloads::sha256(texts[f].data(), texts[f].size());
    correct_areas(group, library.corrections_);
    const LibertyHeader header = read_header(group, origins[f]);
    if (f == 0) {
      library.name_ = group.arguments.empty() ? "unnamed" : group.arguments.front();
      library.supply_ = header.supply;
      library.time_unit_ = header.time;
      library.capacitance_unit_ = header.capacitance;
      library.merged_ = timing_header(group);
    } else if (header.supply != library.supply_ || header.time != library.time_unit_ || header.capacitance != library.capacitance_unit_) {
      throw InputError(origins[f] + ": its units or supply voltage differ from those of " + origins[0] +
                       "; files of one technology must agree. Give them as separate --liberty options.");
    } else {
      for (LibertyGroup& g : timing_header(group).groups) {
        const bool known = std::any_of(library.merged_.groups.begin(), library.merged_.groups.end(),
                                       [&](const LibertyGroup& k) { return k.name == g.name && k.arguments == g.arguments; });
        if (!known) library.merged_.groups.push_back(std::move(g));
      }
    }
    for (const LibertyGroup& inner : group.groups) {
      if (inner.name != "cell") continue;
      Cell cell = read_cell(inner, header, origins[f]);
      if (!library.index_.emplace(cell.name, library.cells_.size()).second) {
        throw InputError(origins[f] + ": the cell " + cell.name + " stands twice in the files of this technology. Leave one out.");
      }
      for (const OutputPin& output : cell.outputs) library.has_power_ |= !output.power.empty();
      if (cell.kind != CellKind::other) usable.emplace(cell.name, timing_cell(inner));
      library.cells_.push_back(std::move(cell));
    }
  }
  library.sha256_ = texts.size() == 1 ? digests : workloads::sha256(digests.data(), digests.size());
  static_cast<void>(library.nand2());  // throws when there is none
  // One flip-flop only: yosys would prefer a larger one with a true output to a small one with an inverter behind it.
  const std::string& flip_flop = library.flip_flop().name;
  for (auto& [name, cell] : usable) {
    if (library.find(name)->kind == CellKind::combinational || name == flip_flop) library.merged_.groups.push_back(std::move(cell));
  }
  return library;
}

const Cell* CellLibrary::find(const std::string& cell) const {
  const auto found = index_.find(cell);
  return found == index_.end() ? nullptr : &cells_[found->second];
}

namespace {

/// `cost` gives a cell's area as what is wanted, or nothing when it isn't.
template <class Cost>
const Cell& smallest(const std::vector<Cell>& cells, const std::string& library, const char* what, Cost cost) {
  const Cell* best = nullptr;
  double least = 0;
  for (const Cell& cell : cells) {
    const std::optional<double> area = cell.area.value() > 0 ? cost(cell) : std::nullopt;
    if (area && (!best || *area < least)) {
      best = &cell;
      least = *area;
    }
  }
  if (!best) {
    throw InputError("The technology " + library + " has no usable cells: no " + what +
                     " with area and timing tables was found. Give a Liberty file with gates and rising-edge D flip-flops.");
  }
  return *best;
}

std::optional<double> area_if_computes(const Cell& cell, TruthTable wanted) {
  const bool does = cell.kind == CellKind::combinational && cell.outputs.size() == 1 && cell.outputs.front().function == wanted;
  return does ? std::optional(cell.area.value()) : std::nullopt;
}

}  // namespace

const Cell& CellLibrary::nand2() const {
  return smallest(cells_, name_, "two-input NAND", [](const Cell& c) { return area_if_computes(c, {0b0111, 2}); });
}
const Cell& CellLibrary::inverter() const {
  return smallest(cells_, name_, "inverter", [](const Cell& c) { return area_if_computes(c, {0b01, 1}); });
}
const Cell& CellLibrary::flip_flop() const {
  const double inverter_area = inverter().area.value();
  return smallest(cells_, name_, "rising-edge D flip-flop", [&](const Cell& c) -> std::optional<double> {
    if (c.kind != CellKind::flip_flop) return std::nullopt;
    const bool all_inverted = std::all_of(c.outputs.begin(), c.outputs.end(), [](const OutputPin& o) { return o.inverted; });
    return c.area.value() + (all_inverted ? inverter_area : 0);
  });
}

std::string CellLibrary::normalised_liberty() const { return liberty_text(merged_); }

}  // namespace macroscope::hardware
