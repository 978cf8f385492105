// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/unit_stream.hpp"

namespace macroscope::datapath {
namespace {

std::int64_t group_count(const MacSpec& spec, std::int64_t k) { return (k + spec.dot.lanes - 1) / spec.dot.lanes; }

std::vector<formats::Code> group_codes(const MacSpec& spec, const QuantizedMatrix& m, std::int64_t row, std::int64_t group) {
  std::vector<formats::Code> codes(static_cast<std::size_t>(spec.dot.lanes), 0);
  for (std::int64_t lane = 0; lane < spec.dot.lanes; ++lane)
    if (const std::int64_t k = group * spec.dot.lanes + lane; k < m.cols) codes[static_cast<std::size_t>(lane)] = m.code(row, k);
  return codes;
}

formats::Code group_scale(const MacSpec& spec, const QuantizedMatrix& m, std::int64_t row, std::int64_t group) {
  if (m.e8m0_scales.empty() && m.scale_codes.empty()) return formats::e8m0_bias;
  const auto at = static_cast<std::size_t>(row * m.blocks() + group * spec.dot.lanes / m.block);
  return m.scale_codes.empty() ? m.e8m0_scales[at] : m.scale_codes[at];
}

}  // namespace

UnitInput unit_input(const MacSpec& spec, const QuantizedMatrix& a, std::int64_t token, const QuantizedMatrix& b, std::int64_t channel, std::int64_t group) {
  return {group_codes(spec, a, token, group), group_codes(spec, b, channel, group), group_scale(spec, a, token, group),
          group_scale(spec, b, channel, group), 0};
}

std::vector<UnitInput> weight_stationary_stream(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, std::int64_t limit) {
  std::vector<UnitInput> stream;
  for (std::int64_t channel = 0; channel < b.rows; ++channel) {
    std::vector<PsumBits> psum(static_cast<std::size_t>(a.rows), 0);
    for (std::int64_t group = 0; group < group_count(spec, a.cols); ++group) {
      for (std::int64_t token = 0; token < a.rows; ++token) {
        if (limit > 0 && static_cast<std::int64_t>(stream.size()) == limit) return stream;
        UnitInput input = unit_input(spec, a, token, b, channel, group);
        input.psum = psum[static_cast<std::size_t>(token)];
        psum[static_cast<std::size_t>(token)] = unit_step(spec, input);
        stream.push_back(std::move(input));
      }
    }
  }
  return stream;
}

}  // namespace macroscope::datapath
