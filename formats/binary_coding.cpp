// SPDX-License-Identifier: Apache-2.0
#include "formats/binary_coding.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace macroscope::formats {
namespace {

/// Solves the n x n system a x = b (rows of n + 1 numbers) by elimination with pivoting; false if it is singular.
bool solve(std::vector<std::vector<double>>& rows, std::vector<double>& x) {
  const std::size_t n = rows.size();
  const double scale = rows[0][0];  // the largest entry of a Gram matrix of +-1 vectors is on its diagonal
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row)
      if (std::fabs(rows[row][column]) > std::fabs(rows[pivot][column])) pivot = row;
    if (std::fabs(rows[pivot][column]) <= 1e-9 * scale) return false;
    std::swap(rows[column], rows[pivot]);
    for (std::size_t row = 0; row < n; ++row) {
      if (row == column) continue;
      const double factor = rows[row][column] / rows[column][column];
      for (std::size_t k = column; k <= n; ++k) rows[row][k] -= factor * rows[column][k];
    }
  }
  for (std::size_t i = 0; i < n; ++i) x[i] = rows[i][n] / rows[i][i];
  return true;
}

/// One fit: the numbers, their weights and the coding so far.
class Fit {
 public:
  Fit(const float* w, std::int64_t n, int planes, bool offset, const float* weights)
      : w_(w), weights_(weights), offset_(offset), planes_(static_cast<std::size_t>(planes)) {
    coding_.alpha.assign(planes_, 0.0);
    coding_.codes.assign(static_cast<std::size_t>(n), 0);
  }

  void start_greedily() {
    const std::size_t n = coding_.codes.size();
    double total = 0, mean = 0;
    for (std::size_t j = 0; j < n; ++j) {
      total += weight(j);
      mean += weight(j) * static_cast<double>(w_[j]);
    }
    if (offset_ && total > 0) coding_.offset = mean / total;
    std::vector<double> rest(n);
    for (std::size_t j = 0; j < n; ++j) rest[j] = static_cast<double>(w_[j]) - coding_.offset;
    for (std::size_t i = 0; i < planes_; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < n; ++j) sum += weight(j) * std::fabs(rest[j]);
      const double alpha = total > 0 ? sum / total : 0.0;
      coding_.alpha[i] = alpha;
      for (std::size_t j = 0; j < n; ++j) {
        if (rest[j] < 0) coding_.codes[j] |= Code{1} << i;
        rest[j] += rest[j] < 0 ? alpha : -alpha;
      }
    }
    order_planes();
  }

  /// One round; false when no plane changed.
  bool improve() {
    if (!least_squares()) return false;
    order_planes();
    std::vector<Code> codes = nearest_levels(coding_, w_, static_cast<std::int64_t>(coding_.codes.size()));
    const bool changed = codes != coding_.codes;
    coding_.codes = std::move(codes);
    return changed;
  }

  [[nodiscard]] BinaryCoding result() && { return std::move(coding_); }

 private:
  [[nodiscard]] double weight(std::size_t j) const { return weights_ ? static_cast<double>(weights_[j]) : 1.0; }

  bool least_squares() {
    const std::size_t unknowns = planes_ + (offset_ ? 1 : 0);
    std::vector<std::vector<double>> rows(unknowns, std::vector<double>(unknowns + 1, 0.0));
    for (std::size_t j = 0; j < coding_.codes.size(); ++j) {
      const auto plane = [&](std::size_t i) { return i < planes_ && (coding_.codes[j] >> i & 1U) ? -1.0 : 1.0; };
      for (std::size_t a = 0; a < unknowns; ++a) {
        for (std::size_t b = 0; b < unknowns; ++b) rows[a][b] += weight(j) * plane(a) * plane(b);
        rows[a][unknowns] += weight(j) * plane(a) * static_cast<double>(w_[j]);
      }
    }
    std::vector<double> x(unknowns);
    if (!solve(rows, x)) return false;  // planes that depend on each other: what is there already is as good
    std::copy_n(x.begin(), planes_, coding_.alpha.begin());
    if (offset_) coding_.offset = x.back();
    return true;
  }

  /// Turns planes with a negative alpha and sorts them, largest alpha first.
  void order_planes() {
    std::vector<std::size_t> order(planes_);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return std::fabs(coding_.alpha[a]) > std::fabs(coding_.alpha[b]); });
    Code turned = 0;
    for (std::size_t i = 0; i < planes_; ++i)
      if (coding_.alpha[i] < 0) turned |= Code{1} << i;
    for (Code& code : coding_.codes) {
      const Code old = code ^ turned;
      code = 0;
      for (std::size_t i = 0; i < planes_; ++i) code |= (old >> order[i] & 1U) << i;
    }
    std::vector<double> alpha;
    for (const std::size_t i : order) alpha.push_back(std::fabs(coding_.alpha[i]));
    coding_.alpha = std::move(alpha);
  }

  const float* w_;
  const float* weights_;
  bool offset_;
  std::size_t planes_;
  BinaryCoding coding_;
};

}  // namespace

double BinaryCoding::level(Code code) const {
  double sum = offset;
  for (std::size_t i = 0; i < alpha.size(); ++i) sum += code >> i & 1U ? -alpha[i] : alpha[i];
  return sum;
}

std::vector<Code> nearest_levels(const BinaryCoding& coding, const float* w, std::int64_t n) {
  std::vector<Code> by_level(std::size_t{1} << coding.alpha.size());
  std::iota(by_level.begin(), by_level.end(), Code{0});
  std::vector<double> levels;
  for (const Code code : by_level) levels.push_back(coding.level(code));
  std::stable_sort(by_level.begin(), by_level.end(), [&](Code a, Code b) { return levels[a] < levels[b]; });
  by_level.erase(std::unique(by_level.begin(), by_level.end(), [&](Code a, Code b) { return levels[a] == levels[b]; }), by_level.end());
  std::vector<Code> codes(static_cast<std::size_t>(n));
  for (std::size_t j = 0; j < codes.size(); ++j) {
    const auto x = static_cast<double>(w[j]);
    const auto above = std::lower_bound(by_level.begin(), by_level.end(), x, [&](Code code, double value) { return levels[code] < value; });
    if (above == by_level.end()) codes[j] = by_level.back();
    else if (above == by_level.begin()) codes[j] = *above;
    else codes[j] = x - levels[*std::prev(above)] <= levels[*above] - x ? *std::prev(above) : *above;
  }
  return codes;
}

BinaryCoding fit_binary_coding(const float* w, std::int64_t n, int planes, bool offset, int rounds, const float* weights) {
  Fit fit(w, n, planes, offset, weights);
  fit.start_greedily();
  for (int round = 0; round < rounds && fit.improve(); ++round) {
  }
  return std::move(fit).result();
}

BinaryCoding binary_coding_of_integers(int bits, double scale, double zero) {
  BinaryCoding coding;
  for (int i = 0; i < bits; ++i) coding.alpha.push_back(std::ldexp(scale, bits - 2 - i));
  coding.offset = scale * ((std::ldexp(1.0, bits) - 1) / 2 - zero);
  return coding;
}

}  // namespace macroscope::formats
