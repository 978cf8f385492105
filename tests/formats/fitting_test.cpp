// SPDX-License-Identifier: Apache-2.0
// Formats that are fitted to their numbers, and decoders of vectors.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "formats/binary_coding.hpp"
#include "formats/fitted_table.hpp"
#include "formats/input_error.hpp"
#include "formats/vector_codebook.hpp"

namespace macroscope::formats {
namespace {

std::vector<float> gaussian(std::size_t n, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<float> x(n);
  for (float& value : x) value = static_cast<float>(normal(random));
  return x;
}

double error_of(const BinaryCoding& coding, const std::vector<float>& w, const std::vector<float>& weights = {}) {
  double sum = 0;
  for (std::size_t j = 0; j < w.size(); ++j) {
    const double error = static_cast<double>(w[j]) - coding.level(coding.codes[j]);
    sum += error * error * (weights.empty() ? 1.0 : static_cast<double>(weights[j]));
  }
  return sum;
}

BinaryCoding fit(const std::vector<float>& w, int planes, bool offset, int rounds, const std::vector<float>& weights = {}) {
  return fit_binary_coding(w.data(), static_cast<std::int64_t>(w.size()), planes, offset, rounds, weights.empty() ? nullptr : weights.data());
}

TEST(binary_coding, greedy_takes_signs_and_mean_magnitudes) {
  const std::vector<float> w{3, -1, 2, -2};
  const BinaryCoding one = fit(w, 1, false, 0);
  EXPECT_EQ(one.alpha, (std::vector<double>{2}));
  EXPECT_EQ(one.codes, (std::vector<Code>{0, 1, 0, 1}));
  const BinaryCoding two = fit(w, 2, false, 0);  // rests 1, 1, 0, 0: mean 1/2, all counted positive
  EXPECT_EQ(two.alpha, (std::vector<double>{2, 0.5}));
  EXPECT_EQ(two.codes, (std::vector<Code>{0, 1, 0, 1}));
}

TEST(binary_coding, alternation_never_loses_and_ends_at_a_fixed_point) {
  for (int planes = 1; planes <= 4; ++planes)
    for (const bool offset : {false, true})
      for (unsigned seed = 1; seed <= 5; ++seed) {
        auto w = gaussian(512, seed);
        if (offset)
          for (float& value : w) value += 0.7F;
        double before = error_of(fit(w, planes, offset, 0), w);
        for (const int rounds : {1, 2, 5, 15}) {
          const double after = error_of(fit(w, planes, offset, rounds), w);
          EXPECT_LE(after, before * (1 + 1e-12)) << planes << " planes, " << rounds << " rounds";
          before = after;
        }
        const BinaryCoding settled = fit(w, planes, offset, 1000);
        EXPECT_EQ(settled.codes, nearest_levels(settled, w.data(), static_cast<std::int64_t>(w.size())));
        for (std::size_t i = 0; i + 1 < settled.alpha.size(); ++i) EXPECT_GE(settled.alpha[i], settled.alpha[i + 1]);
        EXPECT_GE(settled.alpha.back(), 0);
      }
  // Two planes for a Gaussian: greedy 0.5 dB or more behind, and no coding of 4 levels beats Lloyd-Max's 9.30 dB (Max 1960).
  const auto w = gaussian(200000, 8);
  const double energy = std::inner_product(w.begin(), w.end(), w.begin(), 0.0);
  const double greedy = 10 * std::log10(energy / error_of(fit(w, 2, false, 0), w));
  const double refined = 10 * std::log10(energy / error_of(fit(w, 2, false, 50), w));
  EXPECT_NEAR(refined, 9.30, 0.05);
  EXPECT_GT(refined, greedy + 0.1);
}

TEST(binary_coding, finds_what_was_coded) {
  const BinaryCoding truth{{2.0, 1.0, 0.5}, 0.25, {}};
  std::vector<float> w;
  for (Code code = 0; code < 8; ++code)
    for (int copies = 0; copies < 3; ++copies) w.push_back(static_cast<float>(truth.level(code)));
  const BinaryCoding found = fit(w, 3, true, 15);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found.alpha[i], truth.alpha[i], 1e-12);
  EXPECT_NEAR(found.offset, 0.25, 1e-12);
  EXPECT_NEAR(error_of(found, w), 0, 1e-20);
}

TEST(binary_coding, weights_say_whose_errors_count) {
  const auto w = gaussian(300, 4);
  std::vector<float> weights(300, 1.0F);
  for (std::size_t j = 0; j < 300; j += 3) weights[j] = 50;
  EXPECT_LT(error_of(fit(w, 2, true, 30, weights), w, weights), error_of(fit(w, 2, true, 30), w, weights));
  // A weight of 2 is the same as being there twice.
  std::vector<float> twice = w;
  twice.insert(twice.end(), w.begin(), w.begin() + 100);
  std::vector<float> doubled(300, 1.0F);
  std::fill_n(doubled.begin(), 100, 2.0F);
  const BinaryCoding a = fit(w, 3, true, 10, doubled), b = fit(twice, 3, true, 10);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(a.alpha[i], b.alpha[i], 1e-9);
}

TEST(binary_coding, holds_integers_exactly) {
  for (const int bits : {1, 2, 3, 4, 8}) {
    const double scale = 0.37, zero = 1.6;
    const BinaryCoding coding = binary_coding_of_integers(bits, scale, zero);
    for (Code q = 0; q < (1U << bits); ++q) {
      Code code = 0;
      for (int i = 0; i < bits; ++i) code |= (~q >> (bits - 1 - i) & 1U) << i;
      EXPECT_NEAR(coding.level(code), scale * (q - zero), 1e-13) << bits << " bits, " << q;
    }
  }
}

TEST(binary_coding, copes_with_constants_and_few_numbers) {
  EXPECT_NEAR(error_of(fit({0, 0, 0}, 3, true, 15), {0, 0, 0}), 0, 1e-30);
  EXPECT_NEAR(error_of(fit({5, 5, 5, 5}, 4, false, 15), {5, 5, 5, 5}), 0, 1e-20);
  EXPECT_NEAR(error_of(fit({-2}, 2, true, 15), {-2}), 0, 1e-20);
}

TEST(fitted_table, is_lloyds_and_reaches_max_s_optimum) {
  // Max (IRE Trans. Inf. Theory, 1960): mean squared errors of optimal quantizers of a Gaussian.
  const auto x = gaussian(400000, 3);
  const double energy = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
  for (const auto& [entries, expected] : std::vector<std::pair<int, double>>{{2, 0.3634}, {4, 0.1175}, {8, 0.03454}, {16, 0.009497}}) {
    const auto table = fit_table(x.data(), static_cast<std::int64_t>(x.size()), entries, 2000);
    double sum = 0;
    for (const float value : x) {
      double least = 1e300;
      for (const double entry : table) least = std::min(least, (entry - static_cast<double>(value)) * (entry - static_cast<double>(value)));
      sum += least;
    }
    EXPECT_NEAR(sum / energy, expected, 0.02 * expected) << entries;
    EXPECT_TRUE(std::is_sorted(table.begin(), table.end()));
  }
}

TEST(fitted_table, weighs_and_is_deterministic) {
  std::vector<float> x{0, 1, 10, 11};
  EXPECT_EQ(fit_table(x.data(), 4, 2, 50), (std::vector<double>{0.5, 10.5}));
  const std::vector<float> weights{3, 1, 1, 0};
  EXPECT_EQ(fit_table(x.data(), 4, 2, 50, weights.data()), (std::vector<double>{0.25, 10}));
  const auto y = gaussian(1000);
  EXPECT_EQ(fit_table(y.data(), 1000, 16, 100), fit_table(y.data(), 1000, 16, 100));
  const Element cell = Element::parse("fp16", "test");
  const Element table = fitted_table(y.data(), 1000, 16, 100, cell);
  EXPECT_EQ(table.bits(), 4);
  EXPECT_EQ(table.name(), fitted_table(y.data(), 1000, 16, 100, cell).name());
  EXPECT_EQ(fit_table(x.data(), 0, 4, 5), std::vector<double>(4, 0.0));
}

TEST(additive_codebooks, add_an_entry_of_each_book) {
  AdditiveCodebooks books{2, 2, 1, {1, 2, 3, 4, 10, 20, 30, 40}};
  books.check();
  const Code codes[2] = {1, 0};
  EXPECT_EQ(books.decode(codes, 0.5), (std::vector<double>{6.5, 12}));
  EXPECT_EQ(books.code_bits(), 1);
  EXPECT_EQ((AdditiveCodebooks{8, 1, 16, {}}).code_bits(), 2) << "AQLM 1 x 16: two bits a weight";
  books.entries.pop_back();
  EXPECT_THROW(books.check(), InputError);
  books.books = 0;
  EXPECT_THROW(books.check(), InputError);
}

double error_of(const AdditiveCoding& coding, const std::vector<float>& x) {
  const AdditiveCodebooks& b = coding.codebooks;
  double sum = 0;
  for (std::size_t i = 0; i < x.size() / static_cast<std::size_t>(b.group); ++i) {
    const auto w = b.decode(&coding.codes[i * static_cast<std::size_t>(b.books)], 1.0);
    for (std::size_t j = 0; j < w.size(); ++j) sum += std::pow(w[j] - static_cast<double>(x[i * w.size() + j]), 2);
  }
  return sum;
}

TEST(additive_codebooks, fitted_to_few_vectors_hold_them) {
  const Element fp16 = Element::parse("fp16", "test");
  const std::vector<float> x{1, 2, -3, 4, 0.5F, 0, 1, 2};
  const auto coding = fit_additive_codebooks(x.data(), 4, 2, 1, 2, 3, fp16);
  EXPECT_EQ(error_of(coding, x), 0);
  EXPECT_EQ(coding.codes[0], coding.codes[3]) << "equal vectors have equal codes";
  EXPECT_TRUE(fit_additive_codebooks(nullptr, 0, 8, 2, 4, 3, fp16).codes.empty());
  EXPECT_THROW(fit_additive_codebooks(x.data(), 4, 2, 17, 2, 3, fp16), InputError);
}

TEST(additive_codebooks, fit_better_with_every_book_and_round_and_as_well_as_lloyd_max_in_one_dimension) {
  const auto x = gaussian(16384, 4);
  const double energy = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
  const Element fp16 = Element::parse("fp16", "test");
  const auto error = [&](int group, int books, int bits, int rounds) { return error_of(fit_additive_codebooks(x.data(), 16384 / group, group, books, bits, rounds, fp16), x) / energy; };
  EXPECT_NEAR(error(1, 1, 2, 100), 0.1175, 0.003) << "Max 1960: four levels for a Gaussian";
  const double one = error(4, 1, 4, 5), two = error(4, 2, 4, 0), together = error(4, 2, 4, 10);
  EXPECT_LT(two, 0.6 * one);
  EXPECT_LT(together, 0.99 * two) << "books fitted together";
  EXPECT_GT(together, std::pow(2.0, -4)) << "rate-distortion: 2 bits a number";
  EXPECT_LT(error(4, 1, 8, 5), together) << "one book of all sums could hold these two";
}

TEST(additive_codebooks, choose_the_nearest_sum_given_the_other_books) {
  const auto x = gaussian(4000, 5);
  const auto coding = fit_additive_codebooks(x.data(), 1000, 4, 2, 3, 4, Element::parse("int4", "test"));
  for (const float entry : coding.codebooks.entries) EXPECT_EQ(entry, std::nearbyint(entry));
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto distance = [&](Code first, Code second) {
      const Code codes[2] = {first, second};
      const auto w = coding.codebooks.decode(codes, 1.0);
      double sum = 0;
      for (std::size_t j = 0; j < 4; ++j) sum += std::pow(w[j] - static_cast<double>(x[i * 4 + j]), 2);
      return sum;
    };
    const double found = distance(coding.codes[2 * i], coding.codes[2 * i + 1]);
    for (Code c = 0; c < 8; ++c) ASSERT_GE(distance(coding.codes[2 * i], c), found - 1e-5) << "the last book was chosen last";
  }
  EXPECT_EQ(coding.codebooks.book_bits(4), 2 * 8 * 4 * 4);
}

