// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/spec_rules.hpp"

#include <algorithm>
#include <regex>

#include "formats/input_error.hpp"
#include "formats/vector_codebook.hpp"
#include "sim/datapath/stored_operand.hpp"
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

void check_scale(const Refusal& refuse, const OperandSpec& operand, const std::string& side, Granularity own_row) {
  const ScaleSpec& scale = *operand.scale;
  const bool block = scale.granularity == Granularity::block;
  const bool power_of_two = scale.encoding == ScaleEncoding::e8m0;
  refuse.when(operand.element.is_fp32(), side + ".scale: fp32 operands are not quantized and have no scale");
  refuse.when(scale.format && !formats::can_scale(*scale.format),
              side + ".scale.encoding: '" + (scale.format ? scale.format->name : "") + "' has no NaN, which the scale of a block with a NaN needs; use e4m3, fp16, bf16 or another with one");
  refuse.when(scale.format && scale.format->bits() > 16, side + ".scale.encoding: a scale has at most 16 bits, or is fp32");
  const bool either = scale.rule == formats::ScaleRule::mse || operand.is_fitted();
  refuse.when(!either && power_of_two == (scale.rule == formats::ScaleRule::absmax),
              side + ".scale.rule: e8m0 scales follow 'floor', 'ceil', 'nearest' or 'mse', others 'absmax' or 'mse'");
  refuse.when(!block && scale.granularity != Granularity::tensor && scale.granularity != own_row,
              side + ".scale.granularity: activations scale by tensor or token, weights by tensor or channel, and both by 'block: N' along K");
  refuse.when(scale.tensor && !(block && scale.format),
              side + ".scale.tensor: an fp32 scale of the tensor stands above block scales in a minifloat ('encoding: e4m3, block: 16'); others need none");
}

void check_zero_point(const Refusal& refuse, const OperandSpec& operand, const formats::Element& decoded, const ScaleSpec& scale, const std::string& side) {
  const formats::Element& code = operand.stored->element;
  const bool unsigned_code = code.is_integer() && code.integer().kind == formats::IntegerKind::unsigned_code && code.bits() <= 15;
  refuse.when(!unsigned_code, side + ".stored.zero_point: found element " + code.name() + "; zero points belong to uint1 ... uint15");
  const std::string needed = "int" + std::to_string(code.bits() + 1);
  refuse.when(decoded.name() != needed, side + ".element: found " + decoded.name() + ", but a " + code.name() + " less its zero point is an " + needed);
  refuse.when(scale.in_unit() || scale.encoding == ScaleEncoding::e8m0 || scale.rule != formats::ScaleRule::absmax,
              side + ".scale: under zero points a scale covers the range from the least to the largest number, 'rule: absmax', in fp32 or (a row's) in a minifloat");
}

void check_microexponent(const Refusal& refuse, const OperandSpec& operand, const std::string& side) {
  const StoredSpec& stored = *operand.stored;
  const bool integers = operand.element.is_two_complement() && stored.element.is_two_complement() && operand.element.bits() == stored.element.bits() + 1;
  refuse.when(!integers, side + ".element: found " + operand.element.name() + " for " + stored.element.name() +
                             "; a 1-bit shift makes an intN an int(N+1): int9 for int8 (MX9), int6 for int5 (MX6), int4 for int3 (MX4)");
  const bool blocks = operand.has_unit_scale() && operand.scale->encoding == ScaleEncoding::e8m0 && operand.scale->rule == formats::ScaleRule::floor;
  refuse.when(!blocks || operand.scale->block % stored.microexponent != 0,
              side + ".stored.microexponent: it stands below an e8m0 scale with 'rule: floor' whose block it divides ('block: 16', 'microexponent: 2')");
}

