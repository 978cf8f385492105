// SPDX-License-Identifier: Apache-2.0
// Measuring the points of an experiment: accuracy of the spec, cost of its unit.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "analysis/comparison/comparison.hpp"
#include "analysis/sweep/experiment.hpp"

namespace macroscope::comparison {

/// The accuracy side of an experiment.
struct PointWorkload {
  Workload workload;
  nlohmann::json identity;  ///< hashes and sizes of model and text
  accuracy::EvaluationOptions options;
};

/// The hardware side. Every point is characterised at the clock and, where its pipeline allows, with the register ranks of
/// the base, so that the points differ in the swept fields alone.
struct PointHardware {
  const hardware::CellLibrary* technology;
  hardware::CharacterisationOptions options;
};

/// What the rows of the experiment depend on besides the spec: `sweep::expand` puts it into every identity, and stored rows
/// are fresh while it stays the same. Hashes of model, text, RTL of the bases, cell library, script and stimulus.
nlohmann::json experiment_inputs(const sweep::Experiment& experiment, const sweep::SpecLoader& load,
                                 const std::optional<PointWorkload>& workload, const std::optional<PointHardware>& hardware);

/// Measures points of one experiment; the bases are characterised when the first of their points is. Not for several
/// threads at once: each measurement uses all of `options.threads` itself.
class PointMeasurement {
 public:
  PointMeasurement(sweep::SpecLoader load, std::optional<PointWorkload> workload, std::optional<PointHardware> hardware);

  /// A row with the metrics of the sides that there are.
  ResultRow operator()(const sweep::SweepPoint& point);

 private:
  void measure_hardware(const sweep::SweepPoint& point, ResultRow& row);

  sweep::SpecLoader load_;
  std::optional<PointWorkload> workload_;
  std::optional<PointHardware> hardware_;
  std::map<std::string, hardware::Characterisation> bases_;
};

}  // namespace macroscope::comparison
