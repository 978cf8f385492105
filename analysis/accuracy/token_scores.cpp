// SPDX-License-Identifier: Apache-2.0
#include "analysis/accuracy/token_scores.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/vector_math.hpp"

namespace macroscope::accuracy {
namespace {

using workloads::Matrix;
using workloads::Token;

/// KL of two rows restricted to some tokens and renormalized.
double kl_among(const std::vector<Token>& tokens, const float* p, const float* q) {
  std::vector<float> p_some, q_some;
  for (const Token token : tokens) {
    p_some.push_back(p[token]);
    q_some.push_back(q[token]);
  }
  const auto size = static_cast<std::int64_t>(tokens.size());
  return workloads::kl_divergence(p_some.data(), workloads::log_sum_exp(p_some.data(), size), q_some.data(),
                                  workloads::log_sum_exp(q_some.data(), size), size);
}

}  // namespace

std::vector<Token> largest(const float* row, std::int64_t size, std::int64_t count) {
  const auto before = [row](Token a, Token b) { return row[a] != row[b] ? row[a] > row[b] : a < b; };
  std::vector<Token> kept;  // a heap with the least of the kept ones on top
  for (Token token = 0; token < size; ++token) {
    if (static_cast<std::int64_t>(kept.size()) < count) {
      kept.push_back(token);
      std::push_heap(kept.begin(), kept.end(), before);
    } else if (before(token, kept.front())) {
      std::pop_heap(kept.begin(), kept.end(), before);
      kept.back() = token;
      std::push_heap(kept.begin(), kept.end(), before);
    }
  }
  std::sort_heap(kept.begin(), kept.end(), before);
  return kept;
}

ReferenceLogits::ReferenceLogits(Matrix logits, const workloads::TokenWindows& windows) : logits_(std::move(logits)) {
  for (std::int64_t row = 0; row < logits_.rows(); ++row)
    if (row % windows.length + 1 < windows.length)
      positions_.push_back({row, windows.tokens[static_cast<std::size_t>(row) + 1], 0.0, {}});
  const auto count = static_cast<std::int64_t>(positions_.size());
#pragma omp parallel for
  for (std::int64_t i = 0; i < count; ++i) {
    Position& position = positions_[static_cast<std::size_t>(i)];
    position.log_sum = workloads::log_sum_exp(logits_.row(position.row), logits_.cols());
    position.top = largest(logits_.row(position.row), logits_.cols(), top_tokens);
  }
}

void ReferenceLogits::score(const Matrix& logits, TokenScores& scores) const {
  const std::size_t begin = scores.nll.size(), count = positions_.size();
  for (auto* column : {&scores.nll, &scores.kl, &scores.kl_top25, &scores.agrees}) column->resize(begin + count);
  const std::int64_t vocabulary = logits.cols();
#pragma omp parallel for
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(count); ++i) {
    const Position& position = positions_[static_cast<std::size_t>(i)];
    const float *p = logits_.row(position.row), *q = logits.row(position.row);
    const double log_sum = workloads::log_sum_exp(q, vocabulary);
    const std::size_t at = begin + static_cast<std::size_t>(i);
    scores.nll[at] = log_sum - static_cast<double>(q[position.next]);
    scores.kl[at] = workloads::kl_divergence(p, position.log_sum, q, log_sum, vocabulary);
    scores.kl_top25[at] = kl_among(position.top, p, q);
    scores.agrees[at] = std::max_element(q, q + vocabulary) - q == position.top.front() ? 1.0 : 0.0;
  }
}

void ReferenceLogits::score_itself(TokenScores& scores) const {
  for (const Position& position : positions_) {
    scores.nll.push_back(position.log_sum - static_cast<double>(logits_.row(position.row)[position.next]));
    scores.kl.push_back(0.0);
    scores.kl_top25.push_back(0.0);
    scores.agrees.push_back(1.0);
  }
}

}  // namespace macroscope::accuracy
