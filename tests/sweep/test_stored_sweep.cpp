// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/stored_sweep.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "formats/input_error.hpp"
#include "tests/sweep/fixture.hpp"

namespace macroscope::sweep {
namespace {

StoredSweep made_up_sweep() {
  StoredSweep sweep{"window", {{"rtl", "aaaa"}, {"model", "bbbb"}}, {{"commit", "cccc"}}, {}};
  for (const SweepPoint& point : expand(test::window_experiment(4, 6), test::load_preset, {}))
    sweep.points.push_back({point.ordinal, point.coordinates, "", test::made_up_row(point)});
  return sweep;
}

TEST(StoredSweep, ComesBackAsItWasSaved) {
  const test::ScratchFolder folder;
  const StoredSweep saved = made_up_sweep();
  save_stored_sweep(folder / "w.json", saved);
  const StoredSweep loaded = load_stored_sweep(folder / "w.json");
  EXPECT_EQ(loaded.inputs, saved.inputs);
  EXPECT_EQ(loaded.provenance, saved.provenance);
  ASSERT_EQ(loaded.points.size(), 3U);
  EXPECT_EQ(to_json(loaded.points[2].row), to_json(saved.points[2].row));
  EXPECT_EQ(loaded.points[2].coordinates, saved.points[2].coordinates);
}

TEST(StoredSweep, IsFreshWhenEveryInputIsTheSame) {
  EXPECT_TRUE(stale_inputs(made_up_sweep(), {{"model", "bbbb"}, {"rtl", "aaaa"}}).empty());
}

TEST(StoredSweep, NamesTheInputsThatChanged) {
  EXPECT_THAT(stale_inputs(made_up_sweep(), {{"model", "bbbb"}, {"rtl", "dddd"}}), testing::ElementsAre("rtl"));
}

TEST(StoredSweep, AnInputKnownToOneSideOnlyIsStale) {
  EXPECT_THAT(stale_inputs(made_up_sweep(), {{"rtl", "aaaa"}, {"text", "eeee"}}), testing::ElementsAre("model", "text"));
}

TEST(StoredSweep, AMissingOrForeignFileIsRefused) {
  const test::ScratchFolder folder;
  EXPECT_THROW(load_stored_sweep(folder / "none.json"), InputError);
  std::ofstream(folder / "half.json") << R"({"schema": "macroscope.stored_sweep/1", "exper)";
  EXPECT_THROW(load_stored_sweep(folder / "half.json"), InputError);
  std::ofstream(folder / "other.json") << R"({"schema": "macroscope.results/1", "rows": []})";
  EXPECT_THROW(load_stored_sweep(folder / "other.json"), InputError);
}

}  // namespace
}  // namespace macroscope::sweep
