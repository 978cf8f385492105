// SPDX-License-Identifier: Apache-2.0
#include "workloads/recording_matmul.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace macroscope::workloads {

bool matches(const std::string& pattern, const std::string& site) { return fnmatch(pattern.c_str(), site.c_str(), 0) == 0; }

RecordingMatmul::RecordingMatmul(Matmul& inner, std::vector<std::string> patterns, Limits limits)
    : inner_(inner), patterns_(std::move(patterns)), limits_(limits) {}

void RecordingMatmul::multiply(const MatmulSite& site, MatrixView a, MatrixView b, MutableMatrixView c) {
  const bool chosen = patterns_.empty() || std::any_of(patterns_.begin(), patterns_.end(),
                                                       [&](const auto& pattern) { return matches(pattern, site.name); });
  if (chosen) record(site, a, b);
  inner_.multiply(site, a, b, c);
}

void RecordingMatmul::record(const MatmulSite& site, MatrixView a, MatrixView b) {
  for (const TracedSite& known : sites_)
    if (known.name == site.name) return;
  TracedSite traced{site.name, Matrix(std::min(limits_.tokens, a.rows), a.cols), Matrix(std::min(limits_.rows, b.rows), b.cols),
                    a.rows, b.rows, a.cols};
  for (std::int64_t r = 0; r < traced.activation.rows(); ++r) std::copy_n(a.row(r), a.cols, traced.activation.row(r));
  for (std::int64_t r = 0; r < traced.weight.rows(); ++r)
    std::copy_n(b.row(r * b.rows / traced.weight.rows()), b.cols, traced.weight.row(r));
  sites_.push_back(std::move(traced));
}

}  // namespace macroscope::workloads
