// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "formats/code.hpp"
#include "formats/integer.hpp"
#include "formats/minifloat.hpp"
#include "formats/table.hpp"

namespace macroscope::formats {

/// FP32 itself: operands that are not quantized (the reference).
struct Fp32 {};

/// The format of one operand element: what its code means. Immutable, cheap to copy.
class Element {
 public:
  /// `intN`, `uintN`, `binary`, `ternary`, `eXmY[ieee|fn|fnuz|none]`, `bf16`, `fp16`, `tf32`, `fp22`, `potN`, `pot2xK`, `nf4`,
  /// `dint4`, `fp32`. Throws InputError with the nearest known name; `where` (file and key) begins the sentence.
  static Element parse(std::string_view name, std::string_view where);

  /// A table made at run time: 2 to 256 numbers in the order of their codes (the last is repeated up to a power of two),
  /// each exactly a value of `cell` (a minifloat or an integer) times 2^cell_exponent. Its name is `prefix` and a hash of the
  /// numbers, so that tables of one name are equal. Throws InputError for what is no such table.
  static Element table(const std::string& prefix, const std::vector<double>& values, const Element& cell, int cell_exponent = 0);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int bits() const;
  [[nodiscard]] bool is_integer() const { return std::holds_alternative<Integer>(format_); }
  /// An intN, as opposed to unsigned, binary and ternary codes.
  [[nodiscard]] bool is_two_complement() const { return is_integer() && integer().kind == IntegerKind::two_complement; }
  [[nodiscard]] bool is_minifloat() const { return std::holds_alternative<Minifloat>(format_); }
  [[nodiscard]] bool is_table() const { return std::holds_alternative<std::shared_ptr<const Table>>(format_); }
  [[nodiscard]] bool is_fp32() const { return std::holds_alternative<Fp32>(format_); }
  [[nodiscard]] const Integer& integer() const { return std::get<Integer>(format_); }
  [[nodiscard]] const Minifloat& minifloat() const { return std::get<Minifloat>(format_); }
  [[nodiscard]] const Table& table() const { return *std::get<std::shared_ptr<const Table>>(format_); }
  [[nodiscard]] bool has_nan() const { return is_minifloat() && minifloat().has_nan(); }

  /// The largest finite magnitude that encoding yields (127, 448, ...), in units of the code's own value.
  [[nodiscard]] double max_finite() const;
  /// floor(log2(max_finite())) in the units a block scale multiplies; an MX integer has its implicit 2^-(bits-2), so 0.
  [[nodiscard]] int block_max_exponent() const;
  /// Binary places right of the point when the element stands under a block scale: 6 for MXINT8 (OCP MX 5.3.6), bits - 1 for
  /// unsigned codes, 0 for binary and ternary ones and for a minifloat or table, whose code already says it.
  [[nodiscard]] int block_fraction_bits() const;

  /// Fraction bits of what unpack() gives: a minifloat's, a table cell's, or block_fraction_bits() of an integer.
  [[nodiscard]] int fraction_bits() const;
  /// Bits of the magnitude that reaches the multiplier: the fraction and its hidden one, all `bits` of an intN (its most
  /// negative code reads as 2^(bits-1)) or uintN, 1 for binary and ternary codes, a table cell's.
  [[nodiscard]] int significand_bits() const;
  /// value = (-1)^negative * significand * 2^(exponent - fraction_bits()); an integer's exponent is fraction_bits(), which
  /// makes the significand its magnitude. Not for fp32.
  [[nodiscard]] Unpacked unpack(Code code, Subnormals subnormals = Subnormals::keep) const;

  /// The code's value: an integer, a table's entry or the minifloat's number (exact in double). Not for fp32. `subnormals`
  /// matters to minifloats alone, here and in encode.
  [[nodiscard]] double decode(Code code, Subnormals subnormals = Subnormals::keep) const;
  /// One rounding; integers and tables saturate whatever `overflow` says. `random` is stochastic rounding's word, from
  /// random_word(seed, index of the element). Not for fp32.
  [[nodiscard]] Code encode(double value, Rounding rounding, Overflow overflow, Subnormals subnormals = Subnormals::keep,
                            std::uint32_t random = 0) const;

  friend bool operator==(const Element& a, const Element& b) { return a.name_ == b.name_; }

 private:
  using Format = std::variant<Fp32, Integer, Minifloat, std::shared_ptr<const Table>>;
  Element(std::string name, Format format) : name_(std::move(name)), format_(std::move(format)) {}
  static Element make_table(const std::string& name, std::vector<double> values, const Element& cell, int cell_exponent);
  std::string name_;
  Format format_;
};

}  // namespace macroscope::formats
