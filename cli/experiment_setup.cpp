// SPDX-License-Identifier: Apache-2.0
#include "cli/experiment_setup.hpp"

#include <algorithm>

#include "formats/input_error.hpp"

namespace macroscope::cli {
namespace {

constexpr std::int64_t default_tokens = 8192;

bool measures(const sweep::Experiment& experiment, sweep::Measurement what) {
  return std::find(experiment.measure.begin(), experiment.measure.end(), what) != experiment.measure.end();
}

std::vector<std::filesystem::path> library_files(const sweep::Experiment& experiment) {
  if (experiment.technology.empty()) return {default_liberty};
  return {experiment.technology.begin(), experiment.technology.end()};
}

}  // namespace

ExperimentSetup::ExperimentSetup(const Context& context, const sweep::Experiment& experiment) : context_(context), experiment_(experiment) {
  if (!experiment.sites.empty() && experiment.sites != "linear" && experiment.sites != "all")
    throw InputError("experiment '" + experiment.name + "': 'sites' is '" + experiment.sites + "'; accepted: linear, all.");
  if (measures(experiment, sweep::Measurement::accuracy)) {
    LanguageOptions options;
    options.model = experiment.model.empty() ? "bookworm" : experiment.model;
    options.text = experiment.text;
    options.tokens = experiment.tokens == 0 ? default_tokens : experiment.tokens;
    language_ = load_language_workload(context, options);
  }
  if (measures(experiment, sweep::Measurement::hardware)) technology_ = hardware::CellLibrary::read(library_files(experiment));
}

sweep::SpecLoader ExperimentSetup::loader() const {
  return [this](const std::string& name_or_file) { return context_.mac(name_or_file); };
}

std::optional<comparison::PointWorkload> ExperimentSetup::workload() const {
  if (!language_) return std::nullopt;
  comparison::PointWorkload point;
  point.workload = {language_->model.name, language_->model.network.get(), &language_->windows};
  point.options.sites = experiment_.sites == "all" ? workloads::SitesPolicy::all : workloads::SitesPolicy::linear;
  point.options.threads = context_.threads;
  point.identity = {{"model", language_->model.sha256},
                    {"text", language_->text_sha256},
                    {"windows", language_->windows.windows},
                    {"window_tokens", language_->windows.length},
                    {"sites", experiment_.sites.empty() ? "linear" : experiment_.sites}};
  return point;
}

std::optional<comparison::PointHardware> ExperimentSetup::hardware() const {
  if (!technology_) return std::nullopt;
  return comparison::PointHardware{&*technology_, hardware_options(context_)};
}

nlohmann::json ExperimentSetup::inputs() const { return comparison::experiment_inputs(experiment_, loader(), workload(), hardware()); }

comparison::PointMeasurement ExperimentSetup::measurement() const { return {loader(), workload(), hardware()}; }

}  // namespace macroscope::cli
