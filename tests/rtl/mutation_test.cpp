// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "formats/atomic_file.hpp"
#include "formats/input_error.hpp"
#include "rtl/cosim/program.hpp"
#include "rtl/mutation/equivalence.hpp"
#include "rtl/mutation/mutation_run.hpp"
#include "tests/rtl/cosim_fixture.hpp"

namespace macroscope::rtl {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

/// Every mutation of a text as "kind: original -> replacement".
std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> lines;
  for (const Mutation& mutation : mutation_sites(text))
    lines.push_back(std::string(mutation_kind_name(mutation.kind)) + ": " + mutation.original(text) + " -> " + mutation.replacement);
  return lines;
}

TEST(MutationSites, OperatorsBecomeTheirNeighbours) {
  EXPECT_THAT(listed("assign s = a + b;"), ElementsAre("operation: + -> -"));
  EXPECT_THAT(listed("assign s = (a & b) | c;"), ElementsAre("operation: & -> |", "operation: & -> ^", "operation: | -> &", "operation: | -> ^"));
  EXPECT_THAT(listed("wire t = ~a == &b;"), ElementsAre("operation: ~ -> ", "operation: == -> !=", "operation: & -> |")) << "a reduction has one operand";
  EXPECT_THAT(listed("assign s = a << b && c;"), ElementsAre("operation: << -> >>", "operation: && -> ||"));
  EXPECT_THAT(listed("assign s = -a;"), IsEmpty()) << "a sign is no subtraction";
}

TEST(MutationSites, AnAssignmentIsNoComparison) {
  EXPECT_THAT(listed("always_ff @(posedge clk_i) q_o <= d_i;"), IsEmpty());
  EXPECT_THAT(listed("begin q[i] <= d; end"), IsEmpty());
  EXPECT_THAT(listed("assign s = a <= b;"), ElementsAre("operation: <= -> <", "operation: <= -> >"));
  EXPECT_THAT(listed("always_comb begin x = 1'b0; if (a <= b) x = c; end"),
              ElementsAre("constant: 1'b0 -> 1'd1", "condition: a <= b -> !(a <= b)", "operation: <= -> <", "operation: <= -> >"));
}

TEST(MutationSites, ConstantsMoveByOneAndLiteralsLoseABit) {
  EXPECT_THAT(listed("localparam A = 5;"), ElementsAre("constant: 5 -> 6", "constant: 5 -> 4"));
  EXPECT_THAT(listed("localparam A = 0;"), ElementsAre("constant: 0 -> 1"));
  EXPECT_THAT(listed("assign s = 8'hf0;"), ElementsAre("constant: 8'hf0 -> 8'd241", "constant: 8'hf0 -> 8'd112"));
  EXPECT_THAT(listed("assign s = '0;"), ElementsAre("constant: '0 -> '1"));
}

TEST(MutationSites, PartSelectsMoveButDeclaredRangesStay) {
  EXPECT_THAT(listed("wire [7:0] a = b;"), IsEmpty());
  EXPECT_THAT(listed("assign s = b[N:M];"), ElementsAre("range: N:M -> (N) + 1:(M) + 1", "range: N:M -> (N) - 1:(M) - 1"));
  EXPECT_THAT(listed("assign s = b[N+:W];"), ElementsAre("range: N -> (N) + 1", "range: N -> (N) - 1"));
  EXPECT_THAT(listed("assign s = b[N:0];"), ElementsAre("range: N:0 -> (N) + 1:(0) + 1", "constant: 0 -> 1")) << "nothing lies below bit 0";
}

TEST(MutationSites, ExtensionsKeepTheirLength) {
  EXPECT_THAT(listed("assign s = {{(N - 1) {a[M]}}, a};"), ElementsAre("extension: a[M] -> 1'b0"));
  EXPECT_THAT(listed("assign s = {N{1'b0}};"), ElementsAre("constant: 1'b0 -> 1'd1"));
  EXPECT_THAT(listed("assign s = {a, {b, c}};"), IsEmpty()) << "a concatenation repeats nothing";
}

TEST(MutationSites, ArmsChangePlaces) {
  EXPECT_THAT(listed("assign s = a ? b : c;"), ElementsAre("arms: b : c -> c : b"));
  EXPECT_THAT(listed("assign s = (a ? b : d ? e : f);"), ElementsAre("arms: b : d ? e : f -> d ? e : f : b", "arms: e : f -> f : e"));
}

TEST(MutationSites, RanksAndConditionsOfInstances) {
  EXPECT_THAT(listed("pipeline_register #(.WIDTH(W), .ENABLE(E)) rank (.clk_i(clk_i));"), ElementsAre("rank: E -> 1 - (E)"));
  EXPECT_THAT(listed("delay_line #(.STAGES(S)) line (.d_i(d));"), ElementsAre("rank: S -> (S) + 1"));
  EXPECT_THAT(listed("always_ff @(posedge clk) if (rst) q <= d;"), ElementsAre("condition: rst -> !(rst)"));
}

TEST(MutationSites, WhatIsNoHardwareIsLeftAlone) {
  EXPECT_THAT(listed("// a + b\n/* 1 */ (* keep = 1 *) `define X 3\nmodule m #(parameter N = 4) (input logic [N-1:0] a_i);\n"
                     "function automatic integer f(input integer x = 1 + 2);\n\"1 + 2\""),
              IsEmpty());
  EXPECT_THAT(listed("always @(*) a = b;"), IsEmpty());
}

