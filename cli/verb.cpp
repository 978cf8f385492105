// SPDX-License-Identifier: Apache-2.0
#include "cli/verb.hpp"

#include <map>
#include <utility>

namespace macroscope::cli {
namespace {

using Registry = std::map<std::string, std::pair<std::string, Verb::Declare>>;

Registry& registry() {
  static Registry verbs;
  return verbs;
}

}  // namespace

Verb::Verb(std::string name, std::string description, Declare declare) {
  registry().emplace(std::move(name), std::pair(std::move(description), declare));
}

void add_verbs(CLI::App& app, Context& context) {
  for (const auto& [name, verb] : registry()) {
    CLI::App* sub = app.add_subcommand(name, verb.first);
    verb.second(*sub, context);
  }
}

}  // namespace macroscope::cli
