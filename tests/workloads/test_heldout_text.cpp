// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <zlib.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/workloads/scratch_folder.hpp"
#include "workloads/heldout_text.hpp"
#include "workloads/janeausten.hpp"

namespace macroscope::workloads {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::refusal;

const std::filesystem::path root = MACROSCOPE_SOURCE_DIR;

TEST(Verses, LoseTheirReferenceAndDoubledSpaces) {
  EXPECT_EQ(verses_as_text("Ruth1:1 Now  it came\nRuth1:2  And the name \n\n"), "Now it came\nAnd the name\n");
  EXPECT_EQ(verses_as_text(""), "");
}

TEST(Novel, ParagraphsBecomeLines) {
  EXPECT_EQ(paragraphs_as_text({"skipped", "", "  One  two", "three", "   ", "four"}, 1), "One two three\nfour\n");
}

TEST(Novel, TheHeldOutPartBeginsAtABlankLineInTheLastTwentieth) {
  std::vector<std::string> lines(100, "words");
  lines[90] = lines[97] = " ";
  EXPECT_EQ(first_heldout_line(lines), 97u);
}

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8), static_cast<char>(value)};
}

/// A record as R writes it: length, then a zlib stream of a character vector.
std::string record_of(const std::vector<std::string>& lines) {
  std::string content = "X\n" + big_endian(3) + big_endian(0x40000) + big_endian(0x30500) + big_endian(5) + "UTF-8" + big_endian(16) +
                        big_endian(static_cast<std::uint32_t>(lines.size()));
  for (const std::string& line : lines) content += big_endian(9 | 64 << 12) + big_endian(static_cast<std::uint32_t>(line.size())) + line;
  std::string packed(compressBound(content.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(content.data()), content.size());
  return big_endian(static_cast<std::uint32_t>(content.size())) + packed.substr(0, size);
}

class RData : public tests::WithScratchFolder {
 protected:
  static std::string six_novels() {
    std::string all;
    for (int i = 0; i < 6; ++i) all += record_of({"novel " + std::to_string(i), "", "end"});
    return all;
  }
};

TEST_F(RData, HoldsSixCharacterVectors) {
  const auto novels = read_novels(write("Rdata.rdb", six_novels()));
  EXPECT_THAT(novels.at("emma"), ElementsAre("novel 0", "", "end"));
  EXPECT_THAT(novels.at("sensesensibility"), ElementsAre("novel 5", "", "end"));
}

TEST_F(RData, DamagedDataIsRefusedWhereverItEnds) {
  const std::string whole = six_novels();
  for (std::size_t size = 0; size < whole.size(); ++size)
    ASSERT_THAT(refusal([&] { read_novels(write("Rdata.rdb", whole.substr(0, size))); }), HasSubstr("r-cran-janeaustenr")) << size;
  EXPECT_THAT(refusal([&] { read_novels(write("Rdata.rdb", whole + "x")); }), HasSubstr("more than six"));
  EXPECT_THAT(refusal([&] { read_novels(write("Rdata.rdb", std::string(64, '\xff'))); }), HasSubstr("claims"));
}

TEST(HeldoutText, IsTheTextThatTheModelWasTrainedWithout) {
  const auto description = root / "models/bookworm/heldout.json";
  try {
    find_novels(root / "build/texts");
  } catch (const InputError& missing) {
    GTEST_SKIP() << missing.what();
  }
  const EvaluationText text = heldout_text(description, root / "build/texts");
  const auto expected = nlohmann::json::parse(std::ifstream(description));
  EXPECT_EQ(text.bytes.size(), expected.at("bytes").get<std::size_t>());
  EXPECT_EQ(text.sha256, expected.at("sha256").get<std::string>());
}

using HeldoutFile = tests::WithScratchFolder;

TEST_F(HeldoutFile, AnotherTextThanRecordedIsRefusedWithThePackage) {
  std::filesystem::create_directories(folder_ / "usr/lib/R/site-library/janeaustenr/data");
  std::string all;
  for (int i = 0; i < 6; ++i) all += record_of({"one", "", "two"});
  write("usr/lib/R/site-library/janeaustenr/data/Rdata.rdb", all);
  const auto description = write("heldout.json", R"({"parts":[{"package":"r-cran-janeaustenr","selection":"emma lines 1..2","bytes":5,"sha256":"00"}]})");
  EXPECT_THAT(refusal([&] { heldout_text(description, folder_); }), testing::AllOf(HasSubstr("r-cran-janeaustenr"), HasSubstr("version here")));
  const auto shell = write("shell.json", R"({"parts":[{"package":"bible-kjv","selection":"'; echo x'","bytes":5,"sha256":"00"}]})");
  EXPECT_THAT(refusal([&] { heldout_text(shell, folder_); }), HasSubstr("no selection of Bible verses"));
}

TEST_F(HeldoutFile, AMissingOrEmptyTextIsNamed) {
  EXPECT_THAT(refusal([&] { text_from_file(folder_ / "none.txt"); }), HasSubstr("none.txt"));
  EXPECT_THAT(refusal([&] { text_from_file(write("empty.txt", "")); }), HasSubstr("is empty"));
}

}  // namespace
}  // namespace macroscope::workloads
