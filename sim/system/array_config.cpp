// SPDX-License-Identifier: Apache-2.0
#include "sim/system/array_config.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"

namespace macroscope::system {
namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 40;

/// Where a number of the file goes, and what it may be.
struct Field {
  std::string key;
  std::int64_t* target;
  std::int64_t low;
  std::int64_t high;
  bool required;
};

void check_keys(const YAML::Node& node, const std::string& where, const std::vector<std::string>& accepted) {
  if (!node.IsMap()) throw InputError(where + ": expected a mapping such as {rows: 16}, found something else");
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (std::find(accepted.begin(), accepted.end(), key) == accepted.end())
      throw InputError(where + ": unknown key '" + key + "'" + accepted_words(key, accepted));
    if (!seen.insert(key).second) throw InputError(where + ": key '" + key + "' is given twice; keep one");
  }
}

std::int64_t whole_number(const YAML::Node& node, const std::string& where, const Field& field) {
  const std::string found = node.IsScalar() ? node.as<std::string>() : "a list or mapping";
  std::size_t used = 0;
  long long value = 0;
  try {
    value = std::stoll(found, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (!node.IsScalar() || used != found.size() || value < field.low || value > field.high)
    throw InputError(where + ": key '" + field.key + "': found '" + found + "', accepted are whole numbers from " +
                     std::to_string(field.low) + " to " + std::to_string(field.high));
  return value;
}

void read_fields(const YAML::Node& node, const std::string& where, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    if (node[field.key])
      *field.target = whole_number(node[field.key], where, field);
    else if (field.required)
      throw InputError(where + ": key '" + field.key + "' is missing; an array has rows, columns and lanes");
  }
}

void read_section(const YAML::Node& root, const std::string& origin, const std::string& key, const std::vector<Field>& fields) {
  if (!root[key]) return;
  std::vector<std::string> accepted;
  for (const Field& field : fields) accepted.push_back(field.key);
  check_keys(root[key], origin + ": " + key, accepted);
  read_fields(root[key], origin + ": " + key, fields);
}

}  // namespace

ArrayConfig parse_array_config(std::string_view yaml, const std::string& origin) {
  YAML::Node root;
  try {
    root = YAML::Load(std::string(yaml));
  } catch (const YAML::Exception& error) {
    throw InputError(origin + ": not YAML (" + error.what() + "); an array file begins with a line such as 'array: default'");
  }
  check_keys(root, origin, {"array", "rows", "columns", "lanes", "memory", "buffers"});
  ArrayConfig config;
  if (!root["array"] || !root["array"].IsScalar())
    throw InputError(origin + ": key 'array' is missing; it names the array, such as 'array: default'");
  config.name = root["array"].as<std::string>();
  std::int64_t lanes = config.lanes;
  read_fields(root, origin, {{"rows", &config.rows, 1, 4096, true}, {"columns", &config.columns, 1, 4096, true}, {"lanes", &lanes, 1, 1024, true}});
  config.lanes = static_cast<int>(lanes);
  read_section(root, origin, "memory",
               {{"bytes_per_cycle", &config.memory.bytes_per_cycle, 1, kLargest, false},
                {"latency", &config.memory.latency, 0, 1000000, false},
                {"burst_bytes", &config.memory.burst_bytes, 1, kLargest, false}});
  read_section(root, origin, "buffers",
               {{"weight_rows", &config.buffers.weight_rows, 1, kLargest, false},
                {"activation_bytes", &config.buffers.activation_bytes, 1, kLargest, false},
                {"partial_sum_bytes", &config.buffers.partial_sum_bytes, 1, kLargest, false},
                {"output_bytes", &config.buffers.output_bytes, 1, kLargest, false}});
  return config;
}

std::vector<std::string> array_names(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

ArrayConfig load_array_config(const std::string& name_or_file, const std::filesystem::path& folder) {
  std::filesystem::path path = name_or_file;
  const bool is_file = path.has_parent_path() || path.extension() == ".yaml" || path.extension() == ".yml";
  if (!is_file) {
    const std::vector<std::string> names = array_names(folder);
    if (std::find(names.begin(), names.end(), name_or_file) == names.end())
      throw InputError("array '" + name_or_file + "' is neither a file nor a name in " + folder.string() + accepted_words(name_or_file, names));
    path = folder / (name_or_file + ".yaml");
  }
  std::ifstream in(path);
  if (!in) throw InputError(path.string() + ": cannot be read; give an array's name from " + folder.string() + " or a YAML file");
  std::ostringstream text;
  text << in.rdbuf();
  return parse_array_config(text.str(), path.string());
}

nlohmann::json canonical_json(const ArrayConfig& config) {
  return {{"array", config.name},
          {"rows", config.rows},
          {"columns", config.columns},
          {"lanes", config.lanes},
          {"memory",
           {{"bytes_per_cycle", config.memory.bytes_per_cycle}, {"latency", config.memory.latency}, {"burst_bytes", config.memory.burst_bytes}}},
          {"buffers",
           {{"weight_rows", config.buffers.weight_rows},
            {"activation_bytes", config.buffers.activation_bytes},
            {"partial_sum_bytes", config.buffers.partial_sum_bytes},
            {"output_bytes", config.buffers.output_bytes}}}};
}

}  // namespace macroscope::system
