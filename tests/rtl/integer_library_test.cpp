// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "Vinteger_bench.h"
#include "rtl/cosim/random_bits.hpp"

namespace macroscope::rtl {
namespace {

TEST(PartialProducts, SignedBaughWooleyRowsAddUpToTheProductForAllPairsOfBytes) {
  Vinteger_bench module;
  for (int a = -128; a < 128; ++a)
    for (int b = -128; b < 128; ++b) {
      module.a_i = static_cast<CData>(a);
      module.b_i = static_cast<CData>(b);
      module.eval();
      ASSERT_EQ(static_cast<std::int16_t>(module.signed_product_o), a * b) << a << " * " << b;
    }
}

TEST(Multiplier, IsExactForAllPairsOfBytes) {
  Vinteger_bench module;
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      module.a_i = static_cast<CData>(a);
      module.b_i = static_cast<CData>(b);
      module.eval();
      ASSERT_EQ(module.unsigned_product_o, a * b) << a << " * " << b;
    }
}

TEST(MaxExponent, FindsTheLargestOfAllSetsOfFourExponents) {
  Vinteger_bench module;
  for (unsigned word = 0; word < 65536; ++word) {
    module.exponents_i = static_cast<SData>(word);
    module.eval();
    const unsigned largest = std::max({word & 15, (word >> 4) & 15, (word >> 8) & 15, word >> 12});
    ASSERT_EQ(module.maximum_o, largest) << std::hex << word;
  }
}

TEST(BarrelAligner, DropsWhatIsShiftedBelowTheWindowForAllWordsAndDistances) {
  Vinteger_bench module;  // 8 bits into a frame of 25
  for (unsigned word = 0; word < 256; ++word)
    for (unsigned distance = 0; distance < 32; ++distance) {
      module.a_i = static_cast<CData>(word);
      module.distance_i = static_cast<CData>(distance);
      module.eval();
      ASSERT_EQ(module.aligned_o, (word << 17) >> distance) << word << " >> " << distance;
    }
}

TEST(LeadingZeros, CountsForEveryWord) {
  Vinteger_bench module;  // 19 bits
  for (std::uint32_t word = 0; word < (1U << 19); ++word) {
    module.word_i = word;
    module.eval();
    ASSERT_EQ(module.zeros_o, word ? static_cast<unsigned>(__builtin_clz(word)) - 13 : 19U) << word;
  }
}

TEST(CarrySaveTree, KeepsTheTotalModuloTheWordAndExactlyWhereItFits) {
  Vinteger_bench module;  // 8 rows of 8 bits
  RandomBits random(3);
  for (int i = 0; i < 1000000; ++i) {
    std::uint64_t rows = random.word();
    if (i & 1) rows &= 0x1f1f1f1f1f1f1f1fU;  // total below 256
    module.rows_i = rows;
    module.eval();
    unsigned total = 0;
    for (int row = 0; row < 8; ++row) total += (rows >> (8 * row)) & 255;
    ASSERT_EQ((module.sum_o + module.carry_o) & 255, total & 255);
    if (i & 1) {
      ASSERT_EQ(module.sum_o + module.carry_o, total);
    }
  }
}

}  // namespace
}  // namespace macroscope::rtl
