// SPDX-License-Identifier: Apache-2.0
// The rows of an experiment as data in the repository, with what they were measured from.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "analysis/sweep/result_store.hpp"

namespace macroscope::sweep {

/// An exported experiment. `inputs` are the hashes and options the rows depend on (those given to `expand`).
struct StoredSweep {
  std::string experiment;
  nlohmann::json inputs;
  nlohmann::json provenance;
  std::vector<StoredPoint> points;  // `identity` is not stored: it is spec and inputs
};

/// Writes `{"schema": "macroscope.stored_sweep/1", …}`, one line a point, atomically.
void save_stored_sweep(const std::filesystem::path& file, const StoredSweep& sweep);

/// Reads it back. Throws InputError when the file is missing, is no such JSON or has another schema.
StoredSweep load_stored_sweep(const std::filesystem::path& file);

/// The names of the inputs in which the stored rows differ from `current` (missing on one side counts as different);
/// empty means fresh.
std::vector<std::string> stale_inputs(const StoredSweep& sweep, const nlohmann::json& current);

}  // namespace macroscope::sweep
