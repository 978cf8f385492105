// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/axis.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>

#include "analysis/sweep/strict_map.hpp"
#include "formats/input_error.hpp"

namespace macroscope::sweep {
namespace {

std::string flow_text(const YAML::Node& node) {
  YAML::Emitter out;
  out.SetMapFormat(YAML::Flow);
  out.SetSeqFormat(YAML::Flow);
  out << node;
  return out.c_str();
}

double number(const YAML::Node& range, const char* key, const std::string& where) {
  try {
    return range[key].as<double>();
  } catch (const YAML::Exception&) {
    throw InputError(fmt::format("{}: '{}' is '{}', which is not a number; write a range as {{from: 4, to: 24, step: 1}}.",
                                 where, key, flow_text(range[key])));
  }
}

std::vector<std::string> range_values(const YAML::Node& range, const std::string& where) {
  require_known_keys(range, {"from", "to", "step"}, where);
  for (const char* key : {"from", "to"})
    if (!range[key])
      throw InputError(fmt::format("{}: a range needs '{}'; write it as {{from: 4, to: 24, step: 1}}.", where, key));
  const double from = number(range, "from", where);
  const double to = number(range, "to", where);
  const double step = range["step"] ? number(range, "step", where) : 1.0;
  const double steps = std::floor((to - from) / step + 1e-9);
  if (step == 0.0 || steps < 0.0 || !std::isfinite(steps) || steps > 1e6)
    throw InputError(fmt::format("{}: the range from {} to {} in steps of {} never arrives; give a step with the sign of "
                                 "the difference.", where, from, to, step));
  std::vector<std::string> values;
  for (int i = 0; i <= static_cast<int>(steps); ++i) values.push_back(fmt::format("{:.12g}", from + i * step));
  return values;
}

std::vector<std::string> split_fields(const std::string& key) {
  std::vector<std::string> fields(1);
  for (const char c : key) {
    if (c == ',')
      fields.emplace_back();
    else if (c != ' ')
      fields.back() += c;
  }
  return fields;
}

}  // namespace

Axis parse_axis(const std::string& key, const YAML::Node& values, const std::string& origin) {
  const std::string where = fmt::format("{}: axis '{}'", origin, key);
  Axis axis{split_fields(key), {}};
  for (const std::string& field : axis.fields)
    if (field.empty() || field.front() == '.' || field.back() == '.' || field.find("..") != std::string::npos)
      throw InputError(where + " does not name a MacSpec field; write a dotted path such as dot.window.");
  if (values.IsMap()) {
    axis.values = range_values(values, where);
  } else if (values.IsSequence()) {
    for (const YAML::Node& value : values) axis.values.push_back(flow_text(value));
  } else if (values.IsScalar()) {
    axis.values.push_back(flow_text(values));
  }
  if (axis.values.empty())
    throw InputError(where + " has no values; give a list such as [7, 14, 24] or a range {from: 4, to: 24}.");
  std::vector<std::string> sorted = axis.values;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    throw InputError(fmt::format("{} lists the value {} twice; each point is measured once.", where, *twice));
  return axis;
}

}  // namespace macroscope::sweep
