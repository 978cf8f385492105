// SPDX-License-Identifier: Apache-2.0
// Refusing unknown keys in an experiment.
#pragma once

#include <string>
#include <vector>

namespace YAML {
class Node;
}

namespace macroscope::sweep {

/// Throws InputError unless `map` is a YAML map whose keys are all among `known`; the message names the nearest known
/// key (fewest edits) and lists all of them. `where` begins the message.
void require_known_keys(const YAML::Node& map, const std::vector<std::string>& known, const std::string& where);

}  // namespace macroscope::sweep
