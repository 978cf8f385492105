// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/experiment.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <sstream>

#include "analysis/sweep/strict_map.hpp"
#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"

namespace macroscope::sweep {
namespace {

using nlohmann::json;

std::string scalar(const YAML::Node& node, const std::string& where, const std::string& key) {
  if (!node.IsScalar()) throw InputError(fmt::format("{}: '{}' must be a single value.", where, key));
  return node.as<std::string>();
}

/// A value or a list of values, as strings.
std::vector<std::string> words(const YAML::Node& node, const std::string& where, const std::string& key) {
  if (node.IsScalar()) return {node.as<std::string>()};
  std::vector<std::string> found;
  if (node.IsSequence())
    for (const YAML::Node& item : node) found.push_back(scalar(item, where, key));
  if (found.empty()) throw InputError(fmt::format("{}: '{}' must be a value or a list of values.", where, key));
  return found;
}

Measurement measurement(const std::string& word, const std::string& where) {
  if (word == "accuracy") return Measurement::accuracy;
  if (word == "hardware") return Measurement::hardware;
  throw InputError(fmt::format("{}: 'measure' has '{}'{}.", where, word, accepted_words(word, {"accuracy", "hardware"})));
}

std::int64_t token_count(const std::string& text, const std::string& where) {
  try {
    std::size_t used = 0;
    const long long count = std::stoll(text, &used);
    if (used == text.size() && count >= 0) return count;
  } catch (const std::logic_error&) {  // not a number, or too large for one: refused below
  }
  throw InputError(fmt::format("{}: 'tokens' is '{}'; give a whole number (0 means the whole text).", where, text));
}

json json_scalar(const std::string& yaml_text) {
  const json parsed = json::parse(yaml_text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_number() || parsed.is_boolean() ? parsed : json(yaml_text);
}

void substitute(YAML::Node node, const std::string& path, const std::string& value) {
  const std::size_t dot = path.find('.');
  const std::string key = path.substr(0, dot);
  if (dot == std::string::npos)
    node[key] = YAML::Load(value);
  else
    substitute(node[key], path.substr(dot + 1), value);
}

/// One assignment of a value to each axis: values[i] is an index into axes[i].values.
using Choice = std::vector<std::size_t>;

/// The next choice with the last axis fastest; false after the last one.
bool advance(Choice& choice, const std::vector<Axis>& axes) {
  for (std::size_t i = axes.size(); i-- > 0;) {
    if (++choice[i] < axes[i].values.size()) return true;
    choice[i] = 0;
  }
  return false;
}

/// `fp8_e4m3-window14`: the base's name and, for each axis, the last word of its first field and the value.
std::string point_name(const std::string& base, const std::vector<Axis>& axes, const Choice& choice) {
  std::string name = base;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::string& field = axes[i].fields.front();
    name += '-' + field.substr(field.rfind('.') + 1);
    for (const char c : axes[i].values[choice[i]])
      if (std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_') name += c;
  }
  return name;
}

SweepPoint make_point(std::size_t ordinal, const datapath::MacSpec& base, const std::string& base_name,
                      const Experiment& experiment, const Choice& choice, const json& inputs) {
  json coordinates{{"base", base_name}};
  YAML::Node document = YAML::Load(datapath::canonical_yaml(base));
  for (std::size_t i = 0; i < experiment.axes.size(); ++i)
    for (const std::string& field : experiment.axes[i].fields) {
      const std::string& value = experiment.axes[i].values[choice[i]];
      substitute(document, field, value);
      coordinates[field] = json_scalar(value);
    }
  document["mac"] = point_name(base_name, experiment.axes, choice);
  datapath::MacSpec spec = datapath::parse_mac_spec(
      YAML::Dump(document), fmt::format("experiment '{}' at {}", experiment.name, coordinates.dump()));
  std::string identity = json{{"spec", datapath::canonical_json(spec)}, {"inputs", inputs}}.dump();
  return {ordinal, std::move(coordinates), std::move(spec), std::move(identity)};
}

Experiment read(const YAML::Node& document, const std::string& origin) {
  require_known_keys(document, {"experiment", "base", "axes", "measure", "model", "text", "tokens", "sites", "technology"},
                     origin);
  for (const char* key : {"experiment", "base", "axes", "measure"})
    if (!document[key]) throw InputError(fmt::format("{}: '{}' is missing; an experiment needs it.", origin, key));

  Experiment experiment;
  experiment.name = scalar(document["experiment"], origin, "experiment");
  experiment.bases = words(document["base"], origin, "base");
  if (!document["axes"].IsMap())
    throw InputError(origin + ": 'axes' must map MacSpec fields to values, for example dot.window: {from: 4, to: 24}.");
  for (const auto& axis : document["axes"])
    experiment.axes.push_back(parse_axis(axis.first.as<std::string>(), axis.second, origin));
  for (const std::string& word : words(document["measure"], origin, "measure"))
    experiment.measure.push_back(measurement(word, origin));
  if (document["model"]) experiment.model = scalar(document["model"], origin, "model");
  if (document["text"]) experiment.text = scalar(document["text"], origin, "text");
  if (document["tokens"]) experiment.tokens = token_count(scalar(document["tokens"], origin, "tokens"), origin);
  if (document["sites"]) experiment.sites = scalar(document["sites"], origin, "sites");
  if (document["technology"]) experiment.technology = words(document["technology"], origin, "technology");
  return experiment;
}

}  // namespace

Experiment parse_experiment_text(const std::string& yaml, const std::string& origin) {
  try {
    return read(YAML::Load(yaml), origin);
  } catch (const YAML::ParserException& error) {
    throw InputError(fmt::format("{}: line {}: this is not YAML: {}.", origin, error.mark.line + 1, error.msg));
  }
}

Experiment parse_experiment(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    throw InputError(fmt::format("{}: cannot read this experiment file; give the path of a YAML file such as "
                                 "configs/sweeps/fp8-window.yaml.", file.string()));
  return parse_experiment_text(text.str(), file.string());
}

std::vector<SweepPoint> expand(const Experiment& experiment, const SpecLoader& load, const json& inputs) {
  std::vector<SweepPoint> points;
  for (const std::string& base_name : experiment.bases) {
    const datapath::MacSpec base = load(base_name);
    Choice choice(experiment.axes.size(), 0);
    do {
      points.push_back(make_point(points.size(), base, base_name, experiment, choice, inputs));
    } while (advance(choice, experiment.axes));
  }
  return points;
}

}  // namespace macroscope::sweep
