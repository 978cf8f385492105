// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/gemm.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/datapath/unit.hpp"
#include "sim/datapath/unit_stream.hpp"

namespace macroscope::datapath {
namespace {

void check_operands(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b) {
  if (a.cols != b.cols) throw std::invalid_argument("gemm: K of the operands differs");
  if (!(a.element == spec.activation.element) || !(b.element == spec.weight.element)) throw std::invalid_argument("gemm: an operand's element is not the spec's");
}

float fp32_scale_at(const QuantizedMatrix& m, std::int64_t row, std::int64_t k) {
  return m.fp32_scales.empty() ? 1.0F : m.fp32_scales[static_cast<std::size_t>(row * m.blocks() + (m.block ? k / m.block : 0))];
}

/// Elements of K between two drains of the accumulator: the smaller FP32 scale block, or all of K.
std::int64_t drain_interval(const QuantizedMatrix& a, const QuantizedMatrix& b) {
  std::int64_t interval = a.cols;
  for (const QuantizedMatrix* m : {&a, &b})
    if (!m->fp32_scales.empty() && m->block && m->block < interval) interval = m->block;
  return interval;
}

}  // namespace

void gemm_by_unit(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, float* c, std::int64_t ldc) {
  check_operands(spec, a, b);
  const std::int64_t lanes = spec.dot.lanes;
  const std::int64_t interval = drain_interval(a, b);
  for (std::int64_t m = 0; m < a.rows; ++m) {
    for (std::int64_t n = 0; n < b.rows; ++n) {
      float total = 0;
      bool first = true;
      for (std::int64_t start = 0; start < a.cols; start += interval) {
        PsumBits psum = 0;
        for (std::int64_t k = start; k < std::min(start + interval, a.cols); k += lanes) {
          UnitInput input = unit_input(spec, a, m, b, n, k / lanes);
          input.psum = psum;
          psum = unit_step(spec, input);
        }
        const float part = drain(spec, psum, fp32_scale_at(a, m, start), fp32_scale_at(b, n, start));
        total = first ? part : total + part;
        first = false;
      }
      c[m * ldc + n] = fp32_from_bits(fp32_bits(total));
    }
  }
}

void gemm(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, float* c, std::int64_t ldc, int /*threads*/) {
  gemm_by_unit(spec, a, b, c, ldc);
}

std::string gemm_kernel_name(const MacSpec&, const QuantizedMatrix&, const QuantizedMatrix&) { return "unit"; }

}  // namespace macroscope::datapath
