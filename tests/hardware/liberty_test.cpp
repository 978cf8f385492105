// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "analysis/hardware/cell_library.hpp"
#include "formats/input_error.hpp"
#include "tests/hardware/small_library.hpp"

namespace macroscope::hardware {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& text) {
  try {
    CellLibrary::parse({text}, {"file.lib"});
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TruthTable table(const std::string& expression, const std::vector<std::string>& inputs) {
  return tabulate(BooleanFunction(expression, "here"), inputs);
}

TEST(BooleanFunction, XorBindsTighterThanAndWhichBindsTighterThanOr) {
  const std::vector<std::string> abc{"A", "B", "C"};
  EXPECT_EQ(table("A B ^ C", abc), table("A * (B ^ C)", abc));
  EXPECT_EQ(table("A + B C", abc), table("A | (B & C)", abc));
  EXPECT_EQ(table("!A B", abc), table("(A') * B", abc));
  EXPECT_EQ(table("(A B)'", {"A", "B"}).bits, 0b0111U);
  EXPECT_EQ(table("1", {}).bits, 1U);
}

TEST(BooleanFunction, AGarbledExpressionIsRefusedWithItsPlace) {
  EXPECT_THROW(BooleanFunction("A + ", "here"), InputError);
  EXPECT_THROW(BooleanFunction("(A", "here"), InputError);
}

TEST(LookupTable, IsBilinearBetweenItsPointsAndContinuesBeyondThem) {
  const LookupTable t({1, 3}, {0, 10}, {0, 10, 4, 14});  // 2 (load - 1) + slew
  EXPECT_DOUBLE_EQ(t.at(1, 10), 10);
  EXPECT_DOUBLE_EQ(t.at(2, 5), 7);
  EXPECT_DOUBLE_EQ(t.at(5, 20), 28);
}

TEST(Liberty, UnitsOfTheHeaderAreHonoured) {
  const CellLibrary library = CellLibrary::parse({small_library}, {"small"});
  const Cell& inverter = library.inverter();
  EXPECT_EQ(inverter.name, "INV");
  EXPECT_DOUBLE_EQ(inverter.inputs[0].capacitance.value(), 0.010);                  // 10 fF
  EXPECT_DOUBLE_EQ(inverter.outputs[0].arcs[0].cell_rise.at(0, 0), 0.1);            // 100 ps
  EXPECT_DOUBLE_EQ(inverter.outputs[0].power[0].rise.at(0, 0), 0.003);              // 3 fF V2 = 3 fJ
  EXPECT_DOUBLE_EQ(library.supply().value(), 2);
}

TEST(Liberty, TheNandEquivalentIsTheSmallestCellWithThatFunctionWhateverItsName) {
  EXPECT_EQ(CellLibrary::parse({small_library}, {"small"}).nand2().name, "NAND");
}

TEST(Liberty, LatchesAreNoCellsForAFeedForwardUnit) {
  const CellLibrary library = CellLibrary::parse({small_library}, {"small"});
  EXPECT_EQ(library.find("LATCH")->kind, CellKind::other);
  EXPECT_THAT(library.normalised_liberty(), testing::Not(HasSubstr("LATCH")));
}

TEST(Liberty, ATechnologyFromTwoFilesIsTheSameAsFromOne) {
  const size_t at = small_library.find("  cell (NAND)");
  const std::string header = small_library.substr(0, small_library.find("  cell (INV)"));
  const std::string first = small_library.substr(0, at) + "}\n", second = header + small_library.substr(at);
  const CellLibrary merged = CellLibrary::parse({first, second}, {"a", "b"});
  EXPECT_EQ(merged.cells().size(), CellLibrary::parse({small_library}, {"small"}).cells().size());
  EXPECT_EQ(merged.nand2().name, "NAND");
}

TEST(Liberty, FilesOfOneTechnologyMustAgreeInUnits) {
  std::string other = small_library;
  other.replace(other.find("1ps"), 3, "1ns");
  EXPECT_THROW(CellLibrary::parse({small_library, other}, {"a", "b"}), InputError);
}

TEST(Liberty, WhatIsNoLibertyIsRefusedNamingFileAndLine) {
  EXPECT_THAT(refusal("hello\nworld"), HasSubstr("file.lib, line 1"));
  EXPECT_THAT(refusal(small_library.substr(0, 700)), HasSubstr("file.lib"));
  EXPECT_THAT(refusal("library (empty) { nom_voltage : 1; }"), HasSubstr("no usable cells"));
  EXPECT_THROW(CellLibrary::read({"/no/such/file.lib"}), InputError);
}

TEST(Liberty, ALibraryWithoutPowerTablesSaysSo) {
  std::string text = small_library;
  for (size_t at; (at = text.find("internal_power")) != std::string::npos;) text.replace(at, 14, "ignored_group_");
  EXPECT_FALSE(CellLibrary::parse({text}, {"small"}).has_power());
}

TEST(Liberty, OsuAreasAreCorrectedFromItsLef) {
  if (!std::filesystem::exists(osu018)) GTEST_SKIP() << "needs qflow-tech-osu018";
  const CellLibrary library = CellLibrary::read({osu018});
  EXPECT_EQ(library.corrections().size(), 3U);
  EXPECT_DOUBLE_EQ(library.find("OAI21X1")->area.value(), 32);
  EXPECT_DOUBLE_EQ(library.find("NAND3X1")->area.value(), 32);
  EXPECT_EQ(library.nand2().name, "NAND2X1");
  EXPECT_DOUBLE_EQ(library.nand2().area.value(), 24);
}

TEST(Liberty, TheNormalisedLibraryReadsBackToTheSameCells) {
  if (!std::filesystem::exists(osu018)) GTEST_SKIP() << "needs qflow-tech-osu018";
  const CellLibrary library = CellLibrary::read({osu018});
  const CellLibrary again = CellLibrary::parse({library.normalised_liberty()}, {"again"});
  EXPECT_FALSE(again.has_power());
  for (const Cell& cell : again.cells()) {
    const Cell* original = library.find(cell.name);
    ASSERT_NE(original, nullptr);
    EXPECT_EQ(cell.area, original->area);
    ASSERT_EQ(cell.outputs.size(), original->outputs.size());
    for (size_t o = 0; o < cell.outputs.size(); ++o) {
      EXPECT_EQ(cell.outputs[o].function, original->outputs[o].function);
      EXPECT_DOUBLE_EQ(cell.outputs[o].arcs[0].cell_rise.at(0.05, 0.1), original->outputs[o].arcs[0].cell_rise.at(0.05, 0.1));
    }
  }
}

std::vector<std::filesystem::path> technology_files(const std::string& prefix) {
  const char* folder = std::getenv("MACROSCOPE_TECH_DIR");
  std::vector<std::filesystem::path> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder ? folder : "/nonexistent", missing)) {
    if (entry.path().filename().string().rfind(prefix, 0) == 0) files.push_back(entry.path());
  }
  return files;
}

