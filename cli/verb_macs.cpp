// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/verb.hpp"

namespace macroscope::cli {
namespace {

void declare(CLI::App& verb, Context& context) {
  static std::string name;
  verb.add_option("MAC", name, "Preset name or YAML file; without one, the presets are listed");
  context.add_json_option(verb);
  verb.footer("Example: macroscope macs mxfp8_e4m3");
  verb.callback([&context] {
    nlohmann::json rows = nlohmann::json::array();
    const std::vector<std::string> names = name.empty() ? datapath::preset_names(context.mac_folder()) : std::vector<std::string>{name};
    for (const std::string& preset : names) {
      const datapath::MacSpec spec = context.mac(preset);
      rows.push_back(datapath::canonical_json(spec));
      if (!context.json) fmt::print("{}{}", datapath::canonical_yaml(spec), preset == names.back() ? "" : "\n");
    }
    if (context.json) Context::print({{"schema", "macroscope.macs/1"}, {"provenance", context.provenance()}, {"rows", rows}});
  });
}

const Verb registered{"macs", "The MAC presets, or one spec, with every field written out", declare};

}  // namespace
}  // namespace macroscope::cli
