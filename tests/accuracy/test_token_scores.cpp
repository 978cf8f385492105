// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>

#include "analysis/accuracy/token_scores.hpp"

namespace macroscope::accuracy {
namespace {

using testing::ElementsAre;
using workloads::Matrix;

Matrix matrix(std::int64_t rows, std::int64_t cols, const std::vector<double>& values) {
  Matrix m(rows, cols);
  for (std::size_t i = 0; i < values.size(); ++i) m.data()[i] = static_cast<float>(values[i]);
  return m;
}

TEST(TokenScores, AreWorkedOutByHandForTwoTokens) {
  // Reference: p = (3/4, 1/4) at every position; the other: q = (1/2, 1/2). Windows of two tokens: one prediction each.
  const double l = std::log(3.0);
  const ReferenceLogits judge(matrix(4, 2, {l, 0, 9, 9, l, 0, 9, 9}), {{1, 0, 1, 1}, 2, 2});
  TokenScores own, other;
  judge.score_itself(own);
  judge.score(matrix(4, 2, {0, 0, 7, 1, 5, 5, 7, 1}), other);
  ASSERT_EQ(other.nll.size(), 2u) << "the last position of a window predicts nothing";
  EXPECT_NEAR(own.nll[0], -std::log(0.75), 1e-7);
  EXPECT_NEAR(own.nll[1], -std::log(0.25), 1e-7);
  EXPECT_THAT(own.kl, ElementsAre(0, 0));
  const double kl = 0.75 * std::log(0.75 / 0.5) + 0.25 * std::log(0.25 / 0.5);
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_NEAR(other.nll[i], std::log(2.0), 1e-7);
    EXPECT_NEAR(other.kl[i], kl, 1e-7);
    EXPECT_NEAR(other.kl_top25[i], kl, 1e-7) << "fewer than 25 tokens: all of them";
  }
}

TEST(TokenScores, TopTokensAreTheReferencesAndAreRenormalized) {
  // 27 tokens; the reference thinks tokens 0..24 equally likely and 25, 26 less so. Only the two unlikely ones are moved.
  std::vector<double> p(27, 1.0), q(27, 1.0);
  p[25] = p[26] = 0.0;
  q[25] = q[26] = -2.0;
  p.insert(p.end(), 27, 0.0);
  q.insert(q.end(), 27, 0.0);
  const ReferenceLogits judge(matrix(2, 27, p), {{3, 4}, 1, 2});
  TokenScores scores;
  judge.score(matrix(2, 27, q), scores);
  EXPECT_NEAR(scores.kl_top25[0], 0.0, 1e-12);
  EXPECT_GT(scores.kl[0], 1e-3);
}

TEST(TokenScores, AgreementComparesTheLikeliestTokens) {
  const ReferenceLogits judge(matrix(3, 3, {0, 2, 1, 0, 2, 1, 0, 0, 0}), {{0, 0, 0}, 1, 3});
  TokenScores scores;
  judge.score(matrix(3, 3, {0, 9, 1, 5, 2, 1, 0, 0, 0}), scores);
  EXPECT_THAT(scores.agrees, ElementsAre(1, 0));
}

TEST(TokenScores, AreAppendedWindowByWindow) {
  const ReferenceLogits judge(matrix(2, 2, {0, 0, 0, 0}), {{0, 1}, 1, 2});
  TokenScores scores;
  judge.score(matrix(2, 2, {0, 0, 0, 0}), scores);
  judge.score(matrix(2, 2, {1, 0, 0, 0}), scores);
  EXPECT_EQ(scores.nll.size(), 2u);
  EXPECT_GT(scores.nll[1], scores.nll[0]);
}

TEST(Largest, AreInDescendingOrderAndTiesInAscendingIndex) {
  const std::vector<float> row{1, 5, 3, 5, 2};
  EXPECT_THAT(largest(row.data(), 5, 3), ElementsAre(1, 3, 2));
  EXPECT_THAT(largest(row.data(), 5, 9), ElementsAre(1, 3, 2, 4, 0));
}

}  // namespace
}  // namespace macroscope::accuracy