TEST(MutationSites, EditsOnePlaceOfTheText) {
  const std::string text = "wire a;\nassign s = a + b;\n";
  const auto sites = mutation_sites(text);
  ASSERT_EQ(sites.size(), 1U);
  EXPECT_EQ(sites[0].line, 2);
  EXPECT_EQ(sites[0].applied(text), "wire a;\nassign s = a - b;\n");
}

TEST(RunProgram, KillsWhatDoesNotEnd) {
  const fs::path log = cosim_cache() / "sleep.log";
  fs::create_directories(cosim_cache());
  EXPECT_EQ(run_program({"sleep", "100"}, log, std::chrono::seconds(1)), program_timed_out);
  EXPECT_EQ(run_program({"false"}, log, std::chrono::seconds(60)), 1);
  EXPECT_EQ(run_program({"no-such-program-anywhere"}, log), program_not_found);
}

class SmallUnit : public testing::Test {
 protected:
  const datapath::MacSpec spec_ = small_spec("element: int4, scale: {encoding: fp32, granularity: tensor, rule: absmax}", "lanes: 4, reduction: integer", "format: int32, overflow: wrap");
  const Cuts cuts_ = (Cuts{1} << boundary_count(spec_)) - 1;
};

class EquivalenceTest : public SmallUnit {
 protected:
  EquivalenceTest() : scratch_(cosim_cache()) {}
  Equivalence of(const char* file, const std::string& right, const std::string& wrong) {
    const fs::path copy = scratch_.path() / "copy";
    fs::create_directories(copy);
    for (const char* folder : {"lib", "unit"}) fs::copy(rtl_folder() / folder, copy / folder);
    std::ifstream stream(copy / file);
    std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    const std::size_t at = text.find(right);
    if (at == std::string::npos) throw std::runtime_error(std::string(file) + " no longer holds " + right);
    write_file_atomically(copy / file, text.replace(at, right.size(), wrong));
    return EquivalenceCheck(spec_, cuts_, rtl_folder(), scratch_.path(), std::chrono::seconds(120)).compare(copy, "copy");
  }
  ScratchFolder scratch_;
};

TEST_F(EquivalenceTest, AMajorityByExclusiveOrIsTheSame) {
  // a & b and c & (a ^ b) are never both one.
  EXPECT_EQ(of("lib/carry_save_adder.sv", "(a_i & b_i) | (c_i & half)", "(a_i & b_i) ^ (c_i & half)"), Equivalence::proved);
}
TEST_F(EquivalenceTest, AnEditOfAbsentHardwareIsTheSame) {
  EXPECT_EQ(of("unit/fixed_accumulator.sv", "total[WIDTH-1] ^ total[WIDTH-2]", "total[WIDTH-1] & total[WIDTH-2]"), Equivalence::proved) << "int32 wraps, nothing saturates";
}
TEST_F(EquivalenceTest, ALostCarryIsNot) {
  EXPECT_EQ(of("lib/carry_save_adder.sv", "(c_i & half)", "(c_i & a_i & b_i)"), Equivalence::refuted);
}
TEST_F(EquivalenceTest, MissingRanksAreNot) {
  EXPECT_EQ(of("lib/delay_line.sv", ".ENABLE(1)", ".ENABLE(0)"), Equivalence::refuted);
}

TEST_F(SmallUnit, EveryMutantHasOneFate) {
  MutationPlan plan;
  plan.mutants = 6;
  plan.seed = 3;
  plan.threads = 2;
  plan.random_vectors = 2000;
  const MutationResult result = mutate(spec_, cuts_, rtl_folder(), cosim_cache() / "mutants", plan);
  ASSERT_EQ(result.mutants.size(), 6U);
  EXPECT_EQ(result.vectors, 2U * 256 + 2000) << "every pair of 4-bit codes twice";
  EXPECT_GT(result.sites, 100U);
  EXPECT_EQ(result.count(Fate::killed) + result.count(Fate::invalid) + result.count(Fate::equivalent) + result.count(Fate::survived), 6U);
  EXPECT_GT(result.count(Fate::killed), 0U);
  for (const Mutant& mutant : result.mutants) {
    EXPECT_EQ(mutant.remark.empty(), mutant.fate == Fate::killed || mutant.fate == Fate::equivalent) << mutant.remark;
    EXPECT_EQ(mutant.vectors == result.vectors, mutant.fate == Fate::equivalent || mutant.fate == Fate::survived) << mutant.source_line;
  }
  EXPECT_TRUE(fs::is_empty(cosim_cache() / "mutants")) << "copies and models are removed";
}

TEST(MutationResult, InvalidAndEquivalentMutantsAreCountedApart) {
  MutationResult result;
  EXPECT_DOUBLE_EQ(result.kill_ratio(), 1.0) << "nobody to be killed";
  for (const Fate fate : {Fate::killed, Fate::killed, Fate::killed, Fate::survived, Fate::invalid, Fate::equivalent}) {
    result.mutants.emplace_back();
    result.mutants.back().fate = fate;
  }
  EXPECT_DOUBLE_EQ(result.kill_ratio(), 0.75);
}

}  // namespace
}  // namespace macroscope::rtl
