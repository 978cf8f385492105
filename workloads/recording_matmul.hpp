// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "workloads/matmul.hpp"
#include "workloads/trace.hpp"

namespace macroscope::workloads {

/// `*` stands for any run of characters, `?` for one: "layers.*.mlp.up".
bool matches(const std::string& pattern, const std::string& site);

/// Multiplies by another Matmul and keeps operands of chosen sites on the way.
class RecordingMatmul : public Matmul {
 public:
  struct Limits {
    std::int64_t tokens = 64;  ///< rows of A kept of each site: the first ones
    std::int64_t rows = 8;     ///< rows of B kept of each site, evenly spread: row i * N / rows
  };

  /// Sites that match one of the patterns are recorded; no pattern: all.
  RecordingMatmul(Matmul& inner, std::vector<std::string> patterns, Limits limits);

  void multiply(const MatmulSite& site, MatrixView a, MatrixView b, MutableMatrixView c) override;

  /// What was recorded, in the order of first use. Attention products keep the first call (first window, first KV head).
  const std::vector<TracedSite>& sites() const { return sites_; }

 private:
  void record(const MatmulSite& site, MatrixView a, MatrixView b);

  Matmul& inner_;
  std::vector<std::string> patterns_;
  Limits limits_;
  std::vector<TracedSite> sites_;
};

}  // namespace macroscope::workloads
