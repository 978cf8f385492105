// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::system {

/// How an operand lies in memory: rows (tokens or output channels) of elements along K, scales beside them.
struct OperandFormat {
  int element_bits = 8;           ///< of one code
  int scale_bits = 0;             ///< of one scale
  std::int64_t scale_block = 0;   ///< elements along K that share a scale; 0: one scale for the whole row
  std::int64_t vector = 1;        ///< elements along K that one code stands for

  /// Bits of elements [begin, end) of one row. A scale, and a vector's code, travel with the first element that they cover.
  /// Codebooks are the decoder's, no traffic.
  [[nodiscard]] std::int64_t bits(std::int64_t begin, std::int64_t end) const;
};

/// What the time view needs to know of a MAC unit.
struct UnitFormat {
  int latency = 1;  ///< L: cycles from operands to psum_o, the unit's pipeline stages
  int psum_bits = 32;
  int output_bits = 32;  ///< one converted result in memory
  OperandFormat activation;
  OperandFormat weight;
};

/// The unit of `spec` with `latency` pipeline stages. Results are written as FP32; a scale of the whole tensor is a
/// register, not traffic. Throws InputError for the FP32 reference (no hardware) and a latency below 1.
UnitFormat unit_format(const datapath::MacSpec& spec, int latency);

}  // namespace macroscope::system
