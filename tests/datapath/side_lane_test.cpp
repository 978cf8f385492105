// SPDX-License-Identifier: Apache-2.0
// What the lanes beside the array add, against the chains of their formula.
#include "sim/datapath/side_lane.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "formats/input_error.hpp"
#include "sim/datapath/gemm.hpp"
#include "sim/datapath/unit.hpp"
#include "tests/datapath/exact_float.hpp"
#include "tests/datapath/operands.hpp"

namespace macroscope::datapath::test {
namespace {

using ::testing::HasSubstr;

MacSpec with_side(const std::string& side) {
  return parse_mac_spec(R"({mac: test, activation: {element: int8, scale: {encoding: fp32, granularity: token, rule: absmax}},
    weight: {element: int4, scale: {encoding: fp32, block: 32, rule: absmax}}, dot: {lanes: 32, reduction: integer}, accumulate: {format: int32}, side: )" + side + "}",
                        "test");
}

std::vector<float> heavy_tailed(std::size_t count, Random& random) {
  std::normal_distribution<float> normal;
  std::vector<float> x(count);
  for (float& v : x) v = normal(random) * (random() % 40 == 0 ? 12.0F : 1.0F);
  return x;
}

struct Case {
  std::int64_t m = 5, n = 9, k = 70;
  std::vector<float> x, w, before;
  explicit Case(std::uint64_t seed) {
    Random random(seed);
    x = heavy_tailed(static_cast<std::size_t>(m * k), random);
    w = heavy_tailed(static_cast<std::size_t>(n * k), random);
    before = heavy_tailed(static_cast<std::size_t>(m * n), random);
  }
  [[nodiscard]] float activation(std::int64_t row, std::int64_t at) const { return x[static_cast<std::size_t>(row * k + at)]; }
  [[nodiscard]] float weight(std::int64_t row, std::int64_t at) const { return w[static_cast<std::size_t>(row * k + at)]; }
  [[nodiscard]] std::vector<float> after(const SideLane& lane) const {
    std::vector<float> c = before;
    lane.add(x.data(), m, k, c.data(), n, 3);
    return c;
  }
};

TEST(side_lane, keeps_the_largest_weights_sparse_in_fp16) {
  const Case data(51);
  const SideLane lane(with_side("{csr: 0.05}"), data.w.data(), data.n, data.k, data.k);
  ASSERT_EQ(lane.sparse_weights(), std::llround(0.05 * static_cast<double>(data.w.size())));
  std::vector<float> sizes;
  for (const float w : data.w) sizes.push_back(std::fabs(w));
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  const float smallest = sizes[static_cast<std::size_t>(lane.sparse_weights() - 1)];
  const std::vector<float> c = data.after(lane);
  for (std::int64_t n = 0; n < data.n; ++n)
    for (std::int64_t m = 0; m < data.m; ++m) {
      float t = 0;
      bool any = false;
      for (std::int64_t k = 0; k < data.k; ++k) {
        const bool sparse = std::fabs(data.weight(n, k)) >= smallest;
        ASSERT_EQ(lane.dense_weights()[static_cast<std::size_t>(n * data.k + k)], sparse ? 0.0F : data.weight(n, k));
        any |= sparse;
        if (sparse) t = sum(t, product(half(data.activation(m, k)), half(data.weight(n, k))));
      }
      const auto at = static_cast<std::size_t>(m * data.n + n);
      ASSERT_EQ(fp32_bits(c[at]), fp32_bits(any ? sum(data.before[at], t) : data.before[at])) << m << ", " << n;
    }
}

TEST(side_lane, takes_the_columns_of_large_activations_from_the_array) {
  const Case data(52);
  const SideLane lane(with_side("{columns: 6.0}"), data.w.data(), data.n, data.k, data.k);
  EXPECT_EQ(lane.dense_weights(), data.w);
  const std::vector<float> dense = lane.dense_activations(data.x.data(), data.m, data.k), c = data.after(lane);
  std::int64_t outliers = 0;
  for (std::int64_t m = 0; m < data.m; ++m)
    for (std::int64_t n = 0; n < data.n; ++n) {
      float t = 0;
      outliers = 0;
      for (std::int64_t k = 0; k < data.k; ++k) {
        bool outlier = false;
        for (std::int64_t i = 0; i < data.m; ++i) outlier |= std::fabs(data.activation(i, k)) >= 6.0F;
        ASSERT_EQ(dense[static_cast<std::size_t>(m * data.k + k)], outlier ? 0.0F : data.activation(m, k));
        if (outlier) t = sum(t, product(half(data.activation(m, k)), half(data.weight(n, k))));
        outliers += outlier;
      }
      const auto at = static_cast<std::size_t>(m * data.n + n);
      ASSERT_EQ(fp32_bits(c[at]), fp32_bits(sum(data.before[at], t)));
    }
  EXPECT_GT(outliers, 0);
  EXPECT_LT(outliers, data.k);
}

