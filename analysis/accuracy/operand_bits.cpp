// SPDX-License-Identifier: Apache-2.0
#include "analysis/accuracy/operand_bits.hpp"

#include "sim/datapath/side_lane.hpp"

namespace macroscope::accuracy {
namespace {

constexpr double fp32_bits = 32;

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
  const datapath::StoredBits bits = datapath::stored_bits(operand);
  const auto codes = static_cast<double>((k + bits.vector - 1) / bits.vector);  // of a row
  const double element = bits.element * codes / static_cast<double>(k) + static_cast<double>(bits.matrix) / static_cast<double>(rows * k), region = bits.region;
  switch (bits.granularity) {
    case datapath::Granularity::tensor: return element + region / static_cast<double>(rows * k);
    case datapath::Granularity::block: {
      const std::int64_t blocks = (k + bits.block - 1) / bits.block;
      return element + region * static_cast<double>(blocks) / static_cast<double>(k);
    }
    case datapath::Granularity::token:
    case datapath::Granularity::channel: return element + region / static_cast<double>(k);
  }
  return element;
}

OperandBits operand_bits(const datapath::MacSpec& spec, const workloads::Llama& model, workloads::SitesPolicy sites) {
  if (spec.is_reference()) return {fp32_bits, fp32_bits};
  Tally weight, activation;
  const auto add = [&](const workloads::Matrix& matrix) {
    const std::int64_t rows = matrix.rows(), k = matrix.cols();
    const double beside = spec.side ? datapath::side_bits_per_weight(*spec.side, rows, k) : 0.0;
    weight.add(bits_per_element(spec.weight, rows, k) + beside, static_cast<double>(rows * k));
    activation.add(bits_per_element(spec.activation, 1, k), static_cast<double>(k));
  };
  const workloads::LlamaWeights& weights = model.weights();
  for (const auto& layer : weights.layers)
    for (const auto* matrix : {&layer.q, &layer.k, &layer.v, &layer.o, &layer.gate, &layer.up, &layer.down}) add(*matrix);
  if (sites == workloads::SitesPolicy::all) add(model.config().tied_head ? weights.embedding : weights.head);
  return {weight.mean(), activation.mean()};
}

}  // namespace macroscope::accuracy
