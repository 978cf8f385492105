// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/has_rtl.hpp"

#include "formats/input_error.hpp"

namespace macroscope::datapath {

std::optional<std::string> missing_rtl(const MacSpec& spec) {
  if (spec.is_reference()) return "the FP32 reference has no hardware unit; name a MAC with another reduction";
  if (spec.activation.element.is_integer() != spec.weight.element.is_integer())
    return "products of " + spec.activation.element.name() + " and " + spec.weight.element.name() + " have no RTL yet";
  if (spec.side) return "lanes beside the array have no RTL yet";
  if (spec.dot.multiply.kind != Multiplier::array) return "adders, tables and shifters in place of multipliers have no RTL yet";
  for (const OperandSpec* side : {&spec.activation, &spec.weight}) {
    if (side->stored || side->planes) return "the decoder from what memory holds to what the multiplier takes has no RTL yet";
    if (!side->element.is_two_complement() && !side->element.is_minifloat()) return side->element.name() + " operands have no RTL yet";
    if (side->has_unit_scale() && side->scale->format) return "block scales in " + side->scale->format->name + " have no RTL yet";
    if (side->has_unit_scale() != spec.has_block_scales()) return "a unit with block scales on one operand alone has no RTL yet";
  }
  return std::nullopt;
}

void require_rtl(const MacSpec& spec) {
  if (const auto reason = missing_rtl(spec))
    throw InputError("mac '" + spec.name + "': " + *reason + ". Its values are modelled: 'macroscope run MODEL --mac " + spec.name + "' measures its accuracy.");
}

}  // namespace macroscope::datapath
