// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath::kernels {

/// One multiplication as the unit sees it: K in groups of `lanes`, the accumulator drained after each interval of K.
struct Problem {
  const MacSpec& spec;
  const QuantizedMatrix& a;
  const QuantizedMatrix& b;

  [[nodiscard]] std::int64_t lanes() const { return spec.dot.lanes; }
  [[nodiscard]] std::int64_t groups() const { return (a.cols + lanes() - 1) / lanes(); }
  /// Elements of K between two drains: the smaller FP32 scale block, or all of K.
  [[nodiscard]] std::int64_t drain_interval() const {
    std::int64_t interval = a.cols;
    for (const QuantizedMatrix* m : {&a, &b})
      if (!m->fp32_scales.empty() && m->block && m->block < interval) interval = m->block;
    return interval;
  }
  [[nodiscard]] std::int64_t groups_per_drain() const { return (drain_interval() + lanes() - 1) / lanes(); }
  [[nodiscard]] std::int64_t drains() const { return (groups() + groups_per_drain() - 1) / groups_per_drain(); }
};

/// The scale that the drain applies to `row` from element `k` on; 1 where there is none.
inline float fp32_scale_at(const QuantizedMatrix& m, std::int64_t row, std::int64_t k) {
  if (m.fp32_scales.empty()) return m.tensor_scale;
  return m.fp32_scales[static_cast<std::size_t>(row * m.blocks() + (m.block ? k / m.block : 0))];
}

}  // namespace macroscope::datapath::kernels
