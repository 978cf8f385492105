// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "formats/input_error.hpp"
#include "sim/datapath/has_rtl.hpp"

namespace macroscope::cli {

/// The MACs named, which must have RTL, or with `all` every preset that does; which ones do not is said on standard error.
/// Throws InputError, beginning with `verb`, when none is left.
inline std::vector<datapath::MacSpec> specs_with_rtl(const Context& context, const std::vector<std::string>& names, bool all, const std::string& verb) {
  std::vector<datapath::MacSpec> specs;
  for (const std::string& name : names) {
    specs.push_back(context.mac(name));
    datapath::require_rtl(specs.back());
  }
  std::vector<std::string> without;
  for (const std::string& name : all ? datapath::preset_names(context.mac_folder()) : std::vector<std::string>{}) {
    datapath::MacSpec spec = context.mac(name);
    if (datapath::has_rtl(spec)) specs.push_back(std::move(spec));
    else if (!spec.is_reference()) without.push_back(name);
  }
  if (!without.empty()) fmt::print(stderr, "{}: left out, for want of RTL: {}\n", verb, fmt::join(without, ", "));
  if (specs.empty()) throw InputError(verb + ": no MAC was named. Give preset names or YAML files, or --all for every preset with RTL.");
  return specs;
}

}  // namespace macroscope::cli
