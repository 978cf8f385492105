// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/reduction.hpp"

#include <algorithm>
#include <optional>

namespace macroscope::datapath {
namespace {

using formats::Unpacked;
using Kind = ExactNumber::Kind;

bool is_zero(const Unpacked& u) { return u.kind == Unpacked::Kind::finite && u.significand == 0; }

Product product_of(const Unpacked& a, const Unpacked& w, int shift = 0) {
  const bool infinite = a.kind == Unpacked::Kind::infinity || w.kind == Unpacked::Kind::infinity;
  const bool nan = a.kind == Unpacked::Kind::nan || w.kind == Unpacked::Kind::nan || (infinite && (is_zero(a) || is_zero(w)));
  return {nan ? Kind::nan : infinite ? Kind::infinity : Kind::finite, a.negative != w.negative, a.exponent + w.exponent - shift,
          static_cast<std::uint64_t>(a.significand) * w.significand};
}

struct Factor {
  Unpacked code;
  int fraction;
};

/// A block scale: 2^(code - 127), or a minifloat's number; 1 where the side has none in the unit.
Factor scale_factor(const OperandSpec& side, formats::Code code) {
  if (!side.has_unit_scale()) return {{Unpacked::Kind::finite, false, 0, 1}, 0};
  if (side.scale->format) return {formats::unpack(*side.scale->format, code), side.scale->format->mantissa_bits};
  return {{code == formats::e8m0_nan ? Unpacked::Kind::nan : Unpacked::Kind::finite, false, static_cast<int>(code) - formats::e8m0_bias, 1}, 0};
}

/// x * s, exactly.
ExactNumber times(const ExactNumber& x, const GroupScale& s) {
  const bool infinite = x.kind == Kind::infinity || s.kind == Kind::infinity;
  const bool nan = x.kind == Kind::nan || s.kind == Kind::nan || (infinite && (x.is_zero() || s.value().is_zero()));
  return {nan ? Kind::nan : infinite ? Kind::infinity : Kind::finite, x.negative != s.negative, x.magnitude * s.significand, x.exponent + s.exponent - s.fraction};
}

ExactNumber positive_zero(ExactNumber x) {
  if (x.is_zero()) x.negative = false;
  return x;
}

/// How an aligner brings a number to multiples of its last place.
struct Aligner {
  int last_place;
  formats::Rounding rounding;
  Magnitude magnitude;

  [[nodiscard]] Wide operator()(const ExactNumber& x) const {
    const int right = last_place - x.exponent;
    if (right <= 0) return with_sign(x.negative, x.magnitude << -right);
    if (right > 127) return with_sign(x.negative, x.negative && x.magnitude && magnitude == Magnitude::twos_complement);
    PsumBits kept = x.magnitude >> right;
    const PsumBits rest = x.magnitude - (kept << right), half = static_cast<PsumBits>(1) << (right - 1);
    if (rounding == formats::Rounding::rne) kept += static_cast<PsumBits>(rest > half || (rest == half && (kept & 1)));
    else if (magnitude == Magnitude::twos_complement && x.negative && rest) kept += 1;
    return with_sign(x.negative, kept);
  }

