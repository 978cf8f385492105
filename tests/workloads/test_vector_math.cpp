// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "workloads/vector_math.hpp"

namespace macroscope::workloads {
namespace {

std::vector<float> gaussian(std::int64_t size, unsigned seed, float deviation = 3.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> gauss(0.0f, deviation);
  std::vector<float> values(static_cast<std::size_t>(size));
  for (float& value : values) value = gauss(random);
  return values;
}

/// Sizes around every vector width.
const std::int64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 257};

TEST(VectorMath, NormsAndActivationsAreTheFormulasAtEverySize) {
  for (const std::int64_t size : sizes) {
    const auto x = gaussian(size, 1), w = gaussian(size, 2);
    std::vector<float> out(x.size());
    rms_norm(x.data(), w.data(), 1e-5f, size, out.data());
    double squares = 0;
    for (const float v : x) squares += static_cast<double>(v) * static_cast<double>(v);
    const double rms = std::sqrt(squares / static_cast<double>(size) + 1e-5);
    auto gate = x;
    swiglu(gate.data(), w.data(), size);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double v = x[i], u = w[i];
      EXPECT_NEAR(out[i], v / rms * u, 1e-6 * (1 + std::abs(v / rms * u)));
      EXPECT_NEAR(gate[i], v / (1 + std::exp(-v)) * u, 1e-6 * (1 + std::abs(v * u))) << size;
    }
  }
}

TEST(VectorMath, SoftmaxSumsToOneOverThePastAndIsZeroInTheFuture) {
  for (const std::int64_t valid : sizes) {
    auto row = gaussian(300, 3);
    const auto scores = row;
    causal_softmax(row.data(), valid, 300, 0.25f);
    double sum = 0, exact = 0;
    for (std::int64_t i = 0; i < valid; ++i) exact += std::exp(0.25 * static_cast<double>(scores[static_cast<std::size_t>(i)]));
    for (std::int64_t i = 0; i < 300; ++i) {
      const auto at = static_cast<std::size_t>(i);
      sum += static_cast<double>(row[at]);
      if (i >= valid) EXPECT_EQ(row[at], 0.0f);
      else EXPECT_NEAR(row[at], std::exp(0.25 * static_cast<double>(scores[at])) / exact, 1e-6);
    }
    EXPECT_NEAR(sum, 1.0, 1e-5);
  }
}

TEST(VectorMath, LogSumExpAndKlAreTheirSums) {
  for (const std::int64_t size : sizes) {
    const auto p = gaussian(size, 4), q = gaussian(size, 5);
    double p_sum = 0, q_sum = 0;
    for (const float v : p) p_sum += std::exp(static_cast<double>(v));
    for (const float v : q) q_sum += std::exp(static_cast<double>(v));
    EXPECT_NEAR(log_sum_exp(p.data(), size), std::log(p_sum), 1e-12);
    double kl = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double p_i = std::exp(static_cast<double>(p[i])) / p_sum, q_i = std::exp(static_cast<double>(q[i])) / q_sum;
      kl += p_i * std::log(p_i / q_i);
    }
    EXPECT_NEAR(kl_divergence(p.data(), std::log(p_sum), q.data(), std::log(q_sum), size), kl, 1e-12);
  }
}

TEST(VectorMath, LargeLogitsDoNotOverflow) {
  const std::vector<float> logits{1000.0f, 1001.0f, -3e38f};
  EXPECT_NEAR(log_sum_exp(logits.data(), 3), 1001.0 + std::log1p(std::exp(-1.0)), 1e-9);
}

TEST(VectorMath, ANanIsNotHidden) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t at : {0u, 5u, 16u}) {
    auto row = gaussian(17, 6);
    row[at] = nan;
    EXPECT_TRUE(std::isnan(log_sum_exp(row.data(), 17)));
    auto gate = row;
    swiglu(gate.data(), row.data(), 17);
    EXPECT_TRUE(std::isnan(gate[at]));
    causal_softmax(row.data(), 17, 17, 1.0f);
    EXPECT_TRUE(std::isnan(row[at]));
  }
}

TEST(VectorMath, SquaredErrorIsInDouble) {
  const std::vector<float> a{3.0f, 1e20f, 4.0f}, b{1.0f, 1e20f, 4.5f};
  const SquaredError sums = squared_error(a.data(), b.data(), 3);
  EXPECT_DOUBLE_EQ(sums.error, 4.25);
  EXPECT_GT(sums.signal, 9e39);
}

}  // namespace
}  // namespace macroscope::workloads
