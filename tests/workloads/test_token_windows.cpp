// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <numeric>

#include "tests/workloads/scratch_folder.hpp"
#include "workloads/token_windows.hpp"

namespace macroscope::workloads {
namespace {

using testing::ElementsAre;

std::vector<Token> counting(int count) {
  std::vector<Token> tokens(static_cast<std::size_t>(count));
  std::iota(tokens.begin(), tokens.end(), 0);
  return tokens;
}

TEST(TokenWindows, AreConsecutiveAndTheIncompleteLastOneIsLeftOut) {
  const TokenWindows cut = cut_into_windows(counting(11), 4, 0, std::nullopt);
  EXPECT_EQ(cut.windows, 2);
  EXPECT_EQ(cut.predictions(), 6);
  EXPECT_THAT(cut.tokens, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(cut.slice(1, 1).tokens, ElementsAre(4, 5, 6, 7));
}

TEST(TokenWindows, EightThousandTokensAreSixteenWindows) {
  EXPECT_EQ(cut_into_windows(counting(9000), 512, 8192, std::nullopt).windows, 16);
}

TEST(TokenWindows, AShortTextMakesOneShortWindow) {
  EXPECT_EQ(cut_into_windows(counting(3), 512, 0, std::nullopt).length, 3);
  EXPECT_EQ(cut_into_windows(counting(100), 512, 10, std::nullopt).length, 10);
  EXPECT_THAT(tests::refusal([] { cut_into_windows(counting(1), 512, 0, std::nullopt); }), testing::HasSubstr("at least 2"));
}

TEST(TokenWindows, ABeginTokenStandsInFrontOfEachWindow) {
  const TokenWindows cut = cut_into_windows(counting(7), 4, 0, 99);
  EXPECT_THAT(cut.tokens, ElementsAre(99, 0, 1, 2, 99, 3, 4, 5));
}

}  // namespace
}  // namespace macroscope::workloads
