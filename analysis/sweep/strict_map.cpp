// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/strict_map.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"

namespace macroscope::sweep {

void require_known_keys(const YAML::Node& map, const std::vector<std::string>& known, const std::string& where) {
  if (!map.IsMap())
    throw InputError(fmt::format("{}: found no map of keys; accepted keys are {}.", where, fmt::join(known, ", ")));
  for (const auto& entry : map) {
    const std::string key = entry.first.as<std::string>();
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw InputError(fmt::format("{}: unknown key '{}'{}.", where, key, accepted_words(key, known)));
  }
}

}  // namespace macroscope::sweep
