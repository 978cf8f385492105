// SPDX-License-Identifier: Apache-2.0
// Measuring the points of an experiment that the store does not have yet.
#pragma once

#include <functional>
#include <vector>

#include "analysis/sweep/experiment.hpp"
#include "analysis/sweep/result_store.hpp"

namespace macroscope::sweep {

/// Measures one point. Called from several threads at once when more than one is asked for.
using Measure = std::function<ResultRow(const SweepPoint&)>;

struct Progress {
  std::size_t done = 0;      // points in the store, earlier runs included
  std::size_t total = 0;
  std::size_t reused = 0;    // of `done`, those found in the store
  const SweepPoint* point = nullptr;  // the point just finished; none at the start
};

struct ExecutorOptions {
  unsigned threads = 1;
  std::function<void(const Progress&)> on_progress;  // called in turn, never concurrently
};

/// Measures what the store lacks, commits each point as it is done and returns the points of this experiment in
/// order. When a measurement throws, no further point is started, those running are finished and stored, and the first
/// exception is rethrown: the next call goes on from there.
std::vector<StoredPoint> run_sweep(const Experiment& experiment, const std::vector<SweepPoint>& points, ResultStore& store,
                                   const Measure& measure, const ExecutorOptions& options = {});

}  // namespace macroscope::sweep
