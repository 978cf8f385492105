// SPDX-License-Identifier: Apache-2.0
#include "rtl/package_generator.hpp"

#include <algorithm>
#include <utility>

#include "formats/input_error.hpp"
#include "sim/datapath/has_rtl.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::rtl {
namespace {

using datapath::MacSpec;
using datapath::Reduction;

constexpr int largest_scale_sum = 254 + 254;  // two E8M0 codes that are not NaN
constexpr int scale_bias_sum = 127 + 127;

int bits_for(int value) {
  int bits = 0;
  for (; value > 0; value /= 2) ++bits;
  return bits;
}

int ceil_log2(int value) { return value <= 1 ? 0 : bits_for(value - 1); }

/// Values of minifloat_unpack's SPECIALS parameter.
int specials_code(formats::Specials specials) {
  switch (specials) {
    case formats::Specials::none: return 0;
    case formats::Specials::fn: return 1;
    case formats::Specials::ieee: return 2;
    case formats::Specials::fnuz: return 3;
  }
  return 0;
}

/// Largest biased exponent of a finite code.
int largest_exponent_field(const formats::Minifloat& format) { return format.max_exponent() + format.bias; }

/// The widths and ranges that the parameters of the lane reduction are made of.
struct Widths {
  int term_bits = 1;      ///< one shifted magnitude
  int count_bits = 1;     ///< number of negative terms
  int sum_bits = 1;       ///< carry-save pair in offset form
  int value_bits = 1;     ///< the sum in two's complement
  int exponent_bits = 1;  ///< sum of two biased exponents
  int exponent_offset = 0, min_exponent = 0, max_exponent = 0;  ///< of the sum's last place, block scales included
};

Widths integer_widths(const MacSpec& spec) {
  Widths w;
  w.sum_bits = w.value_bits = datapath::exact_sum_bits(spec);
  w.exponent_offset = datapath::product_lsb(spec);
  return w;
}

Widths minifloat_widths(const MacSpec& spec) {
  const auto& a = spec.activation.element.minifloat();
  const auto& b = spec.weight.element.minifloat();
  const int largest_sum = largest_exponent_field(a) + largest_exponent_field(b);
  const bool aligned = spec.dot.reduction == Reduction::aligned;
  Widths w;
  w.exponent_bits = std::max(a.exponent_bits, b.exponent_bits) + 1;
  w.term_bits = aligned ? spec.dot.window + 1 : a.mantissa_bits + b.mantissa_bits + 2 + largest_sum - 2;
  w.count_bits = bits_for(spec.dot.lanes);
  w.sum_bits = w.term_bits + w.count_bits + 1;
  w.value_bits = w.term_bits + ceil_log2(spec.dot.lanes) + 1;
  w.exponent_offset = aligned ? -a.bias - b.bias - spec.dot.window + 1 : datapath::product_lsb(spec);
  w.min_exponent = aligned ? 2 : 0;
  w.max_exponent = aligned ? largest_sum : 0;
  return w;
}

Widths widths_of(const MacSpec& spec) {
  Widths w = spec.activation.element.is_integer() ? integer_widths(spec) : minifloat_widths(spec);
  if (spec.has_block_scales()) {
    w.exponent_offset -= scale_bias_sum;
    w.max_exponent += largest_scale_sum;
  }
  w.min_exponent += w.exponent_offset;
  w.max_exponent += w.exponent_offset;
  return w;
}

class PackageText {
 public:
  void comment(const std::string& text) { body_ += "  // " + text + "\n"; }
  void set(const std::string& name, int value) { body_ += "  localparam " + name + " = " + std::to_string(value) + ";\n"; }
  /// A unit uses the parameters of its own composition only; hence the lint directive.
  [[nodiscard]] std::string text(const std::string& head) const { return head + "// verilator lint_off UNUSEDPARAM\npackage mac_pkg;\n" + body_ + "endpackage\n// verilator lint_on UNUSEDPARAM\n"; }

