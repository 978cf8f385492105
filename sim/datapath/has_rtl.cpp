// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/has_rtl.hpp"

#include "formats/input_error.hpp"

namespace macroscope::datapath {

namespace {

/// What of the reduction and the accumulator the golden model alone knows.
std::optional<std::string> missing_arithmetic(const DotSpec& dot, const AccumulateSpec& a) {
  const struct {
    bool missing;
    std::string reason;
  } gaps[] = {
      {dot.reduction == Reduction::sequential, "chains of floating-point adders have no RTL yet"},
      {dot.reduction == Reduction::tree, "trees of floating-point adders have no RTL yet"},
      {dot.round != formats::Rounding::truncate, "an aligner that rounds has no RTL yet"},
      {dot.magnitude != Magnitude::sign_magnitude, "an aligner of two's-complement products has no RTL yet"},
      {dot.fused, "an accumulator fused with the group's sum has no RTL yet"},
      {dot.flush_subnormals, "flushed subnormals have no RTL yet"},
      {a.chunk.has_value(), "an accumulator emptied into another has no RTL yet"},
      {a.format.is_integer() && !a.format.is_int32(), "accumulators of format " + a.format.name() + " have no RTL yet"},
      {a.format.is_floating() && !a.format.is_fp32(), "accumulators of format " + a.format.name() + " have no RTL yet"},
      {a.format.is_floating() && a.round != formats::Rounding::rne, "an accumulator that truncates has no RTL yet"},
  };
  for (const auto& gap : gaps)
    if (gap.missing) return gap.reason;
  return std::nullopt;
}

}  // namespace

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
  if (spec.activation.element.is_integer() && spec.accumulate.format.is_floating() && !spec.has_block_scales())
    return "integer products without block scales in a floating-point accumulator have no RTL yet";
  return missing_arithmetic(spec.dot, spec.accumulate);
}

void require_rtl(const MacSpec& spec) {
  if (const auto reason = missing_rtl(spec))
    throw InputError("mac '" + spec.name + "': " + *reason + ". Its values are modelled: 'macroscope run MODEL --mac " + spec.name + "' measures its accuracy.");
}

}  // namespace macroscope::datapath
