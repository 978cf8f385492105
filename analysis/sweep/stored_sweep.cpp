// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/stored_sweep.hpp"

#include <fmt/format.h>

#include <fstream>
#include <set>

#include "formats/atomic_file.hpp"
#include "formats/input_error.hpp"

namespace macroscope::sweep {
namespace {

using nlohmann::json;
constexpr const char* schema = "macroscope.stored_sweep/1";

}  // namespace

void save_stored_sweep(const std::filesystem::path& file, const StoredSweep& sweep) {
  std::string text = fmt::format("{{\"schema\": \"{}\", \"experiment\": {},\n\"inputs\": {},\n\"provenance\": {},\n\"points\": [",
                                 schema, json(sweep.experiment).dump(), sweep.inputs.dump(1), sweep.provenance.dump(1));
  const char* separator = "\n";
  for (const StoredPoint& point : sweep.points) {
    text += separator + json{{"coordinates", point.coordinates}, {"row", to_json(point.row)}}.dump();
    separator = ",\n";
  }
  write_file_atomically(file, text + "\n]}\n");
}

StoredSweep load_stored_sweep(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw InputError(file.string() + ": cannot read these stored sweep rows; run `macroscope sweep` to make them.");
  try {
    const json document = json::parse(in);
    if (document.at("schema") != schema)
      throw InputError(fmt::format("{}: schema is {}, this program reads \"{}\"; run `macroscope sweep` again.",
                                   file.string(), document.at("schema").dump(), schema));
    StoredSweep sweep{document.at("experiment"), document.at("inputs"), document.at("provenance"), {}};
    for (const json& entry : document.at("points"))
      sweep.points.push_back({sweep.points.size(), entry.at("coordinates"), "", result_row_from_json(entry.at("row"), file.string())});
    return sweep;
  } catch (const json::exception& error) {
    throw InputError(fmt::format("{}: these are no stored sweep rows ({}); run `macroscope sweep` again.", file.string(),
                                 error.what()));
  }
}

std::vector<std::string> stale_inputs(const StoredSweep& sweep, const json& current) {
  std::set<std::string> names;
  for (const json* side : {&sweep.inputs, &current})
    for (const auto& item : side->items()) names.insert(item.key());
  std::vector<std::string> stale;
  for (const std::string& name : names)
    if (sweep.inputs.value(name, json()) != current.value(name, json())) stale.push_back(name);
  return stale;
}

}  // namespace macroscope::sweep
