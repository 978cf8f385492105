// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/gemm.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "sim/datapath/kernels/binary_coding.hpp"
#include "sim/datapath/kernels/dot_gemm.hpp"
#include "sim/datapath/kernels/int8_gemm.hpp"
#include "sim/datapath/kernels/parallel.hpp"
#include "sim/datapath/kernels/planner.hpp"
#include "sim/datapath/kernels/tile_gemm.hpp"
#include "sim/datapath/kernels/tile_kernels.hpp"
#include "sim/datapath/kernels/unit_output.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath {
namespace {

using kernels::KernelKind;
using kernels::PackedOperand;
using kernels::Problem;
using kernels::RowCensus;

void check_scale_block(const MacSpec& spec, const QuantizedMatrix& m) {
  if (!m.fp32_scales.empty() && m.block && m.block < m.cols && m.block % spec.dot.lanes)
    throw std::invalid_argument("gemm: an FP32 scale covers " + std::to_string(m.block) + " elements of K, which is no multiple of " +
                                std::to_string(spec.dot.lanes) + " lanes");
}

void check_operands(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b) {
  if (a.cols != b.cols) throw std::invalid_argument("gemm: K of the operands differs");
  if (!(a.element == spec.activation.element) || !(b.element == spec.weight.element)) throw std::invalid_argument("gemm: an operand's element is not the spec's");
  if (spec.weight.planes && !b.planes) throw std::invalid_argument("gemm: operand B has no planes, which the spec's weights have");
  check_scale_block(spec, a);
  check_scale_block(spec, b);
}

void fill_row(float* c, std::int64_t n, float value) { std::fill(c, c + n, value); }

/// Outputs that no kernel computes: a NaN row makes all its outputs NaN, those of infinite rows go through the unit.
void patch_special_rows(const Problem& p, const RowCensus& a, const RowCensus& b, float* c, std::int64_t ldc, int threads) {
  const std::int64_t n = p.b.rows;
  kernels::parallel_for(static_cast<std::int64_t>(a.infinite_rows.size()), threads, [&](std::int64_t i) {
    const std::int64_t row = a.infinite_rows[static_cast<std::size_t>(i)];
    for (std::int64_t column = 0; column < n; ++column) c[row * ldc + column] = kernels::unit_output(p, row, column);
  });
  for (const std::int64_t column : b.infinite_rows)
    kernels::parallel_for(p.a.rows, threads, [&](std::int64_t row) { c[row * ldc + column] = kernels::unit_output(p, row, column); });
  const float nan = fp32_from_bits(0x7fc00000U);
  for (const std::int64_t row : a.nan_rows) fill_row(c + row * ldc, n, nan);
  for (const std::int64_t column : b.nan_rows)
    for (std::int64_t row = 0; row < p.a.rows; ++row) c[row * ldc + column] = nan;
}

void multiply(const MacSpec& spec, const QuantizedMatrix& a, const PackedOperand& b, float* c, std::int64_t ldc, int threads) {
  check_operands(spec, a, b.matrix());
  if (b.lanes() != spec.dot.lanes) throw std::invalid_argument("gemm: operand B was prepared for another number of lanes");
  if (a.rows == 0 || b.matrix().rows == 0) return;
  if (a.cols == 0) {
    for (std::int64_t row = 0; row < a.rows; ++row) fill_row(c + row * ldc, b.matrix().rows, 0.0F);
    return;
  }
  const Problem problem{spec, a, b.matrix()};
  if (spec.weight.planes) return kernels::binary_coding_gemm(problem, b, c, ldc, std::max(threads, 1));
  const RowCensus census = kernels::take_census(a);
  const KernelKind kind = kernels::choose_kernel(problem, census, b.census());
  threads = std::max(threads, 1);
  if (kind == KernelKind::unit) {
    kernels::parallel_for(a.rows, threads, [&](std::int64_t row) {
      for (std::int64_t column = 0; column < b.matrix().rows; ++column) c[row * ldc + column] = kernels::unit_output(problem, row, column);
    });
    return;
  }
  switch (kind) {
    case KernelKind::int8_onednn: kernels::int8_gemm(problem, b.int8_weights(), c, ldc, threads); break;
    case KernelKind::byte_sum:
    case KernelKind::pair_sum:
    case KernelKind::byte_blocks:
    case KernelKind::pair_blocks:
    case KernelKind::digit_sum: kernels::dot_gemm(kind, problem, census, b, c, ldc, threads); break;
    default: kernels::tile_gemm(kind, problem, census, b, c, ldc, threads);
  }
  patch_special_rows(problem, census, b.census(), c, ldc, threads);
}

}  // namespace

PreparedOperand::PreparedOperand(const MacSpec& spec, QuantizedMatrix matrix) {
  if (!(matrix.element == spec.weight.element)) throw std::invalid_argument("the element of operand B is not the spec's weight element");
  packed_ = std::make_shared<const PackedOperand>(spec.dot.lanes, std::move(matrix));
}

const QuantizedMatrix& PreparedOperand::matrix() const { return packed_->matrix(); }

void gemm(const MacSpec& spec, const QuantizedMatrix& a, const PreparedOperand& b, float* c, std::int64_t ldc, int threads) {
  multiply(spec, a, b.packed(), c, ldc, threads);
}

void gemm(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, float* c, std::int64_t ldc, int threads) {
  multiply(spec, a, PackedOperand(spec.dot.lanes, &b), c, ldc, threads);
}

void gemm_by_unit(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, float* c, std::int64_t ldc) {
  check_operands(spec, a, b);
  const Problem problem{spec, a, b};
  for (std::int64_t m = 0; m < a.rows; ++m)
    for (std::int64_t n = 0; n < b.rows; ++n) c[m * ldc + n] = kernels::unit_output(problem, m, n);
}

std::int64_t count_overflows(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, int threads) {
  check_operands(spec, a, b);
  const Problem problem{spec, a, b};
  if (!kernels::may_overflow(problem)) return 0;
  std::vector<std::int64_t> of_row(static_cast<std::size_t>(a.rows));
  kernels::parallel_for(a.rows, std::max(threads, 1), [&](std::int64_t m) {
    for (std::int64_t n = 0; n < b.rows; ++n) std::ignore = kernels::unit_output(problem, m, n, &of_row[static_cast<std::size_t>(m)]);
  });
  return std::accumulate(of_row.begin(), of_row.end(), std::int64_t{0});
}

std::string gemm_kernel_name(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b) {
  check_operands(spec, a, b);
  if (spec.weight.planes) return "binary_coding";
  return kernels::name(kernels::choose_kernel({spec, a, b}, kernels::take_census(a), kernels::take_census(b)));
}

std::string gemm_instruction_set() { return kernels::instruction_set(); }

}  // namespace macroscope::datapath
