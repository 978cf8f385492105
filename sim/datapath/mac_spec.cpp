// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/mac_spec.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"
#include "sim/datapath/spec_rules.hpp"
#include "sim/datapath/spec_words.hpp"

namespace macroscope::datapath {
namespace {

/// One mapping of the YAML file: every key must be asked for, so that a misspelt one cannot pass unseen.
class Section {
 public:
  Section(YAML::Node node, std::string origin, std::string path, std::vector<std::string> keys)
      : node_(std::move(node)), where_(origin + ": " + path), origin_(std::move(origin)), path_(std::move(path)) {
    if (!node_.IsMap()) throw InputError(where_ + ": expected a mapping such as {key: value}, found " + shown());
    std::set<std::string> seen;
    for (const auto& entry : node_) {
      const auto key = entry.first.as<std::string>();
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        throw InputError(where_ + ": unknown key '" + key + "'" + accepted_words(key, keys));
      if (!seen.insert(key).second) throw InputError(where_ + ": key '" + key + "' is given twice; keep one");
    }
  }

  [[nodiscard]] bool has(const std::string& key) const { return static_cast<bool>(node_[key]); }

  [[nodiscard]] Section section(const std::string& key, std::vector<std::string> keys) const {
    require(key);
    return {node_[key], origin_, join(key), std::move(keys)};
  }

  [[nodiscard]] std::string text(const std::string& key) const {
    require(key);
    if (!node_[key].IsScalar()) throw InputError(at(key) + ": expected one word, found a list or mapping");
    return node_[key].as<std::string>();
  }