TEST(Liberty, Asap7IsFiveGzippedFilesInPicosecondsAndFemtofarads) {
  const auto files = technology_files("asap7");
  if (files.size() != 5) GTEST_SKIP() << "MACROSCOPE_TECH_DIR names no folder with the five ASAP7 files";
  const CellLibrary library = CellLibrary::read(files);
  EXPECT_DOUBLE_EQ(library.supply().value(), 0.63);
  EXPECT_EQ(library.flip_flop().name, "DFFHQNx1_ASAP7_75t_R");
  EXPECT_TRUE(library.flip_flop().outputs[0].inverted);  // QN
  EXPECT_DOUBLE_EQ(library.nand2().area.value(), 0.05832);
  // Only the supply's tables count: NAND2x1's first rise_power of VDD is 0.23355 fJ.
  EXPECT_NEAR(library.find("NAND2x1_ASAP7_75t_R")->outputs[0].power[0].rise.at(0.00072, 0.005), 0.23355e-3, 1e-9);
}

TEST(Liberty, Nangate45HasPicosecondSlewsInNanoseconds) {
  const auto files = technology_files("nangate45");
  if (files.size() != 1) GTEST_SKIP() << "MACROSCOPE_TECH_DIR names no folder with Nangate45";
  const CellLibrary library = CellLibrary::read(files);
  EXPECT_EQ(library.nand2().name, "NAND2_X1");
  EXPECT_DOUBLE_EQ(library.nand2().area.value(), 0.798);
  EXPECT_NEAR(library.find("DFF_X1")->inputs[0].capacitance.value(), 1.14029e-3, 1e-9);
}

}  // namespace
}  // namespace macroscope::hardware