TEST(side_lane, takes_a_column_whose_largest_activation_is_just_the_threshold) {
  const Case data(56);
  std::vector<float> x(static_cast<std::size_t>(data.m * data.k), 0.25F);
  x[static_cast<std::size_t>(2 * data.k + 7)] = -6.0F;                        // at it
  x[static_cast<std::size_t>(3 * data.k + 11)] = std::nextafter(6.0F, 0.0F);  // just below
  const SideLane lane(with_side("{columns: 6.0}"), data.w.data(), data.n, data.k, data.k);
  const std::vector<float> dense = lane.dense_activations(x.data(), data.m, data.k);
  std::vector<float> c = data.before;
  lane.add(x.data(), data.m, data.k, c.data(), data.n, 1);
  for (std::int64_t m = 0; m < data.m; ++m) {
    const auto first = static_cast<std::size_t>(m * data.k);
    EXPECT_EQ(dense[first + 7], 0.0F);
    EXPECT_EQ(dense[first + 11], x[first + 11]);
    for (std::int64_t n = 0; n < data.n; ++n) {
      const auto at = static_cast<std::size_t>(m * data.n + n);
      ASSERT_EQ(fp32_bits(c[at]), fp32_bits(sum(data.before[at], product(x[first + 7], half(data.weight(n, 7))))));
    }
  }
}

TEST(side_lane, of_low_rank_brings_the_weights_nearer) {
  const Case data(53);
  const MacSpec spec = with_side("{low_rank: 4}");
  const SideLane lane(spec, data.w.data(), data.n, data.k, data.k);
  // Unit vectors read off what the lane adds: column k of UV.
  const std::vector<float> held = dequantize(quantize(spec.weight, data.w.data(), data.n, data.k, data.k));
  double without = 0, with = 0;
  for (std::int64_t k = 0; k < data.k; ++k) {
    std::vector<float> unit(static_cast<std::size_t>(data.k), 0.0F), c(static_cast<std::size_t>(data.n), 0.0F);
    unit[static_cast<std::size_t>(k)] = 1;
    lane.add(unit.data(), 1, data.k, c.data(), data.n, 1);
    for (std::int64_t n = 0; n < data.n; ++n) {
      const double residual = static_cast<double>(data.weight(n, k)) - static_cast<double>(held[static_cast<std::size_t>(n * data.k + k)]);
      without += residual * residual;
      with += std::pow(residual - static_cast<double>(c[static_cast<std::size_t>(n)]), 2);
    }
  }
  EXPECT_LT(with, 0.75 * without) << "four of nine directions hold more than their share";
  EXPECT_GT(with, 0);
}

TEST(side_lane, of_low_rank_rounds_its_middle_to_fp16) {
  const Case data(54);
  constexpr std::int64_t rank = 3;
  const SideLane lane(with_side("{low_rank: 3}"), data.w.data(), data.n, data.k, data.k);
  const std::vector<float> c = data.after(lane);
  for (std::int64_t m = 0; m < data.m; ++m) {
    std::vector<float> middle;
    for (std::int64_t j = 0; j < rank; ++j) {
      float u = 0;
      for (std::int64_t k = 0; k < data.k; ++k) u = sum(u, product(half(data.activation(m, k)), lane.right()[static_cast<std::size_t>(j * data.k + k)]));
      middle.push_back(half(u));
    }
    for (std::int64_t n = 0; n < data.n; ++n) {
      float t = 0;
      for (std::int64_t j = 0; j < rank; ++j) t = sum(t, product(middle[static_cast<std::size_t>(j)], lane.left()[static_cast<std::size_t>(n * rank + j)]));
      const auto at = static_cast<std::size_t>(m * data.n + n);
      ASSERT_EQ(fp32_bits(c[at]), fp32_bits(sum(data.before[at], t)));
    }
  }
  for (const std::vector<float>* factor : {&lane.left(), &lane.right()})
    for (const float x : *factor) ASSERT_EQ(x, half(x));
}

TEST(side_lane, adds_in_the_order_sparse_columns_low_rank) {
  const Case data(55);
  const MacSpec all = with_side("{csr: 0.02, columns: 5.0, low_rank: 2}");
  const SideLane lane(all, data.w.data(), data.n, data.k, data.k);
  const SideLane sparse(with_side("{csr: 0.02}"), data.w.data(), data.n, data.k, data.k);
  const SideLane columns(with_side("{columns: 5.0}"), data.w.data(), data.n, data.k, data.k);
  const SideLane low(with_side("{low_rank: 2}"), sparse.dense_weights().data(), data.n, data.k, data.k);
  std::vector<float> c = data.before;
  for (const SideLane* one : {&sparse, &columns, &low}) one->add(data.x.data(), data.m, data.k, c.data(), data.n, 2);
  EXPECT_EQ(first_difference(data.after(lane), c), -1);
}

TEST(side_lane, is_written_back_and_refused_where_it_is_empty) {
  const MacSpec spec = with_side("{csr: 0.0045, columns: 6, low_rank: 8}");
  EXPECT_THAT(canonical_yaml(spec), HasSubstr("side: {csr: 0.0045, columns: 6.0, low_rank: 8}"));
  EXPECT_EQ(canonical_yaml(parse_mac_spec(canonical_yaml(spec), "again")), canonical_yaml(spec));
  const auto refusal = [](const std::string& side) -> std::string {
    try {
      with_side(side);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal("{}"), HasSubstr("side"));
  EXPECT_THAT(refusal("{csr: 0.7}"), HasSubstr("'0.7'"));
  EXPECT_THAT(refusal("{csr: lots}"), HasSubstr("'lots'"));
  EXPECT_THAT(refusal("{low_rnk: 3}"), HasSubstr("did you mean 'low_rank'"));
}

}  // namespace
}  // namespace macroscope::datapath::test
