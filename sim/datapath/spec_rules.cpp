// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/spec_rules.hpp"

#include <algorithm>
#include <regex>

#include "formats/input_error.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath {
namespace {

class Refusal {
 public:
  explicit Refusal(std::string origin) : origin_(std::move(origin)) {}
  void when(bool wrong, const std::string& reason) const {
    if (wrong) throw InputError(origin_ + ": " + reason);
  }

 private:
  std::string origin_;
};

void check_operand(const Refusal& refuse, const OperandSpec& operand, const std::string& side, Granularity own_row) {
  const formats::Element& element = operand.element;
  refuse.when(!element.is_two_complement() && !(element.is_minifloat() && element.bits() <= 16),
              side + ".element: found " + element.name() + ", which no datapath multiplies yet; accepted are int2 ... int16 and minifloats of at most 16 bits");
  if (!operand.scale) {
    refuse.when(operand.element.is_integer(), side + ": an integer element needs a scale");
    return;
  }
  const ScaleSpec& scale = *operand.scale;
  const bool block = scale.granularity == Granularity::block;
  const bool power_of_two = scale.encoding == ScaleEncoding::e8m0;
  refuse.when(operand.element.is_fp32(), side + ".scale: fp32 operands are not quantized and have no scale");
  refuse.when(scale.format && !scale.format->has_nan(),
              side + ".scale.encoding: '" + (scale.format ? scale.format->name : "") + "' has no NaN, which the scale of a block with a NaN needs; use e4m3, fp16, bf16 or another with one");
  refuse.when(scale.format && scale.format->bits() > 16, side + ".scale.encoding: a scale has at most 16 bits, or is fp32");
  refuse.when(power_of_two == (scale.rule == formats::ScaleRule::absmax),
              side + ".scale.rule: e8m0 scales follow 'floor' or 'ceil', others 'absmax'");
  refuse.when(!block && scale.granularity != Granularity::tensor && scale.granularity != own_row,
              side + ".scale.granularity: activations scale by tensor or token, weights by tensor or channel, and both by 'block: N' along K");
  refuse.when(scale.tensor && !(block && scale.format),
              side + ".scale.tensor: an fp32 scale of the tensor stands above block scales in a minifloat ('encoding: e4m3, block: 16'); others need none");
}

/// What one block of scales means for the groups of lanes.
void check_blocks(const Refusal& refuse, const MacSpec& spec) {
  int drained[2] = {0, 0};
  for (int side = 0; side < 2; ++side) {
    const OperandSpec& operand = side == 0 ? spec.activation : spec.weight;
    if (!operand.scale || !operand.scale->block) continue;
    refuse.when(operand.scale->block % spec.dot.lanes != 0,
                std::string(side == 0 ? "activation" : "weight") + ".scale.block: found " + std::to_string(operand.scale->block) + ", which is no multiple of " +
                    std::to_string(spec.dot.lanes) + " lanes; one group of lanes has one scale, so a block is one group or several whole ones");
    if (!operand.has_unit_scale()) drained[side] = operand.scale->block;
  }
  const int small = std::min(drained[0], drained[1]), large = std::max(drained[0], drained[1]);
  refuse.when(small && large % small != 0, "scale.block: the accumulator is drained after each FP32-scaled block, so of two block sizes (found " +
                                               std::to_string(small) + " and " + std::to_string(large) + ") one must be a multiple of the other");
}

/// Bits of one group's sum before block scales.
int sum_bits(const MacSpec& spec) {
  return spec.dot.reduction == Reduction::aligned ? spec.dot.window + 10 : exact_sum_bits(spec);  // 256 lanes and a sign at most
}

void check_accumulator(const Refusal& refuse, const MacSpec& spec) {
  const bool integers = spec.activation.element.is_integer();
  const AccumulatorFormat format = spec.accumulate.format;
  refuse.when(format == AccumulatorFormat::int32 && !integers, "accumulate.format: an int32 accumulator takes integer products; use fp32 or kulisch");
  refuse.when(format == AccumulatorFormat::int32 && spec.has_block_scales(),
              "accumulate.format: block-scaled sums differ in exponent from block to block, so they cannot meet in an int32; use fp32");
  refuse.when(format == AccumulatorFormat::fp32 && integers && !spec.has_block_scales(),
              "accumulate.format: integer products without block scales accumulate in int32");
  if (format != AccumulatorFormat::kulisch) return;
  refuse.when(spec.dot.reduction != Reduction::exact || spec.has_block_scales(),
              "accumulate.format: a kulisch accumulator belongs to 'reduction: exact' without block scales");
  refuse.when(spec.activation.element.minifloat().has_infinity() || spec.weight.element.minifloat().has_infinity(),
              "accumulate.format: a kulisch register has no code for infinity; use an element without infinities (e4m3)");
  const int group_bits = exact_sum_bits(spec);
  refuse.when(spec.accumulate.bits < group_bits, "accumulate.bits: found " + std::to_string(spec.accumulate.bits) +
                                                     ", but the sum of one group alone needs " + std::to_string(group_bits));
}

}  // namespace

void check_combination(const MacSpec& spec, const std::string& origin) {
  const Refusal refuse(origin);
  static const std::regex name_form("[A-Za-z0-9_.-]{1,64}");
  refuse.when(!std::regex_match(spec.name, name_form), "mac: the name '" + spec.name + "' may have letters, digits, '_', '-' and '.', 64 at most");

  const auto& a = spec.activation;
  const auto& w = spec.weight;
  if (spec.is_reference() || a.element.is_fp32() || w.element.is_fp32()) {
    refuse.when(!spec.is_reference() || !a.element.is_fp32() || !w.element.is_fp32() || spec.accumulate.format != AccumulatorFormat::fp32,
                "dot.reduction: fp32 elements, 'reduction: reference' and 'accumulate.format: fp32' belong together (accuracy reference, no hardware)");
    refuse.when(a.scale || w.scale, "scale: fp32 operands are not quantized and have no scale");
    return;
  }
  check_operand(refuse, a, "activation", Granularity::token);
  check_operand(refuse, w, "weight", Granularity::channel);
  refuse.when(a.element.is_integer() != w.element.is_integer(), "weight.element: both elements are integers or both minifloats; mixed products are not modelled");
  check_blocks(refuse, spec);
  refuse.when((spec.dot.reduction == Reduction::integer) != a.element.is_integer(),
              "dot.reduction: integer elements use 'integer', minifloats 'exact' or 'aligned'");
  refuse.when(a.element.is_minifloat() && spec.dot.reduction == Reduction::exact && exact_sum_bits(spec) > 100,
              "dot.reduction: the exact sum of these elements needs " + std::to_string(exact_sum_bits(spec)) + " bits; 100 are supported, use 'aligned'");
  refuse.when(sum_bits(spec) + scale_significand_bits(spec) > 126,
              "scale.encoding: the sum of a group has " + std::to_string(sum_bits(spec)) + " bits and the scales' significands " +
                  std::to_string(scale_significand_bits(spec)) + "; together 126 are supported");
  check_accumulator(refuse, spec);
}

}  // namespace macroscope::datapath
