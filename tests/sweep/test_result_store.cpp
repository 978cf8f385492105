// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/result_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <fstream>

#include "formats/input_error.hpp"
#include "tests/sweep/fixture.hpp"

namespace macroscope::sweep {
namespace {

StoredPoint made_up_point(int window) {
  const auto points = expand(test::window_experiment(window, window), test::load_preset, {});
  return {points[0].ordinal, points[0].coordinates, points[0].identity, test::made_up_row(points[0])};
}

TEST(ResultStore, AStoredRowComesBackWholeAfterReopening) {
  const test::ScratchFolder folder;
  const StoredPoint point = made_up_point(9);
  { EXPECT_TRUE(ResultStore(folder / "s.sqlite").insert("e", point)); }
  const auto found = ResultStore(folder / "s.sqlite").find("e", point.identity);
  ASSERT_TRUE(found);
  EXPECT_EQ(to_json(found->row), to_json(point.row));
  EXPECT_EQ(found->coordinates, point.coordinates);
}

TEST(ResultStore, TheSamePointIsStoredOnceAndTheFirstRowStays) {
  const test::ScratchFolder folder;
  ResultStore store(folder / "s.sqlite");
  StoredPoint point = made_up_point(9);
  EXPECT_TRUE(store.insert("e", point));
  point.row.metrics["area"].value = 1.0;
  EXPECT_FALSE(store.insert("e", point));
  ASSERT_EQ(store.points("e").size(), 1U);
  EXPECT_EQ(store.points("e")[0].row.metrics["area"].value, 900.0);
}

TEST(ResultStore, ExperimentsDoNotSeeEachOther) {
  const test::ScratchFolder folder;
  ResultStore store(folder / "s.sqlite");
  store.insert("one", made_up_point(9));
  EXPECT_TRUE(store.points("two").empty());
  EXPECT_TRUE(store.insert("two", made_up_point(9)));
}

TEST(ResultStore, AFileThatIsNoDatabaseIsRefused) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "s.sqlite") << std::string(4096, 'x');
  EXPECT_THROW(ResultStore(folder / "s.sqlite"), InputError);
}

TEST(ResultStore, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  const test::ScratchFolder folder;
  {
    SQLite::Database other((folder / "s.sqlite").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE holidays (day TEXT)");
  }
  EXPECT_THROW(ResultStore(folder / "s.sqlite"), InputError);
  SQLite::Database other((folder / "s.sqlite").string());
  EXPECT_TRUE(other.tableExists("holidays"));
  EXPECT_FALSE(other.tableExists("point"));
}

TEST(ResultStore, AFolderThatCannotBeMadeIsRefused) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "file") << "x";
  EXPECT_THROW(ResultStore(folder / "file" / "s.sqlite"), InputError);
}

}  // namespace
}  // namespace macroscope::sweep
