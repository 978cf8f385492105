// SPDX-License-Identifier: Apache-2.0
// Units and testbenches from elsewhere: the documented example is right, and wrong ones are found out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "formats/atomic_file.hpp"
#include "formats/input_error.hpp"
#include "tests/rtl/cosim_fixture.hpp"

namespace macroscope::rtl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path example(const char* name) { return fs::path(MACROSCOPE_SOURCE_DIR) / "docs" / "examples" / "third_unit" / name; }
fs::path scratch() { return cosim_cache() / "foreign"; }

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The example with one text replaced, or as it is.
fs::path edited(const std::string& name, const std::string& right, const std::string& wrong) {
  std::string text = text_of(example("dot_int8.sv"));
  const std::size_t at = text.find(right);
  EXPECT_NE(at, std::string::npos) << right;
  const fs::path file = scratch() / name;
  write_file_atomically(file, text.replace(at, right.size(), wrong));
  return file;
}

CosimPlan short_plan() {
  CosimPlan plan;
  plan.all_pairs = false;
  plan.random_vectors = 2000;
  return plan;
}

CosimResult judged(const fs::path& file, int latency = 2) {
  const datapath::MacSpec spec = preset("int8");
  VerilatedUnit unit(spec, ForeignUnit{{file}, "dot_int8", latency}, {rtl_folder(), cosim_cache()});
  return cosimulate(unit, spec, short_plan(), UnitVectors(spec));
}

TEST(ForeignUnit, TheDocumentedExampleIsRight) {
  const CosimResult result = judged(example("dot_int8.sv"));
  EXPECT_EQ(result.random_vectors, 2000U);
  EXPECT_EQ(result.mismatches, 0U);
}

TEST(ForeignUnit, AWrongOneIsFoundOut) {
  EXPECT_GT(judged(edited("short_sum.sv", "i < 32; i++) sum", "i < 31; i++) sum")).mismatches, 0U);
  EXPECT_GT(judged(edited("unsigned.sv", "$signed(activation_i[8*i+:8])", "$signed({1'b0, activation_i[8*i+:8]})")).mismatches, 0U);
  EXPECT_GT(judged(example("dot_int8.sv"), 1).mismatches, 0U) << "its latency is 2";
}

std::string refusal(const ForeignUnit& unit) {
  try {
    const datapath::MacSpec spec = preset("int8");
    VerilatedUnit(spec, unit, {rtl_folder(), cosim_cache()});
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(ForeignUnit, WhatIsNoUnitOfTheSpecIsRefusedByName) {
  EXPECT_THAT(refusal({{scratch() / "nowhere.sv"}, "dot_int8"}), HasSubstr("nowhere.sv: no such file"));
  EXPECT_THAT(refusal({{example("dot_int8.sv")}, "rm -rf"}), HasSubstr("accepted are SystemVerilog identifiers"));
  EXPECT_THAT(refusal({{example("dot_int8.sv")}, "another"}), HasSubstr("another"));
  EXPECT_THAT(refusal({{edited("narrow.sv", "[255:0] weight_i", "[247:0] weight_i")}, "dot_int8"}), HasSubstr("a port of another width than the spec's"));
  EXPECT_THAT(refusal({{edited("nameless.sv", "psum_i,", "sum_in,")}, "dot_int8"}), HasSubstr("psum_i"));
}

TEST(ForeignTestbench, ReadsTheVectorsAndAgrees) {
  const datapath::MacSpec spec = preset("int8");
  CosimPlan plan = short_plan();
  plan.random_vectors = 500;
  const auto run = [&](const fs::path& unit) {
    const fs::path log = scratch() / "testbench.log";
    const std::string command = "cd " + scratch().string() + " && iverilog -g2012 -o testbench " + example("testbench.sv").string() + " " + unit.string() + " && vvp -n testbench > " + log.string();
    EXPECT_EQ(std::system(command.c_str()), 0);
    return text_of(log);
  };
  write_vectors(scratch() / "vectors.hex", spec, plan, UnitVectors(spec));
  EXPECT_THAT(run(example("dot_int8.sv")), HasSubstr("500 vectors, 0 differences"));
  EXPECT_THAT(run(edited("negated.sv", "sum = psum;", "sum = ~psum;")), HasSubstr("500 vectors, 500 differences"));
}

}  // namespace
}  // namespace macroscope::rtl
