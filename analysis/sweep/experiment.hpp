// SPDX-License-Identifier: Apache-2.0
// An experiment: base specs, axes over their fields, and what to measure at each point.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "analysis/sweep/axis.hpp"
#include "sim/datapath/mac_spec.hpp"

namespace macroscope::sweep {

enum class Measurement { accuracy, hardware };

/// What an experiment file says. Keys: `experiment`, `base` (a name or file, or a list of them), `axes`, `measure`
/// (`accuracy`, `hardware` or both), `model`, `text`, `tokens` (0 = all), `sites`, `technology`.
struct Experiment {
  std::string name;
  std::vector<std::string> bases;
  std::vector<Axis> axes;
  std::vector<Measurement> measure;
  std::string model;
  std::string text;
  std::int64_t tokens = 0;
  std::string sites;
  std::vector<std::string> technology;  // Liberty files; empty = the default technology
};

/// Reads an experiment file. Throws InputError naming file, key, what was found and what is accepted.
Experiment parse_experiment(const std::filesystem::path& file);

/// The same from text; `origin` stands for the file in messages.
Experiment parse_experiment_text(const std::string& yaml, const std::string& origin);

/// One configuration of an experiment.
struct SweepPoint {
  std::size_t ordinal;           // position in the cartesian product, last axis fastest
  nlohmann::json coordinates;    // {"base": NAME, field: value, …}
  datapath::MacSpec spec;        // the base with the fields substituted, as MacSpec itself parsed it
  std::string identity;          // canonical JSON text of everything the measured row depends on
};

using SpecLoader = std::function<datapath::MacSpec(const std::string& name_or_file)>;

/// All points of the experiment: for every base, the cartesian product of the axes. A point is made by substituting
/// the values into the canonical YAML of the base and parsing that with MacSpec's own parser, so MacSpec decides what is
/// valid. `inputs` is what else a row depends on (hashes of model, text, RTL, library, options); it becomes part of
/// each identity, so a changed input is measured anew and never mixed with older rows.
/// Throws InputError when a point is refused, naming its coordinates.
std::vector<SweepPoint> expand(const Experiment& experiment, const SpecLoader& load, const nlohmann::json& inputs);

}  // namespace macroscope::sweep
