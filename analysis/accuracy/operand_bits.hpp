// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/datapath/mac_spec.hpp"
#include "workloads/datapath_matmul.hpp"
#include "workloads/llama.hpp"

namespace macroscope::accuracy {

/// Stored bits of one element, its share of the scales included.
struct OperandBits {
  double weight = 0;
  double activation = 0;
};

/// Bits of one element of an operand of `rows` rows of `k` elements as memory holds it: its code's, or its share of a vector's (an
/// incomplete last one is whole), bits of a scale's region (scale, zero point, offset, microexponents, fitted table) / its elements,
/// and its share of what stands beside the whole matrix: codebooks and the scale of the tensor.
double bits_per_element(const datapath::OperandSpec& operand, std::int64_t rows, std::int64_t k);

/// Mean over the parameter matrices that run on the datapath: weights by their number, activations by K (what one token moves
/// into each site).
OperandBits operand_bits(const datapath::MacSpec& spec, const workloads::Llama& model, workloads::SitesPolicy sites);

}  // namespace macroscope::accuracy
