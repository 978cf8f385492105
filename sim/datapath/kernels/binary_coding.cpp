// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/binary_coding.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/parallel.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath::kernels {
namespace {

std::int64_t block_length(const QuantizedMatrix& b) { return b.block ? b.block : std::max<std::int64_t>(b.cols, 1); }

/// The register over one block, drained unscaled; `plane` beyond the planes is all +1.
float unit_sum(const Problem& p, std::int64_t m, std::int64_t n, std::int64_t begin, std::int64_t end, int plane) {
  const auto lanes = static_cast<std::size_t>(p.lanes());
  PsumBits psum = 0;
  for (std::int64_t k = begin; k < end; k += p.lanes()) {
    std::vector<formats::Code> x(lanes, 0), signs(lanes, 0);
    for (std::int64_t i = k; i < std::min(k + p.lanes(), end); ++i) {
      x[static_cast<std::size_t>(i - k)] = p.a.code(m, i);
      if (plane < p.b.planes) signs[static_cast<std::size_t>(i - k)] = (p.b.code(n, i) >> plane) & 1U;
    }
    psum = unit_step(p.spec, x.data(), 0, signs.data(), 0, psum);
  }
  return drain(p.spec, psum, 1, 1);
}

/// The values of one weight row: planes, then ones where there is an offset, each `cols` of +-1.
void expand_signs(const QuantizedMatrix& b, std::int64_t n, std::vector<std::int16_t>& signs) {
  const auto cols = static_cast<std::size_t>(b.cols);
  signs.assign(cols * static_cast<std::size_t>(b.terms()), 1);
  const std::uint8_t* codes = b.codes8.data() + n * b.cols;
  for (int p = 0; p < b.planes; ++p)
    for (std::size_t k = 0; k < cols; ++k) signs[static_cast<std::size_t>(p) * cols + k] = static_cast<std::int16_t>(1 - 2 * ((codes[k] >> p) & 1));
}

std::int32_t dot(const std::int16_t* x, const std::int16_t* y, std::int64_t n) {
  std::int32_t sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += static_cast<std::int32_t>(x[i]) * y[i];
  return sum;
}

class BinaryCodingGemm {
 public:
  BinaryCodingGemm(const Problem& problem, float* c, std::int64_t ldc) : p_(problem), c_(c), ldc_(ldc), x_(static_cast<std::size_t>(problem.a.rows * problem.a.cols)) {
    for (std::int64_t m = 0; m < p_.a.rows; ++m)
      for (std::int64_t k = 0; k < p_.a.cols; ++k)
        x_[static_cast<std::size_t>(m * p_.a.cols + k)] = static_cast<std::int16_t>(p_.a.element.decode(p_.a.code(m, k)));
  }

  /// Columns [first, last).
  void run(std::int64_t first, std::int64_t last) const {
    const DefaultFloatEnvironment environment;
    std::vector<std::int16_t> signs;
    for (std::int64_t n = first; n < last; ++n) {
      expand_signs(p_.b, n, signs);
      for (std::int64_t m = 0; m < p_.a.rows; ++m) c_[m * ldc_ + n] = output(m, n, signs.data());
    }
  }

 private:
  [[nodiscard]] float output(std::int64_t m, std::int64_t n, const std::int16_t* signs) const {
    const std::int64_t length = block_length(p_.b);
    const std::int16_t* x = x_.data() + m * p_.a.cols;
    float sum = 0;
    for (std::int64_t block = 0; block < p_.b.blocks(); ++block) {
      const std::int64_t begin = block * length, count = std::min(length, p_.b.cols - begin);
      for (int t = 0; t < p_.b.terms(); ++t)
        sum += p_.b.term_scale(n, block, t) * static_cast<float>(dot(x + begin, signs + t * p_.b.cols + begin, count));
    }
    return fp32_from_bits(fp32_bits(sum * fp32_scale_at(p_.a, m, 0)));
  }

  const Problem& p_;
  float* c_;
  std::int64_t ldc_;
  std::vector<std::int16_t> x_;
};

/// Integers, and no sum of a block leaves the register, nor INT32.
bool sums_fit(const Problem& p) {
  if (!p.a.element.is_integer()) return false;
  const double largest = std::ldexp(1.0, p.a.element.bits()) * static_cast<double>(std::min(block_length(p.b), p.b.cols));
  return largest < std::ldexp(1.0, std::min(p.spec.accumulate.bits, 32) - 1);
}

}  // namespace

float binary_coding_output(const Problem& p, std::int64_t m, std::int64_t n) {
  const std::int64_t length = block_length(p.b);
  float sum = 0;
  for (std::int64_t block = 0; block < p.b.blocks(); ++block) {
    const std::int64_t begin = block * length, end = std::min(begin + length, p.b.cols);
    for (int t = 0; t < p.b.terms(); ++t) sum += p.b.term_scale(n, block, t) * unit_sum(p, m, n, begin, end, t);
  }
  return fp32_from_bits(fp32_bits(sum * fp32_scale_at(p.a, m, 0)));
}

void binary_coding_gemm(const Problem& p, float* c, std::int64_t ldc, int threads) {
  if (!sums_fit(p)) {
    parallel_for(p.a.rows, threads, [&](std::int64_t m) {
      for (std::int64_t n = 0; n < p.b.rows; ++n) c[m * ldc + n] = binary_coding_output(p, m, n);
    });
    return;
  }
  const BinaryCodingGemm gemm(p, c, ldc);
  constexpr std::int64_t columns_a_task = 16;
  parallel_for((p.b.rows + columns_a_task - 1) / columns_a_task, threads, [&](std::int64_t task) {
    gemm.run(task * columns_a_task, std::min((task + 1) * columns_a_task, p.b.rows));
  });
}

}  // namespace macroscope::datapath::kernels
