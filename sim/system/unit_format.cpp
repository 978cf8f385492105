// SPDX-License-Identifier: Apache-2.0
#include "sim/system/unit_format.hpp"

#include "formats/input_error.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::system {
namespace {

OperandFormat operand_format(const datapath::OperandSpec& operand) {
  OperandFormat format;
  const datapath::StoredBits bits = datapath::stored_bits(operand);
  format.element_bits = bits.element;
  format.vector = bits.vector;
  if (bits.granularity == datapath::Granularity::tensor) return format;
  format.scale_bits = bits.region;
  format.scale_block = bits.block;
  return format;
}

}  // namespace

std::int64_t OperandFormat::bits(std::int64_t begin, std::int64_t end) const {
  if (end <= begin) return 0;
  std::int64_t scales = begin == 0 ? 1 : 0;
  if (scale_block > 0) scales = (end + scale_block - 1) / scale_block - (begin + scale_block - 1) / scale_block;
  return ((end + vector - 1) / vector - (begin + vector - 1) / vector) * element_bits + scales * scale_bits;
}

UnitFormat unit_format(const datapath::MacSpec& spec, int latency) {
  if (spec.is_reference())
    throw InputError("mac '" + spec.name + "' is a reference without hardware: it has no cycles; simulate a MAC with a dot product of its own");
  if (latency < 1)
    throw InputError("mac '" + spec.name + "': a unit latency of " + std::to_string(latency) + " is not possible; accepted are 1 or more pipeline stages");
  return {latency, datapath::psum_bits(spec), 32, operand_format(spec.activation), operand_format(spec.weight)};
}

}  // namespace macroscope::system
