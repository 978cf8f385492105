// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "sim/datapath/mac_spec.hpp"
#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath::test {

using Random = std::mt19937_64;

/// What a matrix of test data looks like.
enum class Data {
  gaussian,        ///< quantized from a normal distribution
  outliers,        ///< the same with one element in a hundred twenty times as large, and rows and blocks of zeros
  any_finite_code, ///< codes drawn evenly from the finite ones, scales around 1
  any_code,        ///< every code: NaNs and infinities where the format has them
  extreme_scales   ///< finite codes under scales from the ends of their range, NaN scales included
};

std::string name(Data data);

/// One spec from `elements and so on` in YAML flow text, for specs that are no presets.
MacSpec spec_from(const std::string& activation, const std::string& weight, const std::string& dot, const std::string& accumulate);

/// A preset of configs/mac.
MacSpec preset(const std::string& name);

/// Operand for `side` (spec.activation or spec.weight). `fp32_block` as in quantize().
QuantizedMatrix make_operand(const MacSpec& spec, const OperandSpec& side, Data data, std::int64_t rows, std::int64_t cols, Random& random, int fp32_block = 0);

/// Index of the first differing bit pattern, or -1.
std::int64_t first_difference(const std::vector<float>& a, const std::vector<float>& b);

/// "sign exponent fraction" of an FP32 number, for messages.
std::string show(float value);

}  // namespace macroscope::datapath::test
