// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "analysis/comparison/point_measurement.hpp"
#include "analysis/sweep/experiment.hpp"
#include "cli/hardware_options.hpp"
#include "cli/language_workload.hpp"

namespace macroscope::cli {

/// What an experiment needs of this installation: its model and text, its cell library.
class ExperimentSetup {
 public:
  /// Loads what `experiment` measures on: the embedded model on its held-out text and the default technology unless it
  /// names others. Throws InputError for a missing model, text or library.
  ExperimentSetup(const Context& context, const sweep::Experiment& experiment);

  sweep::SpecLoader loader() const;
  /// See comparison::experiment_inputs.
  nlohmann::json inputs() const;
  comparison::PointMeasurement measurement() const;

 private:
  std::optional<comparison::PointWorkload> workload() const;
  std::optional<comparison::PointHardware> hardware() const;

  const Context& context_;
  const sweep::Experiment& experiment_;
  std::optional<LanguageWorkload> language_;
  std::optional<hardware::CellLibrary> technology_;
};

}  // namespace macroscope::cli
