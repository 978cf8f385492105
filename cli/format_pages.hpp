// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "formats/block_format.hpp"
#include "formats/element.hpp"

namespace macroscope::cli {

/// A row of the list: name, bits, largest, smallest positive number, specials and, for a minifloat, its fields.
nlohmann::json describe(const formats::Element& element);
/// The same for a block format: element, block, scale, bits per element with its scales, source.
nlohmann::json describe(const formats::BlockFormat& format);

/// One code: `code`, `bits` (sign, exponent and fraction apart), `value` (null where JSON has no number) and `kind`.
nlohmann::json describe_code(const formats::Element& element, formats::Code code);

/// A number for people: ten digits, nan, inf.
std::string number_text(double value);

/// All finite values of an element of at most 8 bits on a line from the smallest to the largest, and binade by binade: one
/// line for the numbers from 2^e to 2^(e+1), `width` columns each, a mark for every positive value (where there is a negative
/// one of the same magnitude too: '|', else '+'). Several values in a column: their count, '#' from 10 on.
std::string number_line(const formats::Element& element, int width = 65);

/// The number line as a picture: ticks of all finite values on a linear axis, and of the positive ones on a logarithmic one.
std::string number_line_svg(const formats::Element& element);

}  // namespace macroscope::cli
