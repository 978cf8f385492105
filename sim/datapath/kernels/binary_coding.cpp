// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/binary_coding.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "sim/datapath/kernels/binary_planes.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/packed_operand.hpp"
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

/// Products of plain integers, for activations that are too wide for tables.
class WideActivations {
 public:
  explicit WideActivations(const Problem& problem) : p_(problem) {}

  [[nodiscard]] float output(const std::int16_t* x, std::int64_t n) const {
    const std::int64_t length = block_length(p_.b);
    float sum = 0;
    for (std::int64_t block = 0; block < p_.b.blocks(); ++block) {
      const std::int64_t begin = block * length, end = std::min(begin + length, p_.b.cols);
      for (int t = 0; t < p_.b.terms(); ++t) sum += p_.b.term_scale(n, block, t) * static_cast<float>(dot(x, n, begin, end, t));
    }
    return sum;
  }

 private:
  /// A term beyond the planes is the offset's, all +1.
  [[nodiscard]] std::int32_t dot(const std::int16_t* x, std::int64_t n, std::int64_t begin, std::int64_t end, int term) const {
    const std::uint8_t* codes = p_.b.codes8.data() + n * p_.b.cols;
    const int ones = term < p_.b.planes ? 1 : 0;
    std::int32_t sum = 0;
    for (std::int64_t k = begin; k < end; ++k) sum += x[k] * (1 - 2 * ((codes[k] >> term) & ones));
    return sum;
  }

  const Problem& p_;
};

std::vector<std::int16_t> integers(const QuantizedMatrix& a, std::int64_t row) {
  std::vector<std::int16_t> x(static_cast<std::size_t>(a.cols));
  for (std::int64_t k = 0; k < a.cols; ++k) x[static_cast<std::size_t>(k)] = static_cast<std::int16_t>(a.element.decode(a.code(row, k)));
  return x;
}

float drained(const Problem& p, std::int64_t m, float sum) { return fp32_from_bits(fp32_bits(sum * fp32_scale_at(p.a, m, 0))); }

void multiply_wide(const Problem& p, float* c, std::int64_t ldc, int threads) {
  const WideActivations wide(p);
  parallel_for(p.a.rows, threads, [&](std::int64_t m) {
    const DefaultFloatEnvironment environment;
    const std::vector<std::int16_t> x = integers(p.a, m);
    for (std::int64_t n = 0; n < p.b.rows; ++n) c[m * ldc + n] = drained(p, m, wide.output(x.data(), n));
  });
}

/// Tables of few tokens at a time stay in the second cache while every panel of weights passes by.
void look_up_all(const Problem& p, const BinaryPlanes& planes, float* c, std::int64_t ldc, int threads) {
  constexpr std::int64_t tokens_at_once = 16;
  for (std::int64_t first = 0; first < p.a.rows; first += tokens_at_once) {
    const std::int64_t tokens = std::min(tokens_at_once, p.a.rows - first);
    std::vector<std::optional<SignedSumTables>> tables(static_cast<std::size_t>(tokens));
    parallel_for(tokens, threads, [&](std::int64_t m) { tables[static_cast<std::size_t>(m)].emplace(planes.cut(), integers(p.a, first + m).data()); });
    parallel_for(planes.panels(), threads, [&](std::int64_t panel) {
      const DefaultFloatEnvironment environment;
      alignas(64) float sums[plane_rows];
      for (std::int64_t m = 0; m < tokens; ++m) {
        look_up_planes(planes, panel, *tables[static_cast<std::size_t>(m)], sums);
        float* out = c + (first + m) * ldc + panel * plane_rows;
        for (std::int64_t row = 0; row < std::min(plane_rows, p.b.rows - panel * plane_rows); ++row) out[row] = drained(p, first + m, sums[place_of_row(row)]);
      }
    });
  }
}

/// Integers, and no sum of a block leaves the register, nor INT32.
bool sums_fit(const Problem& p) {
  if (!p.a.element.is_integer()) return false;
  const double largest = std::ldexp(1.0, p.a.element.bits()) * static_cast<double>(std::min(block_length(p.b), p.b.cols));
  return largest < std::ldexp(1.0, std::min(p.spec.accumulate.bits, 32) - 1);
}

/// Tables hold INT16 sums of four, of which they add up 32.
bool tables_fit(const formats::Element& activation) { return activation.is_integer() && activation.bits() <= 8; }

}  // namespace

float binary_coding_output(const Problem& p, std::int64_t m, std::int64_t n) {
  const std::int64_t length = block_length(p.b);
  float sum = 0;
  for (std::int64_t block = 0; block < p.b.blocks(); ++block) {
    const std::int64_t begin = block * length, end = std::min(begin + length, p.b.cols);
    for (int t = 0; t < p.b.terms(); ++t) sum += p.b.term_scale(n, block, t) * unit_sum(p, m, n, begin, end, t);
  }
  return drained(p, m, sum);
}

void binary_coding_gemm(const Problem& p, const PackedOperand& b, float* c, std::int64_t ldc, int threads) {
  if (!sums_fit(p)) {
    parallel_for(p.a.rows, threads, [&](std::int64_t m) {
      for (std::int64_t n = 0; n < p.b.rows; ++n) c[m * ldc + n] = binary_coding_output(p, m, n);
    });
  } else if (!tables_fit(p.a.element)) {
    multiply_wide(p, c, ldc, threads);
  } else {
    look_up_all(p, b.binary_planes(), c, ldc, threads);
  }
}

}  // namespace macroscope::datapath::kernels
