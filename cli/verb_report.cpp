// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <fstream>

#include "cli/report_inputs.hpp"
#include "cli/verb.hpp"
#include "formats/input_error.hpp"

namespace macroscope::cli {
namespace {

struct Options {
  std::string results = "out/compare/results.json";
  std::string out;
};

ResultSet read_results(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw InputError(file + ": cannot read these results; give the path of a results.json that `macroscope compare` wrote.");
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw InputError(file + ": this is not JSON; give a results.json that `macroscope compare` wrote.");
  return result_set_from_json(json, file);
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("RESULTS", options.results, "A results.json")->capture_default_str();
  verb.add_option("--out", options.out, "Folder for the report; default: that of RESULTS");
  context.add_json_option(verb);
  verb.footer("Example: macroscope report out/compare/results.json --out out/again");
  verb.callback([&context] {
    reports::ReportInput input = report_input(context, read_results(options.results));
    const std::filesystem::path folder = options.out.empty() ? std::filesystem::path(options.results).parent_path() : std::filesystem::path(options.out);
    reports::write_report(input, folder);
    if (context.json) Context::print(to_json(input.results));
    else fmt::print("{}\n", (folder / "report.html").string());
  });
}

const Verb registered{"report", "The report of stored results, rendered again", declare};

}  // namespace
}  // namespace macroscope::cli