void check_codebooks(const Refusal& refuse, const OperandSpec& operand, const std::string& side) {
  const StoredSpec& stored = *operand.stored;
  const bool integers = stored.element.is_integer();
  const auto& scale = integers ? operand.scale : stored.scale;
  refuse.when(!scale || scale->granularity == Granularity::block || scale->encoding == ScaleEncoding::e8m0 || scale->tensor,
              side + (integers ? ".scale" : ".stored.scale") + ": the vectors of a row (or of the tensor) have one scale, in fp32 or a minifloat: {encoding: fp16, granularity: channel}");
  const bool fits = operand.element.is_two_complement() && stored.element.is_two_complement() && operand.element.max_finite() >= stored.codebooks->books * stored.element.max_finite();
  refuse.when(integers && !fits, side + ".element: found " + operand.element.name() + ", which does not hold the sum of " + std::to_string(stored.codebooks->books) +
                                     " numbers of " + stored.element.name() + "; use a wider intN");
  refuse.when(!integers && (!stored.element.is_minifloat() || !operand.element.is_minifloat()),
              side + ".stored.element: codebooks hold minifloats (fp16) that become minifloats, or integers that become wider ones");
}

void check_lattice(const Refusal& refuse, const OperandSpec& operand, const std::string& side) {
  const StoredSpec& stored = *operand.stored;
  const auto& scale = stored.scale ? stored.scale : operand.scale;
  refuse.when(!scale || scale->granularity != Granularity::block || scale->block > 64 || scale->encoding == ScaleEncoding::e8m0,
              side + ".scale: a lattice point stands under a scale of its own, in fp32 or a minifloat, whose 'block' is the lattice's dimension, 64 at most");
  refuse.when(!stored.element.is_two_complement() || stored.element.max_finite() < stored.pulses,
              side + ".stored.element: found " + stored.element.name() + "; a coordinate is as large as " + std::to_string(stored.pulses) + " pulses: use an intN that reaches it");
  refuse.when(!stored.scale && !(operand.element == stored.element),
              side + ".element: found " + operand.element.name() + " for " + stored.element.name() + "; coordinates reach the multiplier as they are, unless the decoder applies the scale ('stored: {..., scale}')");
  try {
    static_cast<void>(formats::PyramidLattice(scale->block, stored.pulses));
  } catch (const InputError& error) {
    refuse.when(true, side + ".stored.pulses: " + error.what());
  }
}

/// Tables, codebooks and lattice points that are fitted to weights.
void check_fitted(const Refusal& refuse, const OperandSpec& operand, const std::string& side) {
  const StoredSpec& stored = *operand.stored;
  refuse.when(side != "weight", side + ".stored: tables, codebooks and lattice points are fitted beforehand, to weights alone");
  refuse.when((stored.lookup > 0) + stored.codebooks.has_value() + (stored.pulses > 0) + stored.zero_point + (stored.microexponent > 0) > 1,
              side + ".stored: lookup, codebooks, pulses, zero_point and microexponent exclude each other");
  refuse.when(operand.round != formats::Rounding::rne, side + ".round: what is fitted is nearest, not rounded; remove the key");
  if (stored.codebooks) check_codebooks(refuse, operand, side);
  if (stored.pulses) check_lattice(refuse, operand, side);
  if (!stored.lookup) return;
  refuse.when(stored.scale || operand.scale, side + ".stored.lookup: the entries of a fitted table need no scale; remove it");
  refuse.when(!stored.element.is_minifloat() || !operand.element.is_minifloat(), side + ".stored.lookup: a fitted table holds minifloats (fp16) that become minifloats");
}

