// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/encode_speed.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "sim/datapath/kernels/encode.hpp"
#include "sim/datapath/kernels/parallel.hpp"
#include "sim/datapath/quantized_matrix.hpp"
#include "sim/datapath/timing.hpp"

namespace macroscope::datapath {
namespace {

/// Random draws cost more than what is measured: a few, repeated.
std::vector<float> gaussian(std::int64_t count) {
  constexpr std::int64_t drawn = 1 << 16;
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < std::min(count, drawn); ++i) x[static_cast<std::size_t>(i)] = normal(random);
  for (std::int64_t i = drawn; i < count; ++i) x[static_cast<std::size_t>(i)] = x[static_cast<std::size_t>(i - drawn)];
  return x;
}

}  // namespace

EncodeSpeed measure_encode(const OperandSpec& operand, std::int64_t rows, std::int64_t cols, int threads, double seconds) {
  const std::vector<float> x = gaussian(rows * cols);
  std::vector<float> maxima(static_cast<std::size_t>(rows));
  const auto read = [&] {
    kernels::parallel_for(rows, threads, [&](std::int64_t row) { maxima[static_cast<std::size_t>(row)] = kernels::absolute_maximum(x.data() + row * cols, cols); });
  };
  QuantizedMatrix codes = quantize(operand, x.data(), rows, cols, cols, 0, threads);
  double best = std::numeric_limits<double>::infinity(), best_read = best;
  repeat_for(seconds, [&] {
    best_read = std::min(best_read, seconds_of(threads, read));
    best = std::min(best, seconds_of(threads, [&] { quantize_into(codes, operand, x.data(), rows, cols, cols, 0, threads); }));
  });
  const auto count = static_cast<double>(rows * cols);
  return {count / best, count / best_read};
}

}  // namespace macroscope::datapath
