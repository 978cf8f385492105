// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "workloads/matrix.hpp"

namespace macroscope::workloads {

/// Operands of one multiplication site as FP32: A = activation (tokens x K, consecutive tokens), B = weight (output channels
/// x K, a selection of rows).
struct TracedSite {
  std::string name;
  Matrix activation;
  Matrix weight;
  std::int64_t m = 0, n = 0, k = 0;  ///< shape of the whole product that these rows were taken from
};

/// A recorded stimulus. File: safetensors with tensors `SITE/activation` and `SITE/weight` (F32, F16 or BF16, two
/// dimensions, equal K) for each site. `__metadata__` of our own files: "schema" = "macroscope.trace/1", "sites" (JSON list
/// in order), "shapes" (JSON object SITE: {m, n, k}), and what describes the origin; a file without them is read too.
struct Trace {
  std::map<std::string, std::string> metadata;  ///< origin: model, model_sha256, text_sha256, library, ...
  std::vector<TracedSite> sites;                ///< in the order of the model

  /// Throws InputError if the file is no trace: no site, a half of one missing, K of both halves not equal, not 2-D.
  static Trace read(const std::filesystem::path& path);

  /// Writes the file; it appears complete or not at all. Throws InputError if it cannot be written.
  void write(const std::filesystem::path& path) const;

  /// The site of that name. Throws InputError with the sites there are.
  const TracedSite& site(const std::string& name) const;
};

}  // namespace macroscope::workloads
