// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "formats/minifloat.hpp"

namespace macroscope::datapath {

/// What a partial-sum register holds: a two's-complement integer, a floating-point number, or a Kulisch register (two's
/// complement fixed point that holds every product exactly). Immutable, cheap to copy.
class AccumulatorFormat {
 public:
  enum class Kind : std::uint8_t { integer, floating, kulisch };

  AccumulatorFormat() : AccumulatorFormat("int32", Kind::integer, 32, {}) {}

  /// `int8` ... `int64`, `fp32`, `fp22` (e8m13), `tf32` (e8m10), `bf16`, `fp16`, any `eXmY` with a NaN and up to 8 exponent
  /// and 32 bits, `kulisch`. Throws InputError that begins with `where` (file and key) and names the nearest word.
  static AccumulatorFormat parse(std::string_view name, std::string_view where);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_integer() const { return kind_ == Kind::integer; }
  [[nodiscard]] bool is_floating() const { return kind_ == Kind::floating; }
  [[nodiscard]] bool is_kulisch() const { return kind_ == Kind::kulisch; }
  [[nodiscard]] bool is_int32() const { return is_integer() && bits_ == 32; }
  [[nodiscard]] bool is_fp32() const { return is_floating() && number_.exponent_bits == 8 && number_.mantissa_bits == 23; }
  /// Width of an integer or floating-point register; 0 for kulisch, whose width is a field of its own.
  [[nodiscard]] int bits() const { return bits_; }
  [[nodiscard]] const formats::Minifloat& number() const { return number_; }  ///< floating only

  friend bool operator==(const AccumulatorFormat& a, const AccumulatorFormat& b) { return a.name_ == b.name_; }
  friend bool operator!=(const AccumulatorFormat& a, const AccumulatorFormat& b) { return !(a == b); }

 private:
  AccumulatorFormat(std::string name, Kind kind, int bits, formats::Minifloat number)
      : name_(std::move(name)), kind_(kind), bits_(bits), number_(std::move(number)) {}
  std::string name_;
  Kind kind_;
  int bits_;
  formats::Minifloat number_;
};

}  // namespace macroscope::datapath
