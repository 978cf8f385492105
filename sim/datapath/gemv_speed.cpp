// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/gemv_speed.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "sim/datapath/gemm.hpp"
#include "sim/datapath/gemm_speed.hpp"
#include "sim/datapath/kernels/parallel.hpp"
#include "sim/datapath/timing.hpp"

namespace macroscope::datapath {
namespace {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
[[gnu::target_clones("avx512f", "avx2", "default")]]
#endif
float dot(const float* a, const float* b, std::int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

QuantizedMatrix random_planes(const OperandSpec& operand, std::int64_t rows, std::int64_t cols) {
  std::mt19937 random(7);
  QuantizedMatrix m{operand.element, rows, cols, {}, {}, operand.scale->block, {}, {}};
  m.planes = operand.planes->count;
  m.planes_have_offset = operand.planes->offset;
  m.codes8.resize(static_cast<std::size_t>(rows * cols));
  for (std::uint8_t& code : m.codes8) code = static_cast<std::uint8_t>(random() & ((1U << m.planes) - 1U));
  m.fp32_scales.resize(static_cast<std::size_t>(rows * m.blocks() * m.terms()));
  for (float& scale : m.fp32_scales) scale = 0.001F * static_cast<float>(1 + random() % 1000);
  return m;
}

}  // namespace

GemvSpeed measure_gemv(const MacSpec& spec, std::int64_t n, std::int64_t k, int threads, double seconds) {
  if (!spec.weight.planes) throw std::invalid_argument("measure_gemv: the weights of '" + spec.name + "' are not in planes");
  std::vector<float> x(static_cast<std::size_t>(k)), w(static_cast<std::size_t>(n * k)), y(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(i % 13) - 6;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = w[i % w.size()] / 6;
  const QuantizedMatrix a = quantize(spec.activation, x.data(), 1, k, k);
  const PreparedOperand b(spec, random_planes(spec.weight, n, k));
  Fp32Matmul library({1, n, k}, threads);
  const auto by_tables = [&] { gemm(spec, a, b, y.data(), n, threads); };
  const auto by_dots = [&] {
    constexpr std::int64_t rows_a_task = 32;
    kernels::parallel_for((n + rows_a_task - 1) / rows_a_task, threads, [&](std::int64_t task) {
      for (std::int64_t row = task * rows_a_task; row < std::min((task + 1) * rows_a_task, n); ++row) y[static_cast<std::size_t>(row)] = dot(x.data(), w.data() + row * k, k);
    });
  };
  by_tables();  // packs B
  GemvSpeed best{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  repeat_for(seconds, [&] {
    best.fp32_seconds = std::min({best.fp32_seconds, seconds_of(threads, by_dots), seconds_of(threads, [&] { library.run(); })});
    best.seconds = std::min(best.seconds, seconds_of(threads, by_tables));
  });
  return best;
}

}  // namespace macroscope::datapath