void check_stored(const Refusal& refuse, const OperandSpec& operand, const std::string& side, Granularity own_row) {
  const StoredSpec& stored = *operand.stored;
  refuse.when(operand.planes.has_value(), side + ".stored: binary coding has planes and no other stored form");
  refuse.when(stored.element.is_fp32() || operand.element.is_fp32() || stored.element.bits() > 16, side + ".stored.element: accepted are elements of at most 16 bits");
  refuse.when(stored.scale && operand.scale, side + ".scale: the decoder applies the stored scale, so the operand has none of its own; keep one");
  refuse.when(stored.scale && !operand.element.is_minifloat(), side + ".element: found " + operand.element.name() + "; a decoder that applies a scale gives bf16, fp16 or another minifloat");
  if (stored.is_fitted()) check_fitted(refuse, operand, side);
  refuse.when(!stored.scale && !operand.scale && (stored.zero_point || stored.microexponent || stored.element.is_integer()), side + ".scale: a stored integer needs one");
  refuse.when(stored.zero_point && stored.microexponent, side + ".stored: zero_point and microexponent exclude each other");
  if (stored.scale) check_scale(refuse, {stored.element, stored.scale, operand.round, operand.overflow}, side + ".stored", own_row);
  if (stored.zero_point) {
    const formats::Element decoded = stored.scale ? formats::Element::parse("int" + std::to_string(std::min(stored.element.bits(), 15) + 1), side) : operand.element;
    return check_zero_point(refuse, operand, decoded, stored.scale ? *stored.scale : *operand.scale, side);
  }
  if (stored.microexponent) return check_microexponent(refuse, operand, side);
  if (stored.scale || stored.is_fitted()) return;
  const auto shift = decoded_shift(stored.element, operand.element);
  refuse.when(!shift, side + ".element: found " + operand.element.name() + ", which has no codes for some numbers of " + stored.element.name() + "; use a wider one or bf16");
  const bool moves_point = operand.scale && operand.scale->encoding == ScaleEncoding::e8m0 && stored.element.block_fraction_bits() != operand.element.block_fraction_bits();
  refuse.when(operand.has_unit_scale() && (*shift != 0 || moves_point),
              side + ".scale: decoded numbers stand at another binary point than stored ones, which a scale in the unit does not know; use an fp32 scale");
}

void check_planes(const Refusal& refuse, const MacSpec& spec) {
  refuse.when(spec.activation.planes.has_value(), "activation.planes: binary coding is for weights; activations keep an integer element");
  if (!spec.weight.planes) return;
  refuse.when(spec.weight.round == formats::Rounding::stochastic, "weight.round: planes are fitted to the weights, nothing is rounded; remove the key");
  const bool integers = spec.activation.element.is_integer();
  refuse.when(spec.accumulate.chunk.has_value(), "accumulate.chunk: the sum of a plane leaves the accumulator after each block; remove it");
  refuse.when(integers && !spec.accumulate.format.is_integer(), "accumulate: the sums of planes are integers; use int32 (or another intN), or minifloat activations");
  refuse.when(spec.weight.element.name() != "binary", "weight.element: found " + spec.weight.element.name() + "; planes have element binary");
  refuse.when(!spec.weight.scale || spec.weight.scale->granularity == Granularity::tensor || spec.weight.scale->tensor || spec.weight.scale->encoding == ScaleEncoding::e8m0,
              "weight.scale: planes have scales by 'granularity: channel' or 'block: N', in fp32 or a minifloat");
  refuse.when(spec.activation.has_unit_scale() || (spec.activation.scale && spec.activation.scale->block),
              "activation.scale: beside planes it covers a token or the tensor, since it is applied last");
}

/// One power of two, or two.
bool is_power_of_two(const formats::Element& e) { return (e.is_minifloat() && e.minifloat().mantissa_bits == 0) || e.name().rfind("pot2x", 0) == 0; }