TEST(pyramid_lattice, numbers_every_point_once) {
  // Fischer's table: N(2, K) = 4 K, N(3, K) = 4 K^2 + 2.
  for (int k = 1; k <= 6; ++k) {
    EXPECT_EQ(PyramidLattice(1, k).size(), 2U);
    EXPECT_EQ(PyramidLattice(2, k).size(), static_cast<std::uint64_t>(4 * k));
    EXPECT_EQ(PyramidLattice(3, k).size(), static_cast<std::uint64_t>(4 * k * k + 2));
  }
  for (const auto& [d, k] : std::vector<std::pair<int, int>>{{1, 4}, {2, 3}, {4, 4}, {8, 3}, {3, 8}}) {
    const PyramidLattice lattice(d, k);
    std::set<std::vector<int>> seen;
    for (std::uint64_t i = 0; i < lattice.size(); ++i) {
      const auto p = lattice.point(i);
      int sum = 0;
      for (const int c : p) sum += std::abs(c);
      ASSERT_EQ(sum, k);
      ASSERT_EQ(p.size(), static_cast<std::size_t>(d));
      ASSERT_TRUE(seen.insert(p).second);
      ASSERT_EQ(lattice.index(p), i);
    }
  }
  EXPECT_THROW(PyramidLattice(2, 3).point(12), InputError);
  EXPECT_THROW(static_cast<void>(PyramidLattice(2, 3).index({1, 1})), InputError);
  EXPECT_THROW(PyramidLattice(64, 64), InputError);
  EXPECT_THROW(PyramidLattice(0, 1), InputError);
}

TEST(pyramid_lattice, points_have_the_gain_as_their_length_and_the_direction_of_what_was_coded) {
  const PyramidLattice lattice(8, 12);
  const auto x = gaussian(800, 2);
  for (std::size_t at = 0; at < 800; at += 8) {
    const auto p = lattice.nearest_point(&x[at]);
    const auto y = lattice.decode(lattice.index(p), 2.5);
    double length = 0, along = 0, norm = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      length += y[i] * y[i];
      along += y[i] * static_cast<double>(x[at + i]);
      norm += static_cast<double>(x[at + i]) * static_cast<double>(x[at + i]);
    }
    EXPECT_NEAR(std::sqrt(length), 2.5, 1e-12);
    EXPECT_GT(along / std::sqrt(length * norm), 0.95) << "12 pulses on 8 numbers come within 18 degrees";
  }
  const float zero[8] = {};
  EXPECT_EQ(lattice.nearest_point(zero)[0], 12);
}

}  // namespace
}  // namespace macroscope::formats
