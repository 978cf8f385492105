// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/side_lane.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/parallel.hpp"
#include "sim/datapath/quantized_matrix.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath {
namespace {

float half(float x) {
  static const formats::Minifloat fp16 = *formats::parse_minifloat("fp16");
  return static_cast<float>(formats::decode(fp16, formats::encode(fp16, static_cast<double>(x), formats::Rounding::rne, formats::Overflow::saturate)));
}

/// Makes the columns of q (n x rank, row-major) orthonormal one after the other; a column with nothing left is zero.
void orthonormalise(std::vector<double>& q, std::size_t n, std::size_t rank) {
  for (std::size_t j = 0; j < rank; ++j) {
    for (int again = 0; again < 2; ++again)
      for (std::size_t i = 0; i < j; ++i) {
        double along = 0;
        for (std::size_t k = 0; k < n; ++k) along += q[k * rank + i] * q[k * rank + j];
        for (std::size_t k = 0; k < n; ++k) q[k * rank + j] -= along * q[k * rank + i];
      }
    double square = 0;
    for (std::size_t k = 0; k < n; ++k) square += q[k * rank + j] * q[k * rank + j];
    const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
    for (std::size_t k = 0; k < n; ++k) q[k * rank + j] *= scale;
  }
}

/// out = a * q (transposed: a' * q); a is rows x cols.
std::vector<double> times(const std::vector<double>& a, std::size_t rows, std::size_t cols, const std::vector<double>& q, std::size_t rank, bool transposed) {
  std::vector<double> out((transposed ? cols : rows) * rank, 0.0);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t k = 0; k < cols; ++k) {
      const double value = a[r * cols + k];
      const double* from = &q[(transposed ? r : k) * rank];
      double* to = &out[(transposed ? k : r) * rank];
      for (std::size_t j = 0; j < rank; ++j) to[j] += value * from[j];
    }
  return out;
}

}  // namespace

SideLane::SideLane(const MacSpec& spec, const float* weights, std::int64_t rows, std::int64_t cols, std::int64_t ld)
    : rows_(rows), cols_(cols), threshold_(spec.side->columns), rank_(static_cast<int>(std::min<std::int64_t>(spec.side->low_rank, std::min(rows, cols)))) {
  for (std::int64_t row = 0; row < rows; ++row) dense_.insert(dense_.end(), weights + row * ld, weights + row * ld + cols);
  if (threshold_ > 0)
    for (const float w : dense_) half_weights_.push_back(half(w));
  take_outliers(spec.side->csr);
  if (rank_ > 0) factor_residual(spec.weight, rank_);
}

void SideLane::take_outliers(double share) {
  const auto count = static_cast<std::ptrdiff_t>(std::llround(share * static_cast<double>(dense_.size())));
  std::vector<std::size_t> order(dense_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return std::fabs(dense_[a]) > std::fabs(dense_[b]); });
  std::sort(order.begin(), order.begin() + count);
  row_start_.assign(static_cast<std::size_t>(rows_) + 1, 0);
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const std::size_t at = order[static_cast<std::size_t>(i)];
    column_.push_back(static_cast<std::int64_t>(at) % cols_);
    values_.push_back(half(dense_[at]));
    ++row_start_[at / static_cast<std::size_t>(cols_) + 1];
    dense_[at] = 0;
  }
  std::partial_sum(row_start_.begin(), row_start_.end(), row_start_.begin());
}

