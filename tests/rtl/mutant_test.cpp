// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>

#include "formats/atomic_file.hpp"
#include "tests/rtl/cosim_fixture.hpp"

namespace macroscope::rtl {
namespace {

namespace fs = std::filesystem;

/// One wrong operator in one file, and the unit in which co-simulation has to see it.
struct Mutant {
  const char* name;
  const char* file;
  const char* right;
  const char* wrong;
  enum Unit { integer, aligned, scaled, kulisch } unit;
};

const Mutant mutants[] = {
    {"SignRowNotComplemented", "lib/partial_products.sv", "? SIGN_BIT : OTHER_BITS", "? SIGN_BIT : SIGN_BIT", Mutant::integer},
    {"CarryWithoutThirdInput", "lib/carry_save_adder.sv", "(c_i & half)", "(c_i & a_i)", Mutant::integer},
    {"CarryNotShifted", "lib/carry_save_adder.sv", "carry << 1", "carry << 0", Mutant::integer},
    {"OffsetWithoutBaughWooleyConstant", "unit/integer_reduction.sv", "- (ONE << (WGT_BITS - 1)))", "- (ONE << (WGT_BITS - 2)))", Mutant::integer},
    {"SignNotInvertedInTheAccumulator", "unit/fixed_accumulator.sv", "{EXTENSION{~sum_i[SUM_BITS-1]}}", "{EXTENSION{sum_i[SUM_BITS-1]}}", Mutant::integer},
    {"SubnormalExponentZero", "lib/minifloat_unpack.sv", "1'b0}}, ~hidden}", "1'b0}}, 1'b0}", Mutant::aligned},
    {"NanIgnored", "lib/minifloat_unpack.sv", "(&exponent) & (&fraction)", "1'b0", Mutant::aligned},
    {"ZeroProductsJoinTheMaximum", "unit/minifloat_reduction.sv", ".MASK_ZEROS(ALIGNED)", ".MASK_ZEROS(0)", Mutant::scaled},
    {"MaximumKeepsLosers", "lib/max_exponent.sv", "| {LANES{~plane[b-1].any}}", "| {LANES{1'b1}}", Mutant::aligned},
    {"AlignerOneStageShort", "lib/barrel_aligner.sv", "& {OUT_BITS{~shift_i[s]}}", "& {OUT_BITS{1'b1}}", Mutant::scaled},
    {"CountOfNegativesLost", "unit/minifloat_reduction.sv", "1'b0}}, count_3}", "1'b0}}, ~count_3}", Mutant::aligned},
    {"RoundHalfUp", "lib/fp32_round.sv", "(guard_i & (~settled_i | significand_i[0]))", "guard_i", Mutant::aligned},
    {"ComplementRoundedAsMagnitude", "lib/fp32_round.sv", "complement_i ? (guard_i", "1'b0 ? (guard_i", Mutant::aligned},
    {"NoStickyBit", "lib/fp32_align.sv", "{aligned, |lost}", "{aligned, 1'b0}", Mutant::aligned},
    {"AddsInsteadOfSubtracting", "lib/fp32_adder.sv", "+ {27'd0, subtract_1};", "+ 28'd0;", Mutant::aligned},
    {"NoSwap", "lib/fp32_align.sv", "a_i[30:0] < b_i[30:0]", "a_i[30:0] < b_i[31:1]", Mutant::aligned},
    {"NoGradualUnderflow", "lib/fixed_to_fp32.sv", "MIN_EXPONENT < -126", "MIN_EXPONENT < -1260", Mutant::scaled},
    {"ScaleNanIgnored", "unit/mac_unit.sv", "element_nan | scale_nan", "element_nan", Mutant::scaled},
    {"OneScaleOnly", "unit/mac_unit.sv", "{1'b0, activation_scale_i} + {1'b0, weight_scale_i}", "{1'b0, activation_scale_i} + {1'b0, activation_scale_i}", Mutant::scaled},
    {"OverflowWrapsTheExponent", "lib/fp32_round.sv", "(exponent_i >= INFINITE)", "1'b0", Mutant::scaled},
    {"PlacedOneBitLow", "unit/minifloat_reduction.sv", "placed[TERM_BITS+1:2]", "placed[TERM_BITS:1]", Mutant::kulisch},
    {"NanFlagNotSticky", "unit/fixed_accumulator.sv", "nan_i | psum_i[PSUM_BITS-1]", "nan_i", Mutant::kulisch},
    {"PsumOneCycleEarly", "unit/mac_unit.sv", "delay_line #(.WIDTH(PSUM_BITS), .STAGES(REDUCTION_LATENCY))", "delay_line #(.WIDTH(PSUM_BITS), .STAGES(REDUCTION_LATENCY - 1))", Mutant::kulisch},
};

datapath::MacSpec spec_of(Mutant::Unit unit) {
  switch (unit) {
    case Mutant::integer:
      return small_spec("element: int4, scale: {encoding: fp32, granularity: tensor, rule: absmax}", "lanes: 4, reduction: integer", "format: int32, overflow: wrap");
    case Mutant::aligned: return small_spec("element: e4m3", "lanes: 4, reduction: aligned, window: 24", "format: fp32");
    case Mutant::scaled: return small_spec("element: e4m3, scale: {encoding: e8m0, block: 4, rule: floor}", "lanes: 4, reduction: aligned, window: 12", "format: fp32");
    case Mutant::kulisch: break;
  }
  return small_spec("element: e4m3", "lanes: 4, reduction: exact", "format: kulisch, bits: 41, overflow: wrap");
}

CosimPlan short_plan() {
  CosimPlan plan;
  plan.random_vectors = 30000;
  plan.stop_after = 1;
  return plan;
}

class MutantTest : public testing::TestWithParam<Mutant> {};

TEST_P(MutantTest, IsKilledByAShortCosimulation) {
  const Mutant& mutant = GetParam();
  const fs::path copy = cosim_cache() / (std::string("mutant-") + mutant.name);
  fs::remove_all(copy);
  fs::create_directories(copy);
  for (const char* folder : {"lib", "unit", "cosim"}) fs::copy(rtl_folder() / folder, copy / folder);
  std::ifstream file(copy / mutant.file);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t at = text.find(mutant.right);
  ASSERT_NE(at, std::string::npos) << mutant.file << " no longer holds " << mutant.right;
  text.replace(at, std::string(mutant.right).size(), mutant.wrong);
  write_file_atomically(copy / mutant.file, text);

  const datapath::MacSpec spec = spec_of(mutant.unit);
  const Cuts every = (Cuts{1} << boundary_count(spec)) - 1;
  EXPECT_GT(compare(spec, every, short_plan(), copy).mismatches, 0U);
  fs::remove_all(copy);
}
INSTANTIATE_TEST_SUITE_P(Rtl, MutantTest, testing::ValuesIn(mutants), [](const auto& value) { return std::string(value.param.name); });

TEST(MutantControl, TheUnchangedUnitsPassTheSameCosimulation) {
  for (const Mutant::Unit unit : {Mutant::integer, Mutant::aligned, Mutant::scaled, Mutant::kulisch}) {
    const datapath::MacSpec spec = spec_of(unit);
    EXPECT_EQ(compare(spec, (Cuts{1} << boundary_count(spec)) - 1, short_plan()).mismatches, 0U);
  }
}

}  // namespace
}  // namespace macroscope::rtl
