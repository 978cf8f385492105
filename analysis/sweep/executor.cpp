// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/executor.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

namespace macroscope::sweep {
namespace {

class Run {
 public:
  Run(const std::string& experiment, std::vector<const SweepPoint*> missing, Progress start, ResultStore& store,
      const Measure& measure, const ExecutorOptions& options)
      : experiment_(experiment), missing_(std::move(missing)), progress_(start), store_(store), measure_(measure),
        options_(options) {}

  void work() {
    while (const SweepPoint* point = next()) {
      try {
        ResultRow row = measure_(*point);
        store_.insert(experiment_, {point->ordinal, point->coordinates, point->identity, std::move(row)});
        report(*point);
      } catch (...) {
        stop(std::current_exception());
      }
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const SweepPoint* next() {
    const std::lock_guard lock(mutex_);
    return failure_ || next_ == missing_.size() ? nullptr : missing_[next_++];
  }
  void report(const SweepPoint& point) {
    const std::lock_guard lock(mutex_);
    ++progress_.done;
    progress_.point = &point;
    if (options_.on_progress) options_.on_progress(progress_);
  }
  void stop(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
  }

  const std::string& experiment_;
  std::vector<const SweepPoint*> missing_;
  Progress progress_;
  ResultStore& store_;
  const Measure& measure_;
  const ExecutorOptions& options_;
  std::mutex mutex_;
  std::size_t next_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<StoredPoint> run_sweep(const Experiment& experiment, const std::vector<SweepPoint>& points, ResultStore& store,
                                   const Measure& measure, const ExecutorOptions& options) {
  std::vector<const SweepPoint*> missing;
  for (const SweepPoint& point : points)
    if (!store.find(experiment.name, point.identity)) missing.push_back(&point);
  Progress progress;
  progress.total = points.size();
  progress.reused = progress.done = points.size() - missing.size();
  if (options.on_progress) options.on_progress(progress);

  const std::size_t wanted = std::max(1U, options.threads);
  const std::size_t count = std::min(wanted, std::max<std::size_t>(1, missing.size()));
  Run run(experiment.name, std::move(missing), progress, store, measure, options);
  std::vector<std::thread> helpers;
  for (std::size_t i = 1; i < count; ++i) helpers.emplace_back([&run] { run.work(); });
  run.work();
  for (std::thread& helper : helpers) helper.join();
  run.rethrow();

  std::vector<StoredPoint> stored;
  for (const SweepPoint& point : points)
    if (auto found = store.find(experiment.name, point.identity)) stored.push_back(std::move(*found));
  return stored;
}

}  // namespace macroscope::sweep
