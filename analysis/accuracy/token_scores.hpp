// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "workloads/matrix.hpp"
#include "workloads/token_windows.hpp"

namespace macroscope::accuracy {

/// What one token prediction is judged by; one entry a prediction, in the order of the text.
struct TokenScores {
  std::vector<double> nll;       ///< -log p(next token), nats
  std::vector<double> kl;        ///< KL(reference || this) over the whole vocabulary, nats
  std::vector<double> kl_top25;  ///< the same over the reference's 25 likeliest tokens, both renormalized to them
  std::vector<double> agrees;    ///< 1 where both find the same token likeliest, else 0
};

/// Tokens kept by kl_top25 (arXiv 2510.25602, section 5.2).
inline constexpr std::int64_t top_tokens = 25;

/// The reference's logits of some windows, prepared to judge others' logits of the same windows.
class ReferenceLogits {
 public:
  /// `logits` is (windows * length) x vocabulary; the last position of each window predicts nothing.
  ReferenceLogits(workloads::Matrix logits, const workloads::TokenWindows& windows);

  /// Appends the scores of `logits`, which are of the same windows. Sums over the vocabulary are in double.
  void score(const workloads::Matrix& logits, TokenScores& scores) const;

  /// Appends the reference's own scores: KL 0, agreement 1.
  void score_itself(TokenScores& scores) const;

 private:
  struct Position {
    std::int64_t row;
    workloads::Token next;
    double log_sum;
    std::vector<workloads::Token> top;  ///< likeliest first
  };

  workloads::Matrix logits_;
  std::vector<Position> positions_;
};

/// Indices of the `count` largest values, largest first; equal ones in ascending order.
std::vector<workloads::Token> largest(const float* row, std::int64_t size, std::int64_t count);

}  // namespace macroscope::accuracy