  [[nodiscard]] int integer(const std::string& key, int low, int high) const {
    const std::string found = text(key);
    std::size_t used = 0;
    int value = 0;
    try {
      value = std::stoi(found, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used != found.size() || found.empty() || value < low || value > high)
      throw InputError(at(key) + ": found '" + found + "', accepted are integers from " + std::to_string(low) + " to " + std::to_string(high));
    return value;
  }

  template <class Enum>
  [[nodiscard]] Enum choice(const std::string& key, const Words<Enum>& words) const {
    const std::string found = text(key);
    for (const auto& [name, value] : words)
      if (name == found) return value;
    throw InputError(at(key) + ": unknown value '" + found + "'" + accepted_words(found, names(words)));
  }

  template <class Enum>
  [[nodiscard]] Enum choice(const std::string& key, const Words<Enum>& words, Enum otherwise) const {
    return has(key) ? choice(key, words) : otherwise;
  }

  [[nodiscard]] std::string at(const std::string& key) const { return origin_ + ": " + join(key); }

 private:
  void require(const std::string& key) const {
    if (!has(key)) throw InputError(where_ + ": key '" + key + "' is missing");
  }
  [[nodiscard]] std::string join(const std::string& key) const { return path_ == "spec" ? key : path_ + "." + key; }
  [[nodiscard]] std::string shown() const { return node_.IsScalar() ? "'" + node_.as<std::string>() + "'" : "a list"; }

  YAML::Node node_;
  std::string where_, origin_, path_;
};

void read_scale_encoding(const Section& s, ScaleSpec& scale) {
  scale.format = formats::parse_minifloat(s.text("encoding"));
  scale.encoding = scale.format ? ScaleEncoding::minifloat : s.choice("encoding", scale_encoding_words());
  scale.tensor = s.has("tensor");
  if (scale.tensor && s.text("tensor") != "fp32")
    throw InputError(s.at("tensor") + ": found '" + s.text("tensor") + "'; the scale above block scales is 'fp32', or leave the key out");
}

std::string encoding_word(const ScaleSpec& scale) {
  return scale.format ? scale.format->name : word(scale_encoding_words(), scale.encoding);
}

ScaleSpec read_scale(const Section& s) {
  ScaleSpec scale;
  read_scale_encoding(s, scale);
  if (s.has("block") == s.has("granularity") && !(s.has("block") && s.text("granularity") == "block"))
    throw InputError(s.at("granularity") + ": say what one scale covers, either 'granularity: tensor|token|channel' or 'block: N'");
  scale.granularity = s.has("block") ? Granularity::block : s.choice("granularity", granularity_words());
  if (scale.granularity == Granularity::block) scale.block = s.integer("block", 1, 1024);
  scale.rule = s.choice("rule", scale_rule_words());
  return scale;
}

OperandSpec read_operand(const Section& s) {
  OperandSpec operand{formats::Element::parse(s.text("element"), s.at("element")), std::nullopt, {}, {}};
  if (s.has("scale")) operand.scale = read_scale(s.section("scale", {"encoding", "granularity", "block", "rule", "tensor"}));
  operand.round = s.choice("round", rounding_words(), formats::Rounding::rne);
  operand.overflow = s.choice("overflow", overflow_words(), formats::Overflow::saturate);
  return operand;
}

DotSpec read_dot(const Section& s) {
  DotSpec dot;
  dot.lanes = s.integer("lanes", 1, 256);
  dot.reduction = s.choice("reduction", reduction_words());
  const bool aligned = dot.reduction == Reduction::aligned;
  if (s.has("window") != aligned)
    throw InputError(s.at("window") + (aligned ? ": an aligned reduction needs its window in bits (4 to 40)"
                                               : ": only 'reduction: aligned' has a window; remove it or change the reduction"));
  if (aligned) dot.window = s.integer("window", 4, 40);
  if (s.has("round") && s.choice("round", rounding_words()) != formats::Rounding::truncate)
    throw InputError(s.at("round") + ": aligned products are cut by 'truncate'; rounding them is not modelled");
  if (s.has("round") && !aligned) throw InputError(s.at("round") + ": only an aligned reduction cuts anything; remove it");
  return dot;
}

AccumulateSpec read_accumulate(const Section& s) {
  AccumulateSpec a;
  a.format = s.choice("format", accumulator_words());
  const bool fp32 = a.format == AccumulatorFormat::fp32;
  if (fp32 && s.has("overflow")) throw InputError(s.at("overflow") + ": an fp32 accumulator overflows to infinity; remove the key");
  if (!fp32 && s.has("round")) throw InputError(s.at("round") + ": a fixed-point accumulator does not round; remove the key");
  if (fp32 && s.choice("round", rounding_words(), formats::Rounding::rne) != formats::Rounding::rne)
    throw InputError(s.at("round") + ": an fp32 accumulator rounds to nearest even; accepted: rne");
  if (a.format == AccumulatorFormat::kulisch) a.bits = s.integer("bits", 16, 120);
  else if (s.has("bits")) throw InputError(s.at("bits") + ": only a kulisch accumulator has a width of its own; remove the key");
  a.overflow = s.choice("overflow", accumulator_overflow_words(), AccumulatorOverflow::wrap);
  return a;
}

MacSpec read_spec(const YAML::Node& root, const std::string& origin) {
  const Section s(root, origin, "spec", {"mac", "activation", "weight", "dot", "accumulate", "output"});
  const std::vector<std::string> operand_keys{"element", "scale", "round", "overflow"};
  MacSpec spec{s.text("mac"), read_operand(s.section("activation", operand_keys)), read_operand(s.section("weight", operand_keys)),
               read_dot(s.section("dot", {"lanes", "reduction", "window", "round"})),
               read_accumulate(s.section("accumulate", {"format", "round", "bits", "overflow"}))};
  if (s.has("output")) {
    const Section output = s.section("output", {"format"});
    if (output.text("format") != "fp32")
      throw InputError(output.at("format") + ": found '" + output.text("format") + "', accepted: fp32");
  }
  check_combination(spec, origin);
  return spec;
}

nlohmann::ordered_json operand_json(const OperandSpec& operand) {
  nlohmann::ordered_json j;
  j["element"] = operand.element.name();
  if (operand.scale) {
    nlohmann::ordered_json scale;
    scale["encoding"] = encoding_word(*operand.scale);
    if (operand.scale->block) scale["block"] = operand.scale->block;
    else scale["granularity"] = word(granularity_words(), operand.scale->granularity);
    scale["rule"] = word(scale_rule_words(), operand.scale->rule);
    if (operand.scale->tensor) scale["tensor"] = "fp32";
    j["scale"] = scale;
  }
  j["round"] = word(rounding_words(), operand.round);
  j["overflow"] = word(overflow_words(), operand.overflow);
  return j;
}

nlohmann::ordered_json ordered_canonical(const MacSpec& spec) {
  nlohmann::ordered_json j;
  j["mac"] = spec.name;
  j["activation"] = operand_json(spec.activation);
  j["weight"] = operand_json(spec.weight);
  j["dot"] = {{"lanes", spec.dot.lanes}, {"reduction", word(reduction_words(), spec.dot.reduction)}};
  if (spec.dot.window) {
    j["dot"]["window"] = spec.dot.window;
    j["dot"]["round"] = "truncate";
  }
  j["accumulate"] = {{"format", word(accumulator_words(), spec.accumulate.format)}};
  if (spec.accumulate.format == AccumulatorFormat::fp32) j["accumulate"]["round"] = "rne";
  if (spec.accumulate.format == AccumulatorFormat::kulisch) j["accumulate"]["bits"] = spec.accumulate.bits;
  if (spec.accumulate.format != AccumulatorFormat::fp32)
    j["accumulate"]["overflow"] = word(accumulator_overflow_words(), spec.accumulate.overflow);
  j["output"] = {{"format", "fp32"}};
  return j;
}

/// JSON as YAML flow style: one line a top-level key, inner mappings in braces, no quotes (every word is a plain scalar).
std::string flow(const nlohmann::ordered_json& j) {
  if (j.is_string()) return j.get<std::string>();
  if (!j.is_object()) return j.dump();
  std::string text = "{";
  for (auto it = j.begin(); it != j.end(); ++it) text += (it == j.begin() ? "" : ", ") + it.key() + ": " + flow(it.value());
  return text + "}";
}

/// Scale codes at the unit's ports: one word where both operands have the same.
nlohmann::ordered_json block_scales_key(const MacSpec& spec) {
  const auto at_port = [](const OperandSpec& operand) -> nlohmann::ordered_json {
    if (!operand.has_unit_scale()) return "none";
    return encoding_word(*operand.scale);
  };
  const auto a = at_port(spec.activation), w = at_port(spec.weight);
  if (a != w) return {{"activation", a}, {"weight", w}};
  return a;
}

}  // namespace

int ScaleSpec::bits() const {
  if (format) return format->bits();
  return encoding == ScaleEncoding::e8m0 ? 8 : 32;
}

int OperandSpec::scale_fraction_bits() const {
  return has_unit_scale() && scale->encoding == ScaleEncoding::e8m0 ? element.block_fraction_bits() : 0;
}

MacSpec parse_mac_spec(std::string_view yaml, const std::string& origin) {
  try {
    return read_spec(YAML::Load(std::string(yaml)), origin);
  } catch (const YAML::Exception& e) {
    throw InputError(origin + ", line " + std::to_string(e.mark.line + 1) + ": not valid YAML (" + e.msg + ")");
  }
}

std::vector<std::string> preset_names(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".yaml") found.push_back(entry.path().stem().string());
  std::sort(found.begin(), found.end());
  return found;
}

MacSpec load_mac_spec(const std::string& name_or_file, const std::filesystem::path& folder) {
  std::filesystem::path file = folder / (name_or_file + ".yaml");
  const bool plain_name = name_or_file.find('/') == std::string::npos;
  if (!plain_name || !std::filesystem::exists(file)) file = name_or_file;
  std::ifstream stream(file);
  if (!stream || std::filesystem::is_directory(file))
    throw InputError("no MAC named '" + name_or_file + "' and no file of that name" + accepted_words(name_or_file, preset_names(folder)) + ", or a YAML file");
  std::ostringstream text;
  text << stream.rdbuf();
  return parse_mac_spec(text.str(), file.string());
}

nlohmann::json canonical_json(const MacSpec& spec) { return nlohmann::json::parse(ordered_canonical(spec).dump()); }

std::string canonical_yaml(const MacSpec& spec) {
  std::string text;
  const nlohmann::ordered_json j = ordered_canonical(spec);
  for (auto it = j.begin(); it != j.end(); ++it) text += it.key() + ": " + flow(it.value()) + "\n";
  return text;
}

std::string hardware_key(const MacSpec& spec) {
  nlohmann::ordered_json j = ordered_canonical(spec);
  nlohmann::ordered_json key;
  key["activation"] = j["activation"]["element"];
  key["weight"] = j["weight"]["element"];
  key["block_scales"] = block_scales_key(spec);
  key["dot"] = j["dot"];
  key["accumulate"] = j["accumulate"];
  return flow(key);
}

}  // namespace macroscope::datapath
