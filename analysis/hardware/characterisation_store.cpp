// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/characterisation_store.hpp"

#include "formats/atomic_file.hpp"
#include "formats/input_error.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::hardware {
namespace {

using nlohmann::json;

json energy_json(const CycleEnergy& e) {
  return {{"total_pj", e.total.value()},         {"ci95_pj", e.ci95 ? json(e.ci95->value()) : json()},
          {"internal_pj", e.internal.value()},   {"switching_pj", e.switching.value()},
          {"registers_pj", e.registers.value()}, {"clock_pj", e.clock.value()},
          {"leakage_pj", e.leakage.value()},     {"toggles", e.toggles}};
}

std::optional<CycleEnergy> energy_from(const json& j) {
  if (j.is_null()) return std::nullopt;
  const auto pj = [&](const char* key) { return Picojoules(j.at(key).get<double>()); };
  CycleEnergy e{pj("total_pj"), std::nullopt, pj("internal_pj"), pj("switching_pj"), pj("registers_pj"), pj("clock_pj"), pj("leakage_pj"), j.at("toggles").get<double>()};
  if (!j.at("ci95_pj").is_null()) e.ci95 = pj("ci95_pj");
  return e;
}

json provenance_json(const Provenance& p) {
  return {{"liberty_sha256", p.liberty_sha256}, {"rtl_sha256", p.rtl_sha256}, {"script_sha256", p.script_sha256}, {"stimulus_sha256", p.stimulus_sha256},
          {"engine", p.engine},                 {"tools", p.tools},           {"date", p.date},                   {"commit", p.commit}};
}

Provenance provenance_from(const json& j) {
  return {j.at("liberty_sha256"), j.at("rtl_sha256"), j.at("script_sha256"), j.at("stimulus_sha256"), j.at("engine"), j.at("tools"), j.at("date"), j.at("commit")};
}

json components_json(const std::map<std::string, SquareMicrons>& components) {
  json j = json::object();
  for (const auto& [name, area] : components) j[name] = area.value();
  return j;
}

}  // namespace

std::filesystem::path characterisation_path(const std::filesystem::path& store, const std::string& technology, const std::string& hardware_key) {
  return store / technology / (workloads::sha256(hardware_key.data(), hardware_key.size()).substr(0, 16) + ".json");
}

json to_json(const Characterisation& c) {
  const Depth& d = c.depth;
  return {{"schema", "macroscope.characterisation/1"},
          {"mac", c.mac},
          {"hardware", c.hardware_key},
          {"technology", c.technology},
          {"lanes", c.lanes},
          {"nand2_um2", c.nand2.value()},
          {"fastest_ns", c.fastest.value()},
          {"clock_ns", c.clock.value()},
          {"stages", d.stages()},
          {"cuts", d.cuts},
          {"ranks", d.ranks},
          {"area_um2", d.area.value()},
          {"flip_flop_area_um2", d.flip_flop_area.value()},
          {"flip_flops", d.flip_flops},
          {"cells", d.cells},
          {"critical_path_ns", d.critical_path.value()},
          {"leakage_nw", d.leakage.value()},
          {"components_um2", components_json(c.components)},
          {"energy_of_a_cycle", {{"settled", d.settled ? energy_json(*d.settled) : json()}, {"glitch", d.glitch ? energy_json(*d.glitch) : json()}, {"reason", c.energy_reason}}},
          {"provenance", provenance_json(c.provenance)}};
}

Characterisation characterisation_from_json(const json& j, const std::string& origin) try {
  if (j.at("schema") != "macroscope.characterisation/1") throw InputError(origin + ": its schema is " + j.at("schema").dump() + ", accepted is \"macroscope.characterisation/1\".");
  Characterisation c;
  c.mac = j.at("mac");
  c.hardware_key = j.at("hardware");
  c.technology = j.at("technology");
  c.lanes = j.at("lanes");
  c.nand2 = SquareMicrons(j.at("nand2_um2"));
  c.fastest = Nanoseconds(j.at("fastest_ns"));
  c.clock = Nanoseconds(j.at("clock_ns"));
  const json& energy = j.at("energy_of_a_cycle");
  c.depth = {j.at("cuts"), j.at("ranks"), SquareMicrons(j.at("area_um2")), SquareMicrons(j.at("flip_flop_area_um2")), j.at("flip_flops"), j.at("cells"),
             Nanoseconds(j.at("critical_path_ns")), Nanowatts(j.at("leakage_nw")), energy_from(energy.at("settled")), energy_from(energy.at("glitch"))};
  const json components = j.value("components_um2", json::object());
  for (const auto& [name, area] : components.items()) c.components[name] = SquareMicrons(area);
  c.energy_reason = energy.at("reason");
  c.provenance = provenance_from(j.at("provenance"));
  return c;
} catch (const json::exception& e) {
  throw InputError(origin + " is no stored characterisation: " + e.what() + ". Write it anew with 'macroscope synth --all --store'.");
}

std::optional<Characterisation> load_characterisation(const std::filesystem::path& store, const std::string& technology, const std::string& hardware_key) {
  const std::filesystem::path path = characterisation_path(store, technology, hardware_key);
  if (!std::filesystem::exists(path)) return std::nullopt;
  const json j = json::parse(workloads::read_file_text(path), nullptr, false);
  if (j.is_discarded()) throw InputError(path.string() + " is not JSON. Write it anew with 'macroscope synth --all --store'.");
  Characterisation c = characterisation_from_json(j, path.string());
  if (c.hardware_key != hardware_key) throw InputError(path.string() + " describes another unit than its name says. Write it anew with 'macroscope synth --all --store'.");
  c.from_store = true;
  return c;
}

void store_characterisation(const std::filesystem::path& store, const Characterisation& c) {
  write_file_atomically(characterisation_path(store, c.technology, c.hardware_key), to_json(c).dump(2) + "\n");
}

}  // namespace macroscope::hardware
