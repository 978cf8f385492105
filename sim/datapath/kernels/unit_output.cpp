// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/unit_output.hpp"

#include <algorithm>

#include "sim/datapath/accumulation.hpp"
#include "sim/datapath/kernels/binary_coding.hpp"
#include "sim/datapath/unit_stream.hpp"

namespace macroscope::datapath::kernels {

float unit_output(const Problem& p, std::int64_t m, std::int64_t n, std::int64_t* overflows) {
  if (p.b.planes) return binary_coding_output(p, m, n);
  const std::int64_t interval = p.drain_interval();
  float total = 0;
  for (std::int64_t start = 0; start < p.a.cols; start += interval) {
    Accumulation accumulation(p.spec);
    for (std::int64_t k = start; k < std::min(start + interval, p.a.cols); k += p.lanes()) {
      const UnitInput in = unit_input(p.spec, p.a, m, p.b, n, k / p.lanes());
      accumulation.add(in.activation.data(), in.activation_scale, in.weight.data(), in.weight_scale);
    }
    const float part = drain(p.spec, accumulation.finish(), fp32_scale_at(p.a, m, start), fp32_scale_at(p.b, n, start));
    if (overflows) *overflows += accumulation.overflows();
    total = start == 0 ? part : total + part;
  }
  return fp32_from_bits(fp32_bits(total));
}

}  // namespace macroscope::datapath::kernels
