// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>

#include "Vfp32_bench.h"
#include "rtl/cosim/random_bits.hpp"

namespace macroscope::rtl {
namespace {

float as_float(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// The processor's own IEEE addition, with every NaN made canonical.
std::uint32_t native_sum(std::uint32_t a, std::uint32_t b) {
  const volatile float sum = as_float(a) + as_float(b);
  const float value = sum;
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return value != value ? 0x7fc00000U : bits;
}

/// Random words, one in two with an exponent and fraction where rounding, cancellation or an end of the range is near.
std::uint32_t corner_weighted(RandomBits& random) {
  const auto bits = static_cast<std::uint32_t>(random.word());
  switch (random.below(12)) {
    case 0: return bits & 0x80000000U;
    case 1: return bits & 0x807fffffU;
    case 2: return (bits & 0x80000000U) | 0x7f800000U;
    case 3: return bits | 0x7f800000U;
    case 4: return (bits & 0x80ffffffU) | 0x7e800000U;
    case 5: return (bits & 0x81ffffffU) + 0x3f000000U;
    case 6: return (bits & 0xff800000U) | ((bits & 1) ? 0x007fffffU : 0U);
    default: return bits;
  }
}

std::uint32_t partner_of(std::uint32_t a, RandomBits& random) {
  const auto bits = static_cast<std::uint32_t>(random.word());
  switch (random.below(6)) {
    case 0: return a ^ 0x80000000U;
    case 1: return (a ^ 0x80000000U) + random.below(65) - 32;
    case 2: return (bits & 0x807fffffU) | ((((a >> 23) + random.below(54) - 27) & 255U) << 23);
    case 3: return (bits & 0x80000000U) | ((((a >> 23) + random.below(54) - 27) & 255U) << 23);
    default: return corner_weighted(random);
  }
}

std::uint32_t rtl_sum(Vfp32_bench& adder, std::uint32_t a, std::uint32_t b) {
  adder.a_i = a;
  adder.b_i = b;
  adder.eval();
  return adder.sum_o;
}

TEST(Fp32Adder, IsIeeeAdditionWithSubnormalsAndACanonicalNan) {
  Vfp32_bench adder;
  RandomBits random(20260122);
  for (int i = 0; i < 10000000; ++i) {
    const std::uint32_t a = corner_weighted(random), b = partner_of(a, random);
    ASSERT_EQ(rtl_sum(adder, a, b), native_sum(a, b)) << std::hex << a << " + " << b;
  }
}

TEST(Fp32Adder, GivesPlusZeroForAnExactCancellationAndKeepsMinusZeroOnlyForTwo) {
  Vfp32_bench adder;
  EXPECT_EQ(rtl_sum(adder, 0x3f800000U, 0xbf800000U), 0U);
  EXPECT_EQ(rtl_sum(adder, 0x80000000U, 0U), 0U);
  EXPECT_EQ(rtl_sum(adder, 0x80000000U, 0x80000000U), 0x80000000U);
}

TEST(Fp32Adder, MakesInfinityMinusInfinityNanAndOverflowInfinity) {
  Vfp32_bench adder;
  EXPECT_EQ(rtl_sum(adder, 0x7f800000U, 0xff800000U), 0x7fc00000U);
  EXPECT_EQ(rtl_sum(adder, 0x7f7fffffU, 0x7f7fffffU), 0x7f800000U);
  EXPECT_EQ(rtl_sum(adder, 0x7f7fffffU, 0x73000000U), 0x7f800000U) << "half a unit above the largest number is a tie, and rounds up";
  EXPECT_EQ(rtl_sum(adder, 0x7f7fffffU, 0x72ffffffU), 0x7f7fffffU);
}

TEST(Fp32Adder, KeepsSubnormals) {
  Vfp32_bench adder;
  EXPECT_EQ(rtl_sum(adder, 1U, 1U), 2U);
  EXPECT_EQ(rtl_sum(adder, 0x00800000U, 0x80000001U), 0x007fffffU);
}

}  // namespace
}  // namespace macroscope::rtl
