// SPDX-License-Identifier: Apache-2.0
#include "analysis/accuracy/operand_bits.hpp"

namespace macroscope::accuracy {
namespace {

constexpr double fp32_bits = 32, e8m0_bits = 8;

/// Sum of stored bits and of elements, over several matrices.
struct Tally {
  double bits = 0, elements = 0;
  void add(double bits_per_one, double count) {
    bits += bits_per_one * count;
    elements += count;
  }
  double mean() const { return elements > 0 ? bits / elements : 0; }
};

}  // namespace

double bits_per_element(const datapath::OperandSpec& operand, std::int64_t rows, std::int64_t k) {
  const double element = operand.element.bits();
  if (!operand.scale) return element;
  const double scale = operand.scale->encoding == datapath::ScaleEncoding::e8m0 ? e8m0_bits : fp32_bits;
  switch (operand.scale->granularity) {
    case datapath::Granularity::tensor: return element + scale / static_cast<double>(rows * k);
    case datapath::Granularity::block: {
      const std::int64_t blocks = (k + operand.scale->block - 1) / operand.scale->block;
      return element + scale * static_cast<double>(blocks) / static_cast<double>(k);
    }
    case datapath::Granularity::token:
    case datapath::Granularity::channel: return element + scale / static_cast<double>(k);
  }
  return element;
}

OperandBits operand_bits(const datapath::MacSpec& spec, const workloads::Llama& model, workloads::SitesPolicy sites) {
  if (spec.is_reference()) return {fp32_bits, fp32_bits};
  Tally weight, activation;
  const auto add = [&](const workloads::Matrix& matrix) {
    const std::int64_t rows = matrix.rows(), k = matrix.cols();
    weight.add(bits_per_element(spec.weight, rows, k), static_cast<double>(rows * k));
    activation.add(bits_per_element(spec.activation, 1, k), static_cast<double>(k));
  };
  const workloads::LlamaWeights& weights = model.weights();
  for (const auto& layer : weights.layers)
    for (const auto* matrix : {&layer.q, &layer.k, &layer.v, &layer.o, &layer.gate, &layer.up, &layer.down}) add(*matrix);
  if (sites == workloads::SitesPolicy::all) add(model.config().tied_head ? weights.embedding : weights.head);
  return {weight.mean(), activation.mean()};
}

}  // namespace macroscope::accuracy