void SideLane::factor_residual(const OperandSpec& weight, int rank) {
  const auto rows = static_cast<std::size_t>(rows_), cols = static_cast<std::size_t>(cols_), r = static_cast<std::size_t>(rank);
  const std::vector<float> held = dequantize(quantize(weight, dense_.data(), rows_, cols_, cols_));
  std::vector<double> residual(dense_.size());
  for (std::size_t i = 0; i < residual.size(); ++i) residual[i] = static_cast<double>(dense_[i]) - static_cast<double>(held[i]);
  std::vector<double> q(cols * r);
  for (std::size_t i = 0; i < q.size(); ++i) q[i] = static_cast<double>(formats::random_word(1, i)) / 4294967296.0 - 0.5;
  constexpr int iterations = 8;  // the spectrum of a rounding error is flat: more gain little
  for (int i = 0; i < iterations; ++i) {
    orthonormalise(q, cols, r);
    q = times(residual, rows, cols, times(residual, rows, cols, q, r, false), r, true);
  }
  orthonormalise(q, cols, r);
  const std::vector<double> u = times(residual, rows, cols, q, r, false);
  for (const double x : u) left_.push_back(half(static_cast<float>(x)));
  right_.resize(r * cols);
  for (std::size_t k = 0; k < cols; ++k)
    for (std::size_t j = 0; j < r; ++j) right_[j * cols + k] = half(static_cast<float>(q[k * r + j]));
}

std::vector<std::int64_t> SideLane::outlier_columns(const float* x, std::int64_t rows, std::int64_t ld) const {
  std::vector<std::int64_t> columns;
  for (std::int64_t k = 0; threshold_ > 0 && k < cols_; ++k) {
    bool outlier = false;
    for (std::int64_t m = 0; m < rows; ++m) outlier |= static_cast<double>(std::fabs(x[m * ld + k])) >= threshold_;
    if (outlier) columns.push_back(k);
  }
  return columns;
}

std::vector<float> SideLane::dense_activations(const float* x, std::int64_t rows, std::int64_t ld) const {
  std::vector<float> dense;
  for (std::int64_t m = 0; m < rows; ++m) dense.insert(dense.end(), x + m * ld, x + m * ld + cols_);
  for (const std::int64_t k : outlier_columns(x, rows, ld))
    for (std::int64_t m = 0; m < rows; ++m) dense[static_cast<std::size_t>(m * cols_ + k)] = 0;
  return dense;
}

void SideLane::add_row(const float* x, const std::vector<std::int64_t>& columns, float* c) const {
  std::vector<float> halves(static_cast<std::size_t>(cols_));
  std::transform(x, x + cols_, halves.begin(), half);
  std::vector<float> reduced(static_cast<std::size_t>(rank_));
  for (std::size_t j = 0; j < reduced.size(); ++j) {
    float u = 0;
    for (std::size_t k = 0; k < halves.size(); ++k) u += halves[k] * right_[j * halves.size() + k];
    reduced[j] = half(u);
  }
  for (std::int64_t n = 0; n < rows_; ++n) {
    const auto row = static_cast<std::size_t>(n);
    const auto first = row_start_[row], last = row_start_[row + 1];
    float t = 0;
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) t += halves[static_cast<std::size_t>(column_[i])] * values_[i];
    if (first < last) c[n] += t;
    t = 0;
    for (const std::int64_t k : columns) t += halves[static_cast<std::size_t>(k)] * half_weights_[static_cast<std::size_t>(n * cols_ + k)];
    if (!columns.empty()) c[n] += t;
    t = 0;
    for (std::size_t j = 0; j < reduced.size(); ++j) t += reduced[j] * left_[row * reduced.size() + j];
    if (!reduced.empty()) c[n] += t;
    c[n] = fp32_from_bits(fp32_bits(c[n]));
  }
}

void SideLane::add(const float* x, std::int64_t rows, std::int64_t ld, float* c, std::int64_t ldc, int threads) const {
  const std::vector<std::int64_t> columns = outlier_columns(x, rows, ld);
  kernels::parallel_for(rows, threads, [&](std::int64_t m) {
    const kernels::DefaultFloatEnvironment environment;
    add_row(x + m * ld, columns, c + m * ldc);
  });
}

double side_bits_per_weight(const SideSpec& side, std::int64_t rows, std::int64_t cols) {
  const auto n = static_cast<double>(rows), k = static_cast<double>(cols);
  double bits = side.columns > 0 ? 16 : 0;
  if (side.csr > 0) bits += side.csr * (16 + 16) + 32 / k;
  return bits + 16 * static_cast<double>(side.low_rank) * (n + k) / (n * k);
}

}  // namespace macroscope::datapath
