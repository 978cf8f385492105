// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "formats/input_error.hpp"
#include "sim/system/array_config.hpp"

namespace macroscope::system::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::filesystem::path folder = std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "configs" / "array";

std::string refusal(const std::string& yaml) {
  try {
    parse_array_config(yaml, "my.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ArrayConfig, TheDefaultIsSixteenBySixteenUnitsOf32LanesAnd64BytesACycle) {
  const ArrayConfig array = load_array_config("default", folder);
  EXPECT_EQ(array.rows, 16);
  EXPECT_EQ(array.columns, 16);
  EXPECT_EQ(array.lanes, 32);
  EXPECT_EQ(array.memory.bytes_per_cycle, 64);
}

TEST(ArrayConfig, AFileThatLeavesThingsOutHasTheDefaultsOfTheHeader) {
  const ArrayConfig array = parse_array_config("{array: small, rows: 2, columns: 3, lanes: 4}", "my.yaml");
  EXPECT_EQ(array.name, "small");
  EXPECT_EQ(canonical_json(array)["buffers"], canonical_json(ArrayConfig())["buffers"]);
  EXPECT_EQ(canonical_json(array)["memory"], canonical_json(ArrayConfig())["memory"]);
}

TEST(ArrayConfig, TheCanonicalFormParsesBackToItself) {
  const nlohmann::json canonical = canonical_json(load_array_config("default", folder));
  EXPECT_EQ(canonical_json(parse_array_config(canonical.dump(), "canonical")), canonical);
}

TEST(ArrayConfig, AMisspeltKeyIsNamedWithTheNearestOne) {
  EXPECT_THAT(refusal("{array: a, rows: 2, colums: 3, lanes: 4}"), AllOf(HasSubstr("my.yaml"), HasSubstr("'colums'"), HasSubstr("columns")));
  EXPECT_THAT(refusal("{array: a, rows: 2, columns: 3, lanes: 4, memory: {bytes_per_cyle: 8}}"),
              AllOf(HasSubstr("memory"), HasSubstr("'bytes_per_cyle'"), HasSubstr("bytes_per_cycle")));
}

TEST(ArrayConfig, WhatIsMissingTwiceGivenOrOutOfRangeIsRefused) {
  EXPECT_THAT(refusal("{array: a, rows: 2, lanes: 4}"), HasSubstr("'columns' is missing"));
  EXPECT_THAT(refusal("{rows: 2, columns: 2, lanes: 4}"), HasSubstr("'array' is missing"));
  EXPECT_THAT(refusal("array: a\nrows: 2\nrows: 3\ncolumns: 2\nlanes: 4\n"), HasSubstr("'rows' is given twice"));
  EXPECT_THAT(refusal("{array: a, rows: 0, columns: 2, lanes: 4}"), AllOf(HasSubstr("found '0'"), HasSubstr("from 1 to")));
  EXPECT_THAT(refusal("{array: a, rows: 2.5, columns: 2, lanes: 4}"), HasSubstr("found '2.5'"));
  EXPECT_THAT(refusal("{array: a, rows: [2], columns: 2, lanes: 4}"), HasSubstr("a list or mapping"));
  EXPECT_THAT(refusal("{array: a, rows: 2, columns: 2, lanes: 4, memory: 64}"), HasSubstr("expected a mapping"));
  EXPECT_THAT(refusal("array: [a"), HasSubstr("not YAML"));
  EXPECT_THAT(refusal(""), HasSubstr("expected a mapping"));
}

TEST(ArrayConfig, AnUnknownNameListsTheArraysThereAre) {
  try {
    load_array_config("defualt", folder);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'defualt'"), HasSubstr("default")));
  }
  EXPECT_THROW(load_array_config("no/such/file.yaml", folder), InputError);
}

}  // namespace
}  // namespace macroscope::system::test
