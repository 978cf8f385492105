// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "analysis/sweep/executor.hpp"
#include "analysis/sweep/stored_sweep.hpp"
#include "cli/experiment_setup.hpp"
#include "cli/progress.hpp"
#include "cli/verb.hpp"
#include "formats/atomic_file.hpp"
#include "reports/csv.hpp"
#include "reports/number.hpp"

namespace macroscope::cli {
namespace {

struct Options {
  std::string experiment;
  std::string out;
  std::string keep;
};

std::string cell(const ResultRow& row, const char* metric, double unit = 1.0) {
  const auto found = row.metrics.find(metric);
  return found != row.metrics.end() && found->second.value ? reports::significant(*found->second.value / unit, 4) : "-";
}

void print_table(const std::vector<sweep::StoredPoint>& points) {
  fmt::print("{:<30} {:>11} {:>9} {:>10} {:>9} {:>9}\n", "point", "perplexity", "KL mnat", "area um2", "settled", "glitch pJ");
  for (const sweep::StoredPoint& point : points)
    fmt::print("{:<30} {:>11} {:>9} {:>10} {:>9} {:>9}\n", point.row.mac, cell(point.row, "perplexity"), cell(point.row, "kl", 1e-3),
               cell(point.row, "area"), cell(point.row, "energy_per_mac_settled"), cell(point.row, "energy_per_mac_glitch"));
}

std::function<void(const sweep::Progress&)> report_to(Progress& bar) {
  return [&bar](const sweep::Progress& progress) {
    const double fraction = progress.total == 0 ? 1.0 : static_cast<double>(progress.done) / static_cast<double>(progress.total);
    bar.update(fraction, fmt::format("{} of {} points{}{}", progress.done, progress.total,
                                     progress.reused > 0 ? fmt::format(" ({} from the store)", progress.reused) : "",
                                     progress.point != nullptr ? ", last " + progress.point->spec.name : ""));
  };
}

/// Stored rows travel with the repository: what they were measured with stays, the paths of this machine do not.
void keep(const std::filesystem::path& file, sweep::StoredSweep sweep) {
  sweep.provenance.erase("command");
  sweep::save_stored_sweep(file, sweep);
}

void run(Context& context, const Options& options) {
  const sweep::Experiment experiment = sweep::parse_experiment(options.experiment);
  const ExperimentSetup setup(context, experiment);
  const nlohmann::json inputs = setup.inputs();
  const std::vector<sweep::SweepPoint> points = sweep::expand(experiment, setup.loader(), inputs);
  const std::filesystem::path folder = options.out.empty() ? std::filesystem::path("out") / "sweeps" / experiment.name : std::filesystem::path(options.out);
  sweep::ResultStore store(folder / "results.sqlite");
  comparison::PointMeasurement measurement = setup.measurement();
  Progress bar("sweep " + experiment.name);
  const auto stored = sweep::run_sweep(experiment, points, store, std::ref(measurement), {1, report_to(bar)});

  ResultSet results{context.provenance(), {}};
  results.provenance["experiment"] = experiment.name;
  results.provenance["inputs"] = inputs;
  for (const sweep::StoredPoint& point : stored) results.rows.push_back(point.row);
  write_file_atomically(folder / "results.json", to_json(results).dump(1) + "\n");
  write_file_atomically(folder / "results.csv", reports::to_csv(results));
  if (!options.keep.empty()) keep(options.keep, {experiment.name, inputs, context.provenance(), stored});
  if (context.json) Context::print(to_json(results));
  else print_table(stored);
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("EXPERIMENT", options.experiment, "An experiment file: a base spec, axes over its fields, what to measure")->required();
  verb.add_option("--out", options.out, "Folder of the result store; default: out/sweeps/NAME. Run again, a sweep goes on where it was");
  verb.add_option("--keep", options.keep, "Also write the rows to this JSON file, as stored data for reports");
  context.add_json_option(verb);
  verb.footer("Example: macroscope sweep configs/sweeps/fp8-window.yaml");
  verb.callback([&context] { run(context, options); });
}

const Verb registered{"sweep", "Many configurations of a MAC; killed and started again it resumes", declare};

}  // namespace
}  // namespace macroscope::cli
