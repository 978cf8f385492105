// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/mac_spec.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"
#include "formats/table.hpp"
#include "formats/vector_codebook.hpp"
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

  /// A number above 0 and at most `high`; 0 where the key is missing.
  [[nodiscard]] double number(const std::string& key, double high) const {
    if (!has(key)) return 0;
    const std::string found = text(key);
    std::size_t used = 0;
    double value = 0;
    try {
      value = std::stod(found, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used != found.size() || !(value > 0) || value > high) {
      std::ostringstream most;
      most << high;
      throw InputError(at(key) + ": found '" + found + "', accepted are numbers above 0, " + most.str() + " at most");
    }
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

/// The scales of binary coding, codebooks and lattice points are fitted, so there is no rule to name.
ScaleSpec read_scale(const Section& s, bool fitted = false) {
  ScaleSpec scale;
  read_scale_encoding(s, scale);
  if (s.has("block") == s.has("granularity") && !(s.has("block") && s.text("granularity") == "block"))
    throw InputError(s.at("granularity") + ": say what one scale covers, either 'granularity: tensor|token|channel' or 'block: N'");
  scale.granularity = s.has("block") ? Granularity::block : s.choice("granularity", granularity_words());
  if (scale.granularity == Granularity::block) scale.block = s.integer("block", 1, 1024);
  if (fitted && s.has("rule")) throw InputError(s.at("rule") + ": the scales of planes, codebooks and lattice points follow from their fit; remove the key");
  if (!fitted) scale.rule = s.choice("rule", scale_rule_words());
  return scale;
}

Section scale_section(const Section& s) { return s.section("scale", {"encoding", "granularity", "block", "rule", "tensor"}); }

bool read_flag(const Section& s, const std::string& key) {
  static const Words<bool> words{{"true", true}, {"false", false}};
  return s.choice(key, words, false);
}

StoredSpec read_stored(const Section& s) {
  StoredSpec stored{formats::Element::parse(s.text("element"), s.at("element")), read_flag(s, "zero_point"), std::nullopt, 0};
  if (s.has("lookup")) stored.lookup = s.integer("lookup", 2, 256);
  if (s.has("pulses")) stored.pulses = s.integer("pulses", 1, 64);
  if (s.has("codebooks")) {
    const Section c = s.section("codebooks", {"books", "bits", "group"});
    stored.codebooks = CodebooksSpec{c.integer("books", 1, 16), c.integer("bits", 1, 16), c.integer("group", 1, 64)};
  }
  if (s.has("scale")) stored.scale = read_scale(scale_section(s), stored.is_fitted());
  if (s.has("microexponent")) stored.microexponent = s.integer("microexponent", 2, 256);
  return stored;
}

PlanesSpec read_planes(const Section& s) {
  return {s.integer("planes", 1, 8), read_flag(s, "offset"), s.choice("fit", fit_words(), greedy_rounds)};
}

OperandSpec read_operand(const Section& s) {
  OperandSpec operand{formats::Element::parse(s.text("element"), s.at("element")), std::nullopt, {}, {}};
  if (s.has("planes")) operand.planes = read_planes(s);
  for (const std::string key : {"offset", "fit"})
    if (s.has(key) && !operand.planes) throw InputError(s.at(key) + ": it belongs to binary coding; give 'planes: 1 ... 8' or remove the key");
  if (s.has("stored")) operand.stored = read_stored(s.section("stored", {"element", "zero_point", "scale", "microexponent", "lookup", "codebooks", "pulses"}));
  if (s.has("scale")) operand.scale = read_scale(scale_section(s), operand.is_fitted());
  operand.round = s.choice("round", rounding_words(), formats::Rounding::rne);
  operand.overflow = s.choice("overflow", overflow_words(), formats::Overflow::saturate);
  if (s.has("seed") && operand.round != formats::Rounding::stochastic) throw InputError(s.at("seed") + ": only 'round: stochastic' draws random words; remove the key");
  if (operand.round == formats::Rounding::stochastic) operand.seed = static_cast<std::uint64_t>(s.integer("seed", 0, std::numeric_limits<int>::max()));
  return operand;
}

MultiplySpec read_multiply(const Section& s) {
  MultiplySpec m;
  m.kind = s.choice("kind", multiplier_words());
  const bool lut = m.kind == Multiplier::lut;
  for (const std::string key : {"mu", "half"})
    if (s.has(key) && !lut) throw InputError(s.at(key) + ": only 'kind: lut' has it; remove the key");
  if (!lut) return m;
  m.mu = s.integer("mu", 2, 8);
  if (m.mu != 2 && m.mu != 4 && m.mu != 8) throw InputError(s.at("mu") + ": found " + std::to_string(m.mu) + ", accepted: 2, 4, 8");
  m.half = read_flag(s, "half");
  return m;
}

formats::Rounding read_rounding(const Section& s, formats::Rounding otherwise) {
  const auto round = s.choice("round", rounding_words(), otherwise);
  if (round != formats::Rounding::rne && round != formats::Rounding::truncate)
    throw InputError(s.at("round") + ": found '" + s.text("round") + "', accepted: rne, truncate");
  return round;
}

DotSpec read_dot(const Section& s) {
  DotSpec dot;
  dot.lanes = s.integer("lanes", 1, 256);
  dot.reduction = s.choice("reduction", reduction_words());
  const bool aligned = dot.reduction == Reduction::aligned;
  const bool by_adders = dot.reduction == Reduction::sequential || dot.reduction == Reduction::tree;
  if (s.has("window") != aligned)
    throw InputError(s.at("window") + (aligned ? ": an aligned reduction needs its window in bits (4 to 40)"
                                               : ": only 'reduction: aligned' has a window; remove it or change the reduction"));
  if (aligned) dot.window = s.integer("window", 4, 40);
  if (s.has("round") && !aligned) throw InputError(s.at("round") + ": only an aligned reduction cuts anything; remove it");
  if (s.has("multiply")) dot.multiply = read_multiply(s.section("multiply", {"kind", "mu", "half"}));
  dot.round = read_rounding(s, formats::Rounding::truncate);
  if (s.has("magnitude") && (!aligned || dot.round != formats::Rounding::truncate))
    throw InputError(s.at("magnitude") + ": it says which way an aligned reduction truncates, and this one does not; remove it");
  dot.magnitude = s.choice("magnitude", magnitude_words(), Magnitude::sign_magnitude);
  if (s.has("fused") && by_adders) throw InputError(s.at("fused") + ": sequential and tree reductions round at every addition; remove it");
  dot.fused = read_flag(s, "fused");
  if (s.has("product") && !by_adders) throw InputError(s.at("product") + ": only sequential and tree reductions round products; remove it");
  dot.round_products = s.choice("product", product_words(), false);
  dot.flush_subnormals = s.choice("subnormals", flush_words(), false);
  return dot;
}

ChunkSpec read_chunk(const Section& s) {
  ChunkSpec chunk{s.integer("length", 1, 1 << 20), AccumulatorFormat::parse(s.text("into"), s.at("into")), read_rounding(s, formats::Rounding::rne)};
  if (!chunk.into.is_floating()) throw InputError(s.at("into") + ": found '" + chunk.into.name() + "', accepted are floating-point formats such as fp32");
  return chunk;
}

AccumulateSpec read_accumulate(const Section& s) {
  AccumulateSpec a;
  a.format = AccumulatorFormat::parse(s.text("format"), s.at("format"));
  const bool floating = a.format.is_floating();
  if (floating && s.has("overflow"))
    throw InputError(s.at("overflow") + ": an " + a.format.name() + " accumulator overflows to infinity, or to NaN where it has none; remove the key");
  if (!floating && s.has("round")) throw InputError(s.at("round") + ": a fixed-point accumulator does not round; remove the key");
  a.bits = a.format.bits();
  if (a.format.is_kulisch()) a.bits = s.integer("bits", 16, 120);
  else if (s.has("bits")) throw InputError(s.at("bits") + ": only a kulisch accumulator has a width of its own; remove the key");
  a.overflow = s.choice("overflow", accumulator_overflow_words(), AccumulatorOverflow::wrap);
  a.round = read_rounding(s, formats::Rounding::rne);
  if (s.has("chunk")) a.chunk = read_chunk(s.section("chunk", {"length", "into", "round"}));
  return a;
}

SideSpec read_side(const Section& s) {
  SideSpec side{s.number("csr", 0.5), s.number("columns", 65504), s.has("low_rank") ? s.integer("low_rank", 1, 1024) : 0};
  if (side.csr == 0 && side.columns == 0 && side.low_rank == 0)
    throw InputError(s.at("csr") + ": a side lane needs 'csr: SHARE', 'columns: THRESHOLD' or 'low_rank: RANK'; give one or remove 'side'");
  return side;
}

MacSpec read_spec(const YAML::Node& root, const std::string& origin) {
  const Section s(root, origin, "spec", {"mac", "activation", "weight", "dot", "accumulate", "output", "side"});
  const std::vector<std::string> operand_keys{"element", "scale", "round", "seed", "overflow", "stored", "planes", "offset", "fit"};
  MacSpec spec{s.text("mac"), read_operand(s.section("activation", operand_keys)), read_operand(s.section("weight", operand_keys)),
               read_dot(s.section("dot", {"lanes", "reduction", "window", "round", "multiply", "magnitude", "fused", "product", "subnormals"})),
               read_accumulate(s.section("accumulate", {"format", "round", "bits", "overflow", "chunk"}))};
  if (s.has("output")) {
    const Section output = s.section("output", {"format"});
    if (output.text("format") != "fp32")
      throw InputError(output.at("format") + ": found '" + output.text("format") + "', accepted: fp32");
  }
  if (s.has("side")) spec.side = read_side(s.section("side", {"csr", "columns", "low_rank"}));
  check_combination(spec, origin);
  return spec;
}

nlohmann::ordered_json scale_json(const ScaleSpec& scale, bool fitted) {
  nlohmann::ordered_json j;
  j["encoding"] = encoding_word(scale);
  if (scale.block) j["block"] = scale.block;
  else j["granularity"] = word(granularity_words(), scale.granularity);
  if (!fitted) j["rule"] = word(scale_rule_words(), scale.rule);
  if (scale.tensor) j["tensor"] = "fp32";
  return j;
}

nlohmann::ordered_json stored_json(const StoredSpec& stored) {
  nlohmann::ordered_json j;
  j["element"] = stored.element.name();
  if (stored.zero_point) j["zero_point"] = true;
  if (stored.microexponent) j["microexponent"] = stored.microexponent;
  if (stored.lookup) j["lookup"] = stored.lookup;
  if (stored.codebooks) j["codebooks"] = {{"books", stored.codebooks->books}, {"bits", stored.codebooks->bits}, {"group", stored.codebooks->group}};
  if (stored.pulses) j["pulses"] = stored.pulses;
  if (stored.scale) j["scale"] = scale_json(*stored.scale, stored.is_fitted());
  return j;
}

nlohmann::ordered_json operand_json(const OperandSpec& operand) {
  nlohmann::ordered_json j;
  j["element"] = operand.element.name();
  if (operand.stored) j["stored"] = stored_json(*operand.stored);
  if (operand.planes) {
    j["planes"] = operand.planes->count;
    j["offset"] = operand.planes->offset;
    j["fit"] = word(fit_words(), operand.planes->rounds);
  }
  if (operand.scale) j["scale"] = scale_json(*operand.scale, operand.is_fitted());
  j["round"] = word(rounding_words(), operand.round);
  if (operand.round == formats::Rounding::stochastic) j["seed"] = operand.seed;
  j["overflow"] = word(overflow_words(), operand.overflow);
  return j;
}

nlohmann::ordered_json multiply_json(const MultiplySpec& multiply) {
  nlohmann::ordered_json j;
  j["kind"] = word(multiplier_words(), multiply.kind);
  if (multiply.kind == Multiplier::lut) {
    j["mu"] = multiply.mu;
    j["half"] = multiply.half;
  }
  return j;
}

nlohmann::ordered_json side_json(const SideSpec& side) {
  nlohmann::ordered_json j;
  if (side.csr > 0) j["csr"] = side.csr;
  if (side.columns > 0) j["columns"] = side.columns;
  if (side.low_rank) j["low_rank"] = side.low_rank;
  return j;
}

/// What a spec could not have said before a field existed is written only where it differs from what was then meant: stored
/// characterisations are found by this text.
nlohmann::ordered_json dot_json(const DotSpec& dot) {
  nlohmann::ordered_json j{{"lanes", dot.lanes}, {"reduction", word(reduction_words(), dot.reduction)}};
  if (dot.window) {
    j["window"] = dot.window;
    j["round"] = word(rounding_words(), dot.round);
  }
  if (dot.magnitude != Magnitude::sign_magnitude) j["magnitude"] = word(magnitude_words(), dot.magnitude);
  if (dot.fused) j["fused"] = true;
  if (dot.reduction == Reduction::sequential || dot.reduction == Reduction::tree) j["product"] = word(product_words(), dot.round_products);
  if (dot.multiply.kind != Multiplier::array) j["multiply"] = multiply_json(dot.multiply);
  if (dot.flush_subnormals) j["subnormals"] = word(flush_words(), true);
  return j;
}

nlohmann::ordered_json accumulate_json(const AccumulateSpec& a) {
  nlohmann::ordered_json j{{"format", a.format.name()}};
  if (a.format.is_floating()) j["round"] = word(rounding_words(), a.round);
  if (a.format.is_kulisch()) j["bits"] = a.bits;
  if (!a.format.is_floating()) j["overflow"] = word(accumulator_overflow_words(), a.overflow);
  if (a.chunk) j["chunk"] = {{"length", a.chunk->length}, {"into", a.chunk->into.name()}, {"round", word(rounding_words(), a.chunk->round)}};
  return j;
}

nlohmann::ordered_json ordered_canonical(const MacSpec& spec) {
  nlohmann::ordered_json j;
  j["mac"] = spec.name;
  j["activation"] = operand_json(spec.activation);
  j["weight"] = operand_json(spec.weight);
  j["dot"] = dot_json(spec.dot);
  j["accumulate"] = accumulate_json(spec.accumulate);
  j["output"] = {{"format", "fp32"}};
  if (spec.side) j["side"] = side_json(*spec.side);
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

StoredBits stored_bits(const OperandSpec& operand) {
  const auto& stored = operand.stored;
  const auto& scale = stored && stored->scale ? stored->scale : operand.scale;
  StoredBits bits;
  bits.element = stored ? stored->element.bits() : operand.planes ? operand.planes->count : operand.element.bits();
  if (stored && stored->lookup) {
    bits.element = formats::table_bits(static_cast<std::size_t>(stored->lookup));
    bits.region = stored->lookup * stored->element.bits();
    bits.granularity = Granularity::channel;
  }
  if (stored && stored->codebooks) {
    const CodebooksSpec& c = *stored->codebooks;
    bits.element = c.books * c.bits;
    bits.vector = c.group;
    bits.matrix = formats::AdditiveCodebooks{c.group, c.books, c.bits, {}}.book_bits(stored->element.bits());
  }
  if (stored && stored->pulses) {
    bits.element = formats::PyramidLattice(scale->block, stored->pulses).index_bits();
    bits.vector = scale->block;
  }
  if (!scale) return bits;
  if (scale->tensor) bits.matrix += 32;
  const int scales = operand.planes ? operand.planes->count + (operand.planes->offset ? 1 : 0) : 1;
  bits.region = scale->bits() * scales;
  bits.granularity = scale->granularity;
  bits.block = scale->block;
  if (stored && stored->zero_point) bits.region += stored->element.bits();
  if (stored && stored->microexponent) bits.region += scale->block / stored->microexponent;
  return bits;
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