 private:
  static Wide with_sign(bool negative, PsumBits magnitude) { return negative ? -static_cast<Wide>(magnitude) : static_cast<Wide>(magnitude); }
};

std::optional<int> largest_exponent(const Products& products) {
  std::optional<int> largest;
  for (int i = 0; i < products.lanes; ++i)
    if (products.lane[i].magnitude) largest = std::max(largest.value_or(products.lane[i].exponent), products.lane[i].exponent);
  return largest;
}

/// The exact sum in units of the smallest product's last place.
ExactNumber exact_sum(const Products& products) {
  std::optional<int> smallest;
  for (int i = 0; i < products.lanes; ++i)
    if (products.lane[i].magnitude) smallest = std::min(smallest.value_or(products.lane[i].exponent), products.lane[i].exponent);
  Wide sum = 0;
  for (int i = 0; i < products.lanes; ++i) {
    const Product& p = products.lane[i];
    if (!p.magnitude) continue;
    const Wide term = static_cast<Wide>(p.magnitude) << (p.exponent - *smallest);
    sum += p.negative ? -term : term;
  }
  return exact_number(sum, smallest.value_or(0) - products.fraction);
}

std::uint32_t add_aligned_and_fused(const DotSpec& dot, const FloatRegister& accumulator, const Products& products, const GroupScale& scale, std::uint32_t psum) {
  const ExactNumber c = accumulator.value(psum);
  std::optional<int> emax = scale.significand ? largest_exponent(products) : std::nullopt;
  if (emax) *emax += scale.exponent;
  if (!c.is_zero()) emax = std::max(emax.value_or(accumulator.stored_exponent(psum)), accumulator.stored_exponent(psum));
  if (!emax) return accumulator.round({});
  const Aligner cut{*emax - dot.window + 1, dot.round, dot.magnitude};
  Wide sum = cut(c);
  for (int i = 0; i < products.lanes; ++i) sum += cut(times(products.value(i), scale));
  return accumulator.round(exact_number(sum, cut.last_place));
}

/// What infinities and NaNs make of a sum of scaled products.
ExactNumber special_sum(const Products& products, const GroupScale& scale) {
  ExactNumber sum;
  for (int i = 0; i < products.lanes; ++i)
    if (const ExactNumber p = times(products.value(i), scale); !p.is_finite()) sum = sum + p;
  return sum;
}

ExactNumber rounded(const FloatRegister& accumulator, const ExactNumber& x) { return accumulator.value(accumulator.round(x)); }

std::uint32_t add_in_sequence(const DotSpec& dot, const FloatRegister& accumulator, const Products& products, const GroupScale& scale, std::uint32_t psum) {
  for (int i = 0; i < products.lanes; ++i) {
    const ExactNumber p = times(products.value(i), scale);
    psum = accumulator.add(psum, dot.round_products ? rounded(accumulator, p) : p);
  }
  return psum;
}

ExactNumber tree_sum(const DotSpec& dot, const FloatRegister& accumulator, const Products& products) {
  ExactNumber node[Products::most_lanes];
  for (int i = 0; i < products.lanes; ++i) node[i] = dot.round_products ? rounded(accumulator, products.value(i)) : products.value(i);
  for (int count = products.lanes; count > 1; count = (count + 1) / 2) {
    for (int j = 0; j < count / 2; ++j) node[j] = rounded(accumulator, node[2 * j] + node[2 * j + 1]);
    if (count % 2) node[count / 2] = node[count - 1];
  }
  return node[0];
}

}  // namespace

GroupScale group_scale(const MacSpec& spec, formats::Code activation_scale, formats::Code weight_scale) {
  const Factor a = scale_factor(spec.activation, activation_scale), w = scale_factor(spec.weight, weight_scale);
  const Product s = product_of(a.code, w.code);
  return {s.kind, s.negative, s.magnitude, s.exponent, a.fraction + w.fraction};
}

ExactNumber Products::value(int i) const {
  const Product& p = lane[i];
  return {p.kind, p.negative, p.magnitude, p.exponent - fraction};
}

Products multiply_lanes(const MacSpec& spec, const formats::Code* activation, const formats::Code* weight) {
  Products products;
  products.lanes = spec.dot.lanes;
  products.fraction = spec.activation.element.fraction_bits() + spec.weight.element.fraction_bits();
  const auto subnormals = spec.dot.flush_subnormals ? formats::Subnormals::flush : formats::Subnormals::keep;
  const int shift = spec.activation.scale_fraction_bits() + spec.weight.scale_fraction_bits();
  for (int i = 0; i < products.lanes; ++i) {
    products.lane[i] = product_of(spec.activation.element.unpack(activation[i], subnormals), spec.weight.element.unpack(weight[i], subnormals), shift);
    if (products.lane[i].kind != Kind::finite) products.special = products.special.is_finite() ? products.value(i) : products.special + products.value(i);
  }
  return products;
}

ExactNumber group_sum(const MacSpec& spec, const Products& products) {
  if (!products.special.is_finite()) return products.special;
  if (spec.dot.reduction != Reduction::aligned) return exact_sum(products);
  const auto emax = largest_exponent(products);
  if (!emax) return {};
  const Aligner cut{*emax - spec.dot.window + 1, spec.dot.round, spec.dot.magnitude};
  Wide sum = 0;
  for (int i = 0; i < products.lanes; ++i) sum += cut(products.value(i));
  return exact_number(sum, cut.last_place);
}

std::uint32_t add_group(const MacSpec& spec, const FloatRegister& accumulator, const Products& products, const GroupScale& scale, std::uint32_t psum) {
  const DotSpec& dot = spec.dot;
  if (dot.reduction == Reduction::sequential) return add_in_sequence(dot, accumulator, products, scale, psum);
  if (dot.reduction == Reduction::tree) return accumulator.add(psum, times(tree_sum(dot, accumulator, products), scale));
  const bool finite = products.special.is_finite() && scale.kind == Kind::finite && accumulator.value(psum).is_finite();
  if (dot.fused && dot.reduction == Reduction::aligned && finite) return add_aligned_and_fused(dot, accumulator, products, scale, psum);
  if (dot.fused && dot.reduction == Reduction::aligned) return accumulator.add(psum, special_sum(products, scale));
  const ExactNumber sum = positive_zero(times(group_sum(spec, products), scale));
  return accumulator.add(psum, dot.fused ? sum : rounded(accumulator, sum));
}

}  // namespace macroscope::datapath