void check_multiplier(const Refusal& refuse, const MacSpec& spec) {
  const formats::Element& weight = spec.weight.element;
  const bool binary = weight.name() == "binary" || weight.name() == "int1";
  const bool power_of_two = is_power_of_two(spec.weight.stored ? spec.weight.stored->element : weight);
  const MultiplySpec& multiply = spec.dot.multiply;
  refuse.when(multiply.kind == Multiplier::add_sub && !binary && weight.name() != "ternary", "dot.multiply: add_sub is for binary and ternary weights");
  refuse.when(multiply.kind == Multiplier::lut && !binary, "dot.multiply: a lut is read by binary weights");
  refuse.when(multiply.kind == Multiplier::lut && (spec.dot.reduction == Reduction::sequential || spec.dot.reduction == Reduction::tree),
              "dot.multiply: a lut holds exact sums of several activations, which an adder that rounds each product in turn never sees; use 'reduction: exact' or 'aligned'");
  refuse.when(multiply.kind == Multiplier::lut && spec.dot.lanes % multiply.mu != 0,
              "dot.multiply.mu: found " + std::to_string(multiply.mu) + ", which does not divide " + std::to_string(spec.dot.lanes) + " lanes");
  refuse.when(multiply.kind == Multiplier::shift_add && !power_of_two, "dot.multiply: shift_add is for weights that are or are stored as powers of two (pot4, pot2x2, e3m0)");
}

/// How to write an operand that is looked up: what the multiplier takes, and the table as what is stored.
std::string decoded_form(const formats::Element& table) {
  std::vector<std::string> elements;
  for (int bits = 2; bits <= 16; ++bits) elements.push_back("int" + std::to_string(bits));
  elements.insert(elements.end(), {"bf16", "fp16"});
  for (const std::string& name : elements)
    if (decoded_shift(table, formats::Element::parse(name, ""))) return "'element: " + name + ", stored: {element: " + table.name() + "}', which is exact";
  return "'element: bf16, stored: {element: " + table.name() + ", scale: ...}', which rounds to BF16";
}

void check_operand(const Refusal& refuse, const OperandSpec& operand, const std::string& side, Granularity own_row) {
  const formats::Element& element = operand.element;
  if (element.is_table()) refuse.when(true, side + ".element: found " + element.name() + ", a table, which a decoder in front of the multiplier looks up; write " + decoded_form(element));
  refuse.when(element.bits() > 16, side + ".element: found " + element.name() + "; accepted are integers and minifloats of at most 16 bits");
  refuse.when(!operand.scale && element.is_integer() && !operand.stored, side + ": an integer element needs a scale");
  if (operand.scale) check_scale(refuse, operand, side, own_row);
  if (operand.stored) check_stored(refuse, operand, side, own_row);
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
  if (spec.dot.reduction == Reduction::aligned) return spec.dot.window + 10;  // 256 lanes and a sign at most
  const bool whole = spec.dot.reduction == Reduction::integer || spec.dot.reduction == Reduction::exact;
  return whole ? exact_sum_bits(spec) : spec.activation.element.significand_bits() + spec.weight.element.significand_bits();
}

bool may_be_infinite(const formats::Element& element) { return element.is_minifloat() && element.minifloat().has_infinity(); }

void check_kulisch(const Refusal& refuse, const MacSpec& spec) {
  refuse.when(spec.dot.reduction != Reduction::exact || spec.has_block_scales(),
              "accumulate.format: a kulisch accumulator belongs to 'reduction: exact' without block scales");
  refuse.when(may_be_infinite(spec.activation.element) || may_be_infinite(spec.weight.element),
              "accumulate.format: a kulisch register has no code for infinity; use an element without infinities (e4m3)");
  const int group_bits = exact_sum_bits(spec);
  refuse.when(spec.accumulate.bits < group_bits, "accumulate.bits: found " + std::to_string(spec.accumulate.bits) +
                                                     ", but the sum of one group alone needs " + std::to_string(group_bits));
}

