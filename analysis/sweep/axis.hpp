// SPDX-License-Identifier: Apache-2.0
// An axis of an experiment: one or more MacSpec fields and the values they take.
#pragma once

#include <string>
#include <vector>

namespace YAML {
class Node;
}

namespace macroscope::sweep {

/// One axis. Fields are dotted paths into a MacSpec document (`dot.window`); an axis with several fields moves them
/// together (`activation.scale.rule, weight.scale.rule`). A value is a YAML text, so that a map is a value as good as a
/// number.
struct Axis {
  std::vector<std::string> fields;
  std::vector<std::string> values;
};

/// Reads an axis from its YAML value: a list (`[floor, ceil]`), a range (`{from: 4, to: 24, step: 1}`, both ends
/// included, step 1 when not given, negative steps count down) or a single value.
/// `key` is the fields as written, separated by commas; `origin` names the file in messages.
/// Throws InputError on an empty list, an unknown range key, a range that never reaches its end, or a repeated value.
Axis parse_axis(const std::string& key, const YAML::Node& values, const std::string& origin);

}  // namespace macroscope::sweep
