// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/int8_gemm.hpp"

#include <algorithm>
#include <vector>

#include "sim/datapath/kernels/aligned_buffer.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/parallel.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath::kernels {
namespace {

/// Out of line, so that the caller's floating-point environment holds here.
[[gnu::noinline]] void drain_row(const std::int32_t* sums, float a_scale, const float* b_scales, std::int64_t n, float* c) {
  const float canonical_nan = fp32_from_bits(0x7fc00000U);
  for (std::int64_t i = 0; i < n; ++i) {
    const float value = static_cast<float>(sums[i]) * a_scale * b_scales[i];
    c[i] = value == value ? value : canonical_nan;
  }
}

}  // namespace

void int8_gemm(const Problem& p, const Int8Weights& weights, float* c, std::int64_t ldc, int threads) {
  const std::int64_t n = p.b.rows;
  thread_local AlignedBuffer<std::int32_t> buffer;
  std::int32_t* sums = buffer.reserve(static_cast<std::size_t>(p.a.rows * n));
  weights.multiply(reinterpret_cast<const std::int8_t*>(p.a.codes8.data()), p.a.rows, sums, threads);

  std::vector<float> b_scales(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) b_scales[static_cast<std::size_t>(i)] = fp32_scale_at(p.b, i, 0);
  constexpr std::int64_t rows_a_task = 16;
  parallel_for((p.a.rows + rows_a_task - 1) / rows_a_task, threads, [&](std::int64_t task) {
    const DefaultFloatEnvironment environment;
    for (std::int64_t row = task * rows_a_task; row < std::min((task + 1) * rows_a_task, p.a.rows); ++row)
      drain_row(sums + row * n, fp32_scale_at(p.a, row, 0), b_scales.data(), n, c + row * ldc);
  });
}

}  // namespace macroscope::datapath::kernels
