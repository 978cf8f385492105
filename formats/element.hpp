// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "formats/integer.hpp"
#include "formats/minifloat.hpp"

namespace macroscope::formats {

/// FP32 itself: operands that are not quantized (the reference).
struct Fp32 {};

/// The format of one operand element: what its code means. Immutable, cheap to copy.
class Element {
 public:
  /// `intN`, `eXmY[ieee|fn|fnuz|none]`, `bf16`, `fp16`, `fp32`. Throws InputError with the nearest known name; `where`
  /// (file and key) begins the sentence.
  static Element parse(std::string_view name, std::string_view where);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int bits() const;
  [[nodiscard]] bool is_integer() const { return std::holds_alternative<Integer>(format_); }
  [[nodiscard]] bool is_minifloat() const { return std::holds_alternative<Minifloat>(format_); }
  [[nodiscard]] bool is_fp32() const { return std::holds_alternative<Fp32>(format_); }
  [[nodiscard]] const Integer& integer() const { return std::get<Integer>(format_); }
  [[nodiscard]] const Minifloat& minifloat() const { return std::get<Minifloat>(format_); }

  /// The largest finite magnitude that encoding yields (127, 448, ...), in units of the code's own value.
  [[nodiscard]] double max_finite() const;
  /// floor(log2(max_finite())) in the units a block scale multiplies; an MX integer has its implicit 2^-(bits-2), so 0.
  [[nodiscard]] int block_max_exponent() const;
  /// Binary places right of the point when the element stands under a block scale: 6 for MXINT8 (OCP MX 5.3.6), 0 for a
  /// minifloat, whose code already says it.
  [[nodiscard]] int block_fraction_bits() const;

  /// The code's value: an integer, or the minifloat's number (exact in double). Not for fp32.
  [[nodiscard]] double decode(std::uint16_t code) const;
  /// One rounding; integers saturate whatever `overflow` says. Not for fp32.
  [[nodiscard]] std::uint16_t encode(double value, Rounding rounding, Overflow overflow) const;

  friend bool operator==(const Element& a, const Element& b) { return a.name_ == b.name_; }

 private:
  using Format = std::variant<Fp32, Integer, Minifloat>;
  Element(std::string name, Format format) : name_(std::move(name)), format_(std::move(format)) {}
  std::string name_;
  Format format_;
};

}  // namespace macroscope::formats
