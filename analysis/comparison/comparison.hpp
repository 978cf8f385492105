// SPDX-License-Identifier: Apache-2.0
// One row per MAC, model and technology out of accuracy, hardware and array.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analysis/accuracy/evaluation.hpp"
#include "analysis/hardware/characterisation.hpp"
#include "analysis/result.hpp"
#include "sim/system/array_config.hpp"
#include "workloads/llama.hpp"

namespace macroscope::comparison {

/// A model on a text.
struct Workload {
  std::string name;
  const workloads::Llama* network;
  const workloads::TokenWindows* windows;
};

/// Units of one technology, in the order of the specs that have hardware.
struct Technology {
  std::string name;
  std::string stimulus;
  std::vector<hardware::Characterisation> units;
};

/// Fraction of the work done, and what is being done.
using ComparisonProgress = std::function<void(double fraction, const std::string& what)>;

/// Accuracy of every spec on the workload, once, then for each technology the hardware metrics of its unit and the cycles
/// and joules of the workload's shapes on `array`. Rows are in the order of `specs` within each technology; a reference
/// spec gets one row without a technology, whose hardware metrics say that it has none. Without technologies the rows hold
/// accuracy alone.
std::vector<ResultRow> compare(const Workload& workload, const std::vector<datapath::MacSpec>& specs,
                               const std::vector<Technology>& technologies, const system::ArrayConfig& array,
                               const accuracy::EvaluationOptions& options, const ComparisonProgress& progress = {});

/// The specs that have hardware: all but the reference.
std::vector<datapath::MacSpec> with_hardware(const std::vector<datapath::MacSpec>& specs);

}  // namespace macroscope::comparison
