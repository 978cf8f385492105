// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/context.hpp"

namespace macroscope::cli {

/// A verb's file defines one of these at namespace scope:
///   const Verb verb{"synth", "area, timing and energy from gates", [](CLI::App& verb, Context& context) { ... }};
/// The function declares the verb's options and sets its callback. Registration order does not matter: help lists verbs by
/// name within the groups that main.cpp prints.
class Verb {
 public:
  using Declare = void (*)(CLI::App& verb, Context& context);
  Verb(std::string name, std::string description, Declare declare);
};

/// Adds every registered verb to `app`.
void add_verbs(CLI::App& app, Context& context);

}  // namespace macroscope::cli
