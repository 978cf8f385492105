// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/executor.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>

#include "tests/sweep/fixture.hpp"

namespace macroscope::sweep {
namespace {

TEST(Executor, MeasuresEveryPointOnceAndReturnsThemInOrder) {
  const test::ScratchFolder folder;
  ResultStore store(folder / "s.sqlite");
  const Experiment experiment = test::window_experiment(4, 24);
  const auto points = expand(experiment, test::load_preset, {});
  for (const unsigned threads : {1U, 4U}) {
    const auto rows = run_sweep(experiment, points, store, test::made_up_row, {threads, nullptr});
    ASSERT_EQ(rows.size(), 21U);
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].row.metrics.at("area").value, 100.0 * (4.0 + i));
  }
}

TEST(Executor, ThreadsShareTheWorkWithoutRepeatingAny) {
  const test::ScratchFolder folder;
  ResultStore store(folder / "s.sqlite");
  std::atomic<int> measured{0};
  const Experiment experiment = test::window_experiment(4, 24);
  run_sweep(experiment, expand(experiment, test::load_preset, {}), store,
            [&](const SweepPoint& point) { ++measured; return test::made_up_row(point); }, {8, nullptr});
  EXPECT_EQ(measured, 21);
}

TEST(Executor, ASecondRunMeasuresNothing) {
  const test::ScratchFolder folder;
  ResultStore store(folder / "s.sqlite");
  const Experiment experiment = test::window_experiment(4, 8);
  const auto points = expand(experiment, test::load_preset, {});
  run_sweep(experiment, points, store, test::made_up_row);
  const auto rows = run_sweep(experiment, points, store,
                              [](const SweepPoint&) -> ResultRow { throw std::logic_error("measured again"); });
  EXPECT_EQ(rows.size(), 5U);
}

TEST(Executor, AFailedPointKeepsTheOthersAndTheNextRunGoesOnFromThere) {
  const test::ScratchFolder folder;
  ResultStore store(folder / "s.sqlite");
  const Experiment experiment = test::window_experiment(4, 8);
  const auto points = expand(experiment, test::load_preset, {});
  const Measure fails_at_6 = [](const SweepPoint& point) {
    if (point.spec.dot.window == 6) throw std::runtime_error("the synthesis ran out of time");
    return test::made_up_row(point);
  };
  EXPECT_THROW(run_sweep(experiment, points, store, fails_at_6), std::runtime_error);
  EXPECT_EQ(store.points("window").size(), 2U);
  int measured = 0;
  run_sweep(experiment, points, store, [&](const SweepPoint& point) { ++measured; return test::made_up_row(point); });
  EXPECT_EQ(measured, 3);
}

TEST(Executor, ProgressCountsWhatTheStoreAlreadyHad) {
  const test::ScratchFolder folder;
  ResultStore store(folder / "s.sqlite");
  const Experiment half = test::window_experiment(4, 6);
  const Experiment whole = test::window_experiment(4, 8);
  run_sweep(half, expand(half, test::load_preset, {}), store, test::made_up_row);
  std::vector<std::size_t> done;
  std::size_t reused = 0;
  run_sweep(whole, expand(whole, test::load_preset, {}), store, test::made_up_row, {2, [&](const Progress& progress) {
              done.push_back(progress.done);
              reused = progress.reused;
            }});
  EXPECT_THAT(done, testing::ElementsAre(3, 4, 5));
  EXPECT_EQ(reused, 3U);
}

}  // namespace
}  // namespace macroscope::sweep
