// SPDX-License-Identifier: Apache-2.0
#include "analysis/comparison/point_measurement.hpp"

#include "rtl/unit_sources.hpp"

namespace macroscope::comparison {
namespace {

nlohmann::json hardware_inputs(const sweep::Experiment& experiment, const sweep::SpecLoader& load, const PointHardware& hardware) {
  nlohmann::json rtl;
  for (const std::string& base : experiment.bases) rtl[base] = rtl::rtl_hash(load(base), hardware.options.rtl_folder);
  return {{"rtl", rtl},
          {"library", hardware.technology->sha256()},
          {"script", rtl::content_hash({hardware::synthesis_script()})},
          {"stimulus", hardware::stimulus_hash(hardware.options.trace, hardware.options.recipe)},
          {"engine", hardware::measurement_engine}};
}

}  // namespace

nlohmann::json experiment_inputs(const sweep::Experiment& experiment, const sweep::SpecLoader& load,
                                 const std::optional<PointWorkload>& workload, const std::optional<PointHardware>& hardware) {
  nlohmann::json inputs = nlohmann::json::object();
  if (workload) inputs.update(workload->identity);
  if (hardware) inputs.update(hardware_inputs(experiment, load, *hardware));
  return inputs;
}

PointMeasurement::PointMeasurement(sweep::SpecLoader load, std::optional<PointWorkload> workload, std::optional<PointHardware> hardware)
    : load_(std::move(load)), workload_(std::move(workload)), hardware_(std::move(hardware)) {}

ResultRow PointMeasurement::operator()(const sweep::SweepPoint& point) {
  ResultRow row{point.spec.name, datapath::canonical_json(point.spec), "", "", "", {}};
  if (workload_) {
    const Workload& on = workload_->workload;
    row = accuracy::result_rows(accuracy::evaluate(*on.network, *on.windows, {point.spec}, workload_->options), on.name).front();
  }
  if (hardware_) measure_hardware(point, row);
  return row;
}

void PointMeasurement::measure_hardware(const sweep::SweepPoint& point, ResultRow& row) {
  const std::string base_name = point.coordinates.at("base");
  const hardware::CellLibrary& technology = *hardware_->technology;
  auto base = bases_.find(base_name);
  if (base == bases_.end())
    base = bases_.emplace(base_name, hardware::characterise({load_(base_name)}, technology, hardware_->options).front()).first;
  hardware::CharacterisationOptions options = hardware_->options;
  options.clock = base->second.clock;
  options.cuts = base->second.depth.cuts;
  const hardware::Characterisation unit = hardware::characterise({point.spec}, technology, options).front();
  row.technology = unit.technology;
  row.stimulus = options.trace.filename().string();
  row.metrics.merge(hardware::metrics(unit));
}

}  // namespace macroscope::comparison