 private:
  std::string body_;
};

void set_operand(PackageText& package, const std::string& prefix, const formats::Element& element) {
  const bool integer = element.is_integer();
  package.set(prefix + "_BITS", element.bits());
  package.set(prefix + "_EXP_BITS", integer ? 1 : element.minifloat().exponent_bits);
  package.set(prefix + "_MAN_BITS", integer ? 1 : element.minifloat().mantissa_bits);
  package.set(prefix + "_SPECIALS", integer ? 0 : specials_code(element.minifloat().specials));
}

void set_accumulator(PackageText& package, const MacSpec& spec) {
  const bool kulisch = spec.accumulate.format.is_kulisch();
  package.set("ACC_IS_FP32", spec.accumulate.format.is_fp32());
  package.set("ACC_BITS", kulisch ? spec.accumulate.bits : 32);
  package.set("ACC_SATURATE", spec.accumulate.overflow == datapath::AccumulatorOverflow::saturate);
  package.set("ACC_HAS_NAN", kulisch);
  package.set("PSUM_BITS", datapath::psum_bits(spec));
}

std::string rank_name(std::string boundary) {
  std::transform(boundary.begin(), boundary.end(), boundary.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return boundary + "_RANK";
}

void set_ranks(PackageText& package, const MacSpec& spec, Cuts cuts) {
  const auto present = boundary_names(spec);
  for (const std::string boundary : {"product", "exponent", "align", "group", "tree", "sum", "normalise", "convert", "add_align", "add_sum", "add_normalise"}) {
    const auto at = std::find(present.begin(), present.end(), boundary);
    package.set(rank_name(boundary), at != present.end() && ((cuts >> (at - present.begin())) & 1));
  }
}

}  // namespace

std::vector<std::string> boundary_names(const MacSpec& spec) {
  std::vector<std::string> names;
  if (spec.dot.reduction != Reduction::integer) names.emplace_back("product");
  if (spec.dot.reduction == Reduction::aligned) names.emplace_back("exponent");
  if (spec.dot.reduction != Reduction::integer) names.emplace_back("align");
  names.insert(names.end(), {"group", "tree"});
  if (spec.accumulate.format.is_fp32())
    names.insert(names.end(), {"sum", "normalise", "convert", "add_align", "add_sum", "add_normalise"});
  return names;
}

int boundary_count(const MacSpec& spec) { return static_cast<int>(boundary_names(spec).size()); }

int stages(Cuts cuts) { return 1 + __builtin_popcount(cuts); }

std::string package_text(const MacSpec& spec, Cuts cuts) {
  datapath::require_rtl(spec);
  if (cuts >> boundary_count(spec))
    throw InputError(spec.name + ": cuts 0x" + datapath::hex(cuts, 32) + " name a boundary beyond the unit's " + std::to_string(boundary_count(spec)));
  const Widths widths = widths_of(spec);

  PackageText package;
  package.comment("Operands");
  package.set("LANES", spec.dot.lanes);
  package.set("IS_INTEGER", spec.activation.element.is_integer());
  set_operand(package, "ACT", spec.activation.element);
  set_operand(package, "WGT", spec.weight.element);
  package.set("SCALED", spec.has_block_scales());
  package.comment("Reduction: WINDOW = 0 is exact");
  package.set("WINDOW", spec.dot.window);
  package.set("TERM_BITS", widths.term_bits);
  package.set("COUNT_BITS", widths.count_bits);
  package.set("SUM_BITS", widths.sum_bits);
  package.set("VALUE_BITS", widths.value_bits);
  package.set("EXPONENT_BITS", widths.exponent_bits);
  package.comment("Accumulator; the sum's last place is 2^(exponent + EXPONENT_OFFSET), within MIN_ and MAX_EXPONENT");
  set_accumulator(package, spec);
  package.set("EXPONENT_OFFSET", widths.exponent_offset);
  package.set("MIN_EXPONENT", widths.min_exponent);
  package.set("MAX_EXPONENT", widths.max_exponent);
  package.comment("Register ranks at internal boundaries; psum_o has one of its own");
  package.set("STAGES", stages(cuts));
  set_ranks(package, spec, cuts);
  return package.text("// Generated by MACroscope from the MacSpec '" + spec.name + "'.\n");
}

}  // namespace macroscope::rtl