void check_accumulator(const Refusal& refuse, const MacSpec& spec) {
  const AccumulatorFormat& format = spec.accumulate.format;
  const bool by_adders = spec.dot.reduction == Reduction::sequential || spec.dot.reduction == Reduction::tree;
  refuse.when(format.is_integer() && (!spec.activation.element.is_integer() || !spec.weight.element.is_integer()),
              "accumulate.format: an " + format.name() + " accumulator takes integer products; use fp32 or kulisch");
  refuse.when(format.is_integer() && spec.has_block_scales(),
              "accumulate.format: block-scaled sums differ in exponent from block to block, so they cannot meet in an " + format.name() + "; use fp32");
  refuse.when(by_adders && !format.is_floating(), "dot.reduction: a chain or tree of floating-point adders needs a floating-point accumulate.format");
  refuse.when(spec.dot.fused && !format.is_floating(), "dot.fused: a fixed-point accumulator adds without rounding, so there is nothing to fuse; remove it");
  if (format.is_kulisch()) check_kulisch(refuse, spec);
  if (const auto& chunk = spec.accumulate.chunk)
    refuse.when(chunk->length % spec.dot.lanes != 0, "accumulate.chunk.length: found " + std::to_string(chunk->length) + ", accepted are multiples of the " +
                                                         std::to_string(spec.dot.lanes) + " lanes that are added at once");
}

void check_reduction(const Refusal& refuse, const MacSpec& spec) {
  const bool integers = spec.activation.element.is_integer() && spec.weight.element.is_integer();
  const Reduction reduction = spec.dot.reduction;
  refuse.when(integers && (reduction == Reduction::exact || reduction == Reduction::aligned),
              "dot.reduction: sums of integers are exact anyway; integer elements use 'integer', 'sequential' or 'tree'");
  refuse.when(!integers && reduction == Reduction::integer,
              "dot.reduction: integer elements use 'integer'; products with a minifloat differ in exponent and use 'exact', 'aligned', 'sequential' or 'tree'");
  refuse.when(reduction == Reduction::exact && exact_sum_bits(spec) > 100,
              "dot.reduction: the exact sum of these elements needs " + std::to_string(exact_sum_bits(spec)) + " bits; 100 are supported, use 'aligned'");
}

}  // namespace

void check_combination(const MacSpec& spec, const std::string& origin) {
  const Refusal refuse(origin);
  static const std::regex name_form("[A-Za-z0-9_.-]{1,64}");
  refuse.when(!std::regex_match(spec.name, name_form), "mac: the name '" + spec.name + "' may have letters, digits, '_', '-' and '.', 64 at most");

  const auto& a = spec.activation;
  const auto& w = spec.weight;
  if (spec.is_reference() || a.element.is_fp32() || w.element.is_fp32()) {
    refuse.when(!spec.is_reference() || !a.element.is_fp32() || !w.element.is_fp32() || !spec.accumulate.format.is_fp32(),
                "dot.reduction: fp32 elements, 'reduction: reference' and 'accumulate.format: fp32' belong together (accuracy reference, no hardware)");
    refuse.when(spec.side.has_value(), "side: the FP32 reference has no array for a lane to stand beside; remove it");
    refuse.when(a.scale || w.scale, "scale: fp32 operands are not quantized and have no scale");
    return;
  }
  check_operand(refuse, a, "activation", Granularity::token);
  check_operand(refuse, w, "weight", Granularity::channel);
  refuse.when(a.round == formats::Rounding::stochastic && w.round == a.round && a.seed == w.seed,
              "weight.seed: found " + std::to_string(w.seed) + ", the activation's too, which would make the two operands' rounding errors depend on each other; give another");
  check_blocks(refuse, spec);
  check_planes(refuse, spec);
  check_multiplier(refuse, spec);
  check_reduction(refuse, spec);
  refuse.when(sum_bits(spec) + scale_significand_bits(spec) > 124,
              "scale.encoding: the sum of a group has " + std::to_string(sum_bits(spec)) + " bits and the scales' significands " +
                  std::to_string(scale_significand_bits(spec)) + "; together 124 are supported");
  check_accumulator(refuse, spec);
}

}  // namespace macroscope::datapath
