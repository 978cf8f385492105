// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "Vfp32_bench.h"
#include "rtl/cosim/random_bits.hpp"

namespace macroscope::rtl {
namespace {

constexpr int exponent_offset = -280;  // as modules/fp32_bench.sv has it

/// The compiler's double to float conversion, which rounds to nearest even once: fixed * 2^exponent is exact in a double.
std::uint32_t native(std::int64_t fixed, int exponent) {
  const volatile auto rounded = static_cast<float>(std::ldexp(static_cast<double>(fixed), exponent));
  const float value = rounded;
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

constexpr int wide = 37, narrow = 21;  // bits of the two converters' sums

std::uint32_t convert(Vfp32_bench& module, std::int64_t fixed, int exponent_code, int bits) {
  module.wide_i = static_cast<std::uint64_t>(fixed) & 0x1fffffffffU;
  module.narrow_i = static_cast<std::uint32_t>(fixed) & 0x1fffffU;
  module.exponent_i = static_cast<SData>(exponent_code);
  module.eval();
  return bits == wide ? module.wide_o : module.narrow_o;
}

/// Signed numbers of every length, many next to powers of two and to ties.
std::int64_t corner_weighted(RandomBits& random, int bits) {
  const int length = 1 + static_cast<int>(random.below(static_cast<std::uint32_t>(bits - 1)));
  const std::uint64_t mask = (std::uint64_t{1} << length) - 1;
  std::uint64_t magnitude = random.word() & mask;
  switch (random.below(5)) {
    case 0: magnitude = mask; break;
    case 1: magnitude = (mask >> 1) + 1; break;
    case 2: magnitude &= ~((std::uint64_t{1} << random.below(static_cast<std::uint32_t>(length))) - 1); break;
    case 3: magnitude |= (std::uint64_t{1} << random.below(static_cast<std::uint32_t>(length))) - 1; break;
    default: break;
  }
  return random.once_in(2) ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
}

void compare_everywhere(int bits) {
  Vfp32_bench module;
  RandomBits random(7);
  for (int i = 0; i < 2000000; ++i) {
    const std::int64_t fixed = corner_weighted(random, bits);
    const int code = static_cast<int>(random.once_in(4) ? random.below(1024) : 40 + random.below(160));
    ASSERT_EQ(convert(module, fixed, code, bits), native(fixed, code + exponent_offset)) << fixed << " * 2^" << code + exponent_offset;
  }
}

TEST(FixedToFp32, RoundsAnySumOnceWithGradualUnderflowAndOverflow) { compare_everywhere(wide); }
TEST(FixedToFp32, ConvertsASumNarrowerThanTheSignificand) { compare_everywhere(narrow); }

TEST(FixedToFp32, TakesTheMostNegativeSumAndZero) {
  Vfp32_bench module;
  for (int code = 0; code < 1024; ++code) {
    EXPECT_EQ(convert(module, -(1 << 20), code, narrow), native(-(1 << 20), code + exponent_offset)) << code;
    EXPECT_EQ(convert(module, 0, code, narrow), 0U) << code;
  }
}

TEST(FixedToFp32, LetsNanAndInfinityReplaceTheNumber) {
  Vfp32_bench module;
  module.infinite_i = 1;
  module.infinite_sign_i = 1;
  EXPECT_EQ(convert(module, 5, 280, narrow), 0xff800000U);
  module.nan_i = 1;
  EXPECT_EQ(convert(module, 5, 280, narrow), 0x7fc00000U);
}

}  // namespace
}  // namespace macroscope::rtl
