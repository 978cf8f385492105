// SPDX-License-Identifier: Apache-2.0
// Which kernel the planner takes, and that it says why not another.
#include "sim/datapath/kernels/planner.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "sim/datapath/gemm.hpp"
#include "sim/datapath/kernels/dot_tile.hpp"
#include "sim/datapath/kernels/int8_gemm.hpp"
#include "tests/datapath/operands.hpp"

namespace macroscope::datapath::test {
namespace {

MacSpec block_scaled(const std::string& element, const std::string& dot = "{lanes: 32, reduction: exact}") {
  const std::string side = "{element: " + element + ", scale: {encoding: e8m0, block: 32, rule: floor}}";
  return spec_from(side, side, dot, "{format: fp32}");
}

std::string taken(const MacSpec& spec, Data data = Data::gaussian) {
  Random random(1);
  const auto a = make_operand(spec, spec.activation, data, 8, 128, random), b = make_operand(spec, spec.weight, data, 8, 128, random);
  return gemm_kernel_name(spec, a, b);
}

std::string objection_to(const std::string& kernel, const MacSpec& spec, Data data = Data::gaussian) {
  Random random(1);
  const auto a = make_operand(spec, spec.activation, data, 8, 128, random), b = make_operand(spec, spec.weight, data, 8, 128, random);
  for (const kernels::KernelVerdict& v : kernels::explain_kernels({spec, a, b}, kernels::take_census(a), kernels::take_census(b)))
    if (v.kernel == kernel) return v.objection;
  return "not looked at";
}

/// Of small bytes, which AVX2 multiplies too.
const char* small_kernel() { return kernels::dot_functions().byte_blocks ? "byte_blocks" : "pair_blocks"; }
const char* dot_kernel(const char* with_bytes, const char* otherwise) { return kernels::dot_functions().byte_sum ? with_bytes : otherwise; }

TEST(planner, small_minifloats_under_block_scales_are_multiplied_as_integers) {
  for (const char* element : {"e2m1", "e2m3"}) EXPECT_EQ(taken(block_scaled(element)), small_kernel()) << element;
  EXPECT_EQ(taken(block_scaled("e3m2")), "pair_blocks") << "28 * 16 = 448 is no byte";
  EXPECT_EQ(taken(preset("mxint8")), dot_kernel("byte_blocks", "pair_blocks"));
  EXPECT_EQ(taken(preset("nvfp4")), small_kernel());
  EXPECT_EQ(taken(preset("int8")), dot_kernel("byte_sum", "pair_sum"));
}

TEST(planner, a_window_that_cannot_cut_is_an_exact_sum) {
  EXPECT_EQ(taken(block_scaled("e2m1", "{lanes: 32, reduction: aligned, window: 12}")), small_kernel());
  EXPECT_EQ(objection_to("pair_blocks", block_scaled("e2m1", "{lanes: 32, reduction: aligned, window: 4}")), "the window may cut products");
}

TEST(planner, integers_times_minifloats_take_the_kernels_that_are_exact_for_them) {
  const std::string channel = ", scale: {encoding: fp32, granularity: channel, rule: absmax}}";
  const auto mixed = [&](const std::string& activation, const std::string& weight, const std::string& dot) { return spec_from("{element: " + activation + "}", "{element: " + weight + channel, dot, "{format: fp32}"); };
  EXPECT_EQ(taken(mixed("e2m1", "int4", "{lanes: 32, reduction: exact}")), dot_kernel("byte_blocks", "pair_blocks"));
  EXPECT_EQ(taken(mixed("fp16", "int4", "{lanes: 32, reduction: exact}")), "exact");
  EXPECT_EQ(taken(mixed("e4m3", "int8", "{lanes: 32, reduction: aligned, window: 24}")), "exact") << "8 + 6 - 24 + 1 = -9, e4m3's last place: nothing is cut";
  EXPECT_EQ(taken(mixed("e4m3", "int8", "{lanes: 32, reduction: aligned, window: 23}")), "aligned_wide");
  const MacSpec bf16 = mixed("bf16", "int4", "{lanes: 32, reduction: aligned, window: 30}");
  EXPECT_EQ(taken(bf16), "aligned_wide");
  EXPECT_EQ(objection_to("aligned_wide", bf16, Data::any_finite_code), "an integer operand holds its most negative code, whose leading bit is above the exponent that alignment takes");
}

TEST(planner, operands_outside_a_kernels_range_take_another) {
  EXPECT_EQ(taken(preset("mxint8"), Data::extreme_scales), "exact");
  EXPECT_EQ(objection_to("pair_blocks", preset("mxint8"), Data::extreme_scales), "a block's scale may take its sum out of FP32's normal numbers");
  const std::string wide = "{element: int8, scale: {encoding: fp16, block: 32, rule: absmax}}";
  EXPECT_EQ(objection_to("pair_blocks", spec_from(wide, wide, "{lanes: 32, reduction: integer}", "{format: fp32}")), "a group's sum times its block scales may exceed 24 bits");
}

TEST(planner, chains_and_fused_windows_have_kernels_where_fp32_arithmetic_gives_their_bits) {
  for (const char* name : {"fp8_e4m3_seq_fp32", "fp8_e4m3_seq_fp22", "fp8_e4m3_seq_fp16"}) EXPECT_EQ(taken(preset(name)), "sequential") << name;
  for (const char* name : {"tensorcore_v100_fp16", "tensorcore_h100_bf16", "tensorcore_h100_fp8_promoted", "tensorcore_b200_mxfp8"}) EXPECT_EQ(taken(preset(name)), "aligned_wide") << name;
  EXPECT_EQ(taken(preset("dfp16")), "exact") << "INT32 is emptied after every group";
  // Towards zero an FP32 sum stops at the largest number, but the unit's becomes infinite.
  EXPECT_EQ(taken(preset("tensorcore_h100_bf16"), Data::any_finite_code), "unit");
  const auto chain = [](const std::string& element, const std::string& accumulate) {
    return spec_from("{element: " + element + "}", "{element: " + element + "}", "{lanes: 16, reduction: sequential, product: rounded}", accumulate);
  };
  EXPECT_EQ(taken(chain("e5m2", "{format: fp32}")), "sequential") << "each product is an FP32 number";
  EXPECT_EQ(objection_to("sequential", chain("fp16", "{format: fp22, round: truncate}")), "products are rounded before they are added");
  EXPECT_EQ(objection_to("sequential", chain("fp16", "{format: fp16}")), "products have more than fp16's 11 bits");
}

TEST(planner, an_instruction_set_once_ruled_out_stays_so) {
  hwy::DisableTargets(HWY_AVX2 - 1);  // better ones have the lower bits
  const std::string kernel = taken(preset("int8")), small = taken(preset("mxfp4_e2m1")), bytes = taken(preset("mxint8")), set = gemm_instruction_set();
  hwy::DisableTargets(0);
  EXPECT_EQ(kernel, "pair_sum");
  EXPECT_EQ(small, set == "avx2" ? "byte_blocks" : "pair_blocks");
  EXPECT_EQ(bytes, "pair_blocks") << "two products of 127 * 127 leave INT16";
  EXPECT_NE(set, "avx512");
}

TEST(planner, a_wide_window_is_checked_unless_the_operands_are_cut_often) {
  EXPECT_EQ(taken(preset("mxfp8_e4m3")), "aligned_checked");
  EXPECT_EQ(taken(preset("mxfp8_e4m3"), Data::any_finite_code), "aligned_wide");
  EXPECT_EQ(taken(preset("fp8_e4m3_w14")), "aligned_narrow");
}

TEST(planner, every_kernel_passed_over_has_a_reason) {
  for (const std::string& name : preset_names(MACROSCOPE_SOURCE_DIR "/configs/mac")) {
    const MacSpec spec = preset(name);
    if (spec.is_reference()) continue;
    Random random(1);
    const auto a = make_operand(spec, spec.activation, Data::gaussian, 8, 128, random), b = make_operand(spec, spec.weight, Data::gaussian, 8, 128, random);
    const auto verdicts = kernels::explain_kernels({spec, a, b}, kernels::take_census(a), kernels::take_census(b));
    for (std::size_t i = 0; i < verdicts.size(); ++i) EXPECT_EQ(verdicts[i].objection.empty(), i + 1 == verdicts.size()) << name << ": " << verdicts[i].kernel;
    EXPECT_EQ(verdicts.back().kernel, gemm_kernel_name(spec, a, b));
  }
}

TEST(planner, onednns_int8_product_has_the_units_bits_where_it_is_exact) {
  if (!kernels::has_vnni()) GTEST_SKIP() << "oneDNN saturates pairs of products without VNNI or AMX";
  const MacSpec spec = preset("int8");
  Random random(2);
  const auto a = make_operand(spec, spec.activation, Data::any_code, 9, 300, random), b = make_operand(spec, spec.weight, Data::any_code, 35, 300, random);
  std::vector<float> expected(9 * 35), found(9 * 35);
  gemm_by_unit(spec, a, b, expected.data(), 35);
  kernels::int8_gemm({spec, a, b}, kernels::Int8Weights(b), found.data(), 35, 2);
  EXPECT_EQ(first_difference(expected, found), -1);
}

}  // namespace
}  // namespace macroscope::datapath::test
