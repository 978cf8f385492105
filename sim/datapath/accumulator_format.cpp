// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/accumulator_format.hpp"

#include <optional>

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"

namespace macroscope::datapath {
namespace {

/// FP32 is a minifloat here, unlike the operand element of that name, which stands for numbers that are not quantized.
std::optional<formats::Minifloat> number_format(std::string_view name) {
  if (name == "fp32") return formats::Minifloat{"fp32", 8, 23, 127, formats::Specials::ieee};
  return formats::parse_minifloat(name);
}

}  // namespace

AccumulatorFormat AccumulatorFormat::parse(std::string_view name, std::string_view where) {
  if (name == "kulisch") return {"kulisch", Kind::kulisch, 0, {}};
  for (int bits = 8; bits <= 64; ++bits)
    if (name == "int" + std::to_string(bits)) return {std::string(name), Kind::integer, bits, {}};
  const auto number = number_format(name);
  if (number && number->has_nan()) return {std::string(name), Kind::floating, number->bits(), *number};
  throw InputError(std::string(where) + (number ? ": an accumulator of format '" : ": unknown accumulator format '") + std::string(name) +
                   (number ? "' could not tell that it has met a NaN; choose one that has NaNs" : "'") +
                   accepted_words(name, {"int8 ... int64", "int32", "int16", "fp32", "fp22", "tf32", "bf16", "fp16", "eXmY up to 32 bits", "kulisch"}));
}

}  // namespace macroscope::datapath
