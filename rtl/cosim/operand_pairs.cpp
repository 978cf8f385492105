// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/operand_pairs.hpp"

#include <algorithm>

#include "rtl/cosim/random_bits.hpp"
#include "rtl/cosim/random_vectors.hpp"

namespace macroscope::rtl {

std::vector<formats::Code> corner_codes(const formats::Element& element) {
  const auto code = [](unsigned value) { return static_cast<formats::Code>(value); };
  const unsigned sign = 1U << (element.bits() - 1);
  std::vector<formats::Code> codes;
  if (element.is_integer()) {
    codes = {code(0), code(1), code(2 * sign - 1), code(sign - 1), code(sign + 1), code(sign)};
  } else {
    const formats::Minifloat& format = element.minifloat();
    const unsigned normal = 1U << format.mantissa_bits;
    for (const unsigned magnitude : {0U, 1U, normal - 1, normal, normal + 1, static_cast<unsigned>(format.bias) << format.mantissa_bits,
                                     static_cast<unsigned>(format.max_code()), sign - 1}) {
      codes.push_back(code(magnitude));
      codes.push_back(code(magnitude | sign));
    }
    if (format.has_infinity()) codes.insert(codes.end(), {format.infinity_code(), code(format.infinity_code() | sign)});
    if (format.has_nan()) codes.push_back(format.nan_code());
  }
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::vector<std::pair<formats::Code, formats::Code>> operand_pairs(const datapath::MacSpec& spec) {
  const unsigned activations = 1U << spec.activation.element.bits();
  const unsigned weights = 1U << spec.weight.element.bits();
  std::vector<std::pair<formats::Code, formats::Code>> pairs;
  if (static_cast<std::uint64_t>(activations) * weights <= 65536) {
    for (unsigned a = 0; a < activations; ++a)
      for (unsigned w = 0; w < weights; ++w) pairs.emplace_back(a, w);
    return pairs;
  }
  const auto a_corners = corner_codes(spec.activation.element);
  const auto w_corners = corner_codes(spec.weight.element);
  for (unsigned a = 0; a < activations; ++a) pairs.emplace_back(a, w_corners[a % w_corners.size()]);
  for (unsigned w = 0; w < weights; ++w) pairs.emplace_back(a_corners[w % a_corners.size()], w);
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

UnitVectors lane_pair_vectors(const datapath::MacSpec& spec, const std::vector<std::pair<formats::Code, formats::Code>>& pairs, std::uint64_t seed) {
  const auto lanes = static_cast<std::size_t>(spec.dot.lanes);
  std::vector<formats::Code> activation(lanes), weight(lanes);
  UnitVectors vectors(spec);
  RandomBits random(seed);
  const auto add = [&](std::size_t lane, const std::pair<formats::Code, formats::Code>& pair, datapath::PsumBits psum) {
    activation[lane] = pair.first;
    weight[lane] = pair.second;
    vectors.add(activation.data(), weight.data(), 127, 127, psum);
    activation[lane] = weight[lane] = 0;
  };
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    add(i % lanes, pairs[i], 0);
    add((i / lanes + i + lanes / 2) % lanes, pairs[i], random_psum(spec, random));
  }
  return vectors;
}

}  // namespace macroscope::rtl
