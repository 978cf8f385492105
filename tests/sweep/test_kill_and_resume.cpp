// SPDX-License-Identifier: Apache-2.0
// A sweep killed with SIGKILL at arbitrary moments and started again loses nothing and doubles nothing.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "analysis/sweep/executor.hpp"
#include "tests/sweep/fixture.hpp"

namespace macroscope::sweep {
namespace {

/// Measures slowly and writes down, outside the store, that it did.
ResultRow slow_row(const SweepPoint& point, const std::filesystem::path& diary) {
  std::this_thread::sleep_for(std::chrono::milliseconds(4));
  std::ofstream(diary, std::ios::app) << point.spec.dot.window << '\n';
  return test::made_up_row(point);
}

std::size_t lines_of(const std::filesystem::path& diary) {
  std::ifstream in(diary);
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);) ++count;
  return count;
}

pid_t start_sweep(const std::filesystem::path& store, const std::filesystem::path& diary, unsigned threads) {
  const pid_t child = fork();
  if (child != 0) return child;
  ResultStore results(store);
  const Experiment experiment = test::window_experiment(4, 24);
  run_sweep(experiment, expand(experiment, test::load_preset, {}), results,
            [&](const SweepPoint& point) { return slow_row(point, diary); }, {threads, nullptr});
  _exit(0);
}

/// Runs the sweep in a child process that is killed `delay` after it has measured `points` more points; true when it
/// ended by itself before.
bool run_and_kill(const std::filesystem::path& store, const std::filesystem::path& diary, unsigned threads, std::size_t points,
                  std::chrono::microseconds delay) {
  const std::size_t enough = lines_of(diary) + points;
  const pid_t child = start_sweep(store, diary, threads);
  int status = 0;
  while (lines_of(diary) < enough) {
    if (waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  std::this_thread::sleep_for(delay);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class KilledSweep : public testing::TestWithParam<unsigned> {};

TEST_P(KilledSweep, ResumesUntilEveryPointIsThereExactlyOnce) {
  const test::ScratchFolder folder;
  const auto store = folder / "s.sqlite";
  const auto diary = folder / "diary";
  std::mt19937 random(20261122);
  std::uniform_int_distribution<int> delay(0, 9'000);
  std::uniform_int_distribution<std::size_t> more_points(0, 3);
  int kills = 0;
  std::size_t before = 0;
  while (!run_and_kill(store, diary, GetParam(), more_points(random), std::chrono::microseconds(delay(random)))) {
    ASSERT_LT(++kills, 200) << "the sweep makes no progress";
    const std::size_t now = ResultStore(store).points("window").size();
    EXPECT_GE(now, before) << "a committed row was lost";
    before = now;
  }
  EXPECT_GT(kills, 0) << "nothing was ever interrupted";

  const auto points = ResultStore(store).points("window");
  ASSERT_EQ(points.size(), 21U);
  for (std::size_t i = 0; i < points.size(); ++i) EXPECT_EQ(points[i].row.metrics.at("area").value, 100.0 * (4.0 + i));

  // only points that were being measured when the process died may have been measured more than once
  EXPECT_LE(lines_of(diary), 21U + static_cast<std::size_t>(kills) * GetParam());
}

INSTANTIATE_TEST_SUITE_P(OneOrMoreThreads, KilledSweep, testing::Values(1U, 3U));

}  // namespace
}  // namespace macroscope::sweep
