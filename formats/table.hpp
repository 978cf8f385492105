// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/code.hpp"
#include "formats/rounding.hpp"

namespace macroscope::formats {

/// A format that is looked up: at most 256 numbers in the order of their codes. What leaves the look-up and meets the
/// multiplier is a cell, a code of a minifloat or an integer, so a unit reads each entry in that cell's fields.
struct Table {
  int bits = 0;
  std::vector<double> values;      ///< 2^bits of them, by code
  std::vector<Unpacked> unpacked;  ///< the same as the multiplier sees them
  int fraction_bits = 0;           ///< of the cell
  int significand_bits = 0;        ///< of the cell
  std::string cell;                ///< its name
  std::vector<Code> ascending;     ///< one code for each different value, the lowest that has it, sorted by value
};

/// Numbers and cell of a table with a name of its own. The entries are cell values times 2^cell_exponent, all exact.
struct NamedTable {
  std::vector<double> values;
  std::string cell;
  int cell_exponent = 0;
};

/// `nf4`: the 16 quantiles of a normal distribution of QLoRA (arXiv 2305.14314, appendix E), FP32 numbers from -1 to 1.
/// `dint4`: INT4 with halves: the codes of -8 and 7 mean -1/2 and 1/2 (after dINT, arXiv 2311.05161, which gives small
///   values to codes that symmetric INT4 hardly uses; which codes they are is our choice), so -7 ... 6 and +-1/2.
/// `pot2xK` (K = 1, 2, 3 bits a term): a sign and two powers of two, +-(p0 + p1) with p0 from {0, 1, 2^-2, 2^-4 ...} and p1
///   from {0, 2^-1, 2^-3 ...}, 2^K choices each (additive powers of two, arXiv 1909.13144 eq. 3): 2K + 1 bits, the sign on
///   top, then p0's field (0: zero, j: 2^(2 - 2j)), then p1's (j: 2^(1 - 2j)).
/// Empty for any other name.
std::optional<NamedTable> named_table(std::string_view name);

/// Bits of the codes of so many entries.
int table_bits(std::size_t entries);

/// The table's entry nearest to `value`. rne: a tie goes to the even code, or to the entry nearer to zero where both or
/// none are even; half_away: away from zero; truncate: the neighbour of smaller magnitude; stochastic: the upper neighbour
/// with a probability proportional to the distance from the lower. Beyond the ends: the end. NaN: as 0.
Code encode(const Table& table, double value, Rounding rounding, std::uint32_t random = 0);

}  // namespace macroscope::formats
