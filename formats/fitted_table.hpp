// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "formats/element.hpp"

namespace macroscope::formats {

/// Numbers of a look-up table that fit n finite numbers (k-means in one dimension, Lloyd's algorithm), ascending. `weights` (n,
/// not negative, nullptr for ones) weigh the squared errors, as SqueezeLLM (arXiv 2306.07629) weighs them by the Fisher
/// information. Deterministic: the start is the weighted quantiles (i + 1/2) / entries. Each of at most `rounds` rounds moves
/// every entry to the weighted mean of the numbers nearer to it than to its neighbours (on a tie, to the lower); an entry
/// that nothing is near to stays. It ends when nothing moves. Double precision.
std::vector<double> fit_table(const float* x, std::int64_t n, int entries, int rounds, const float* weights = nullptr);

/// fit_table() as an element `kmeansN#...` whose entries are rounded to `cell` (nearest even, saturating).
Element fitted_table(const float* x, std::int64_t n, int entries, int rounds, const Element& cell, const float* weights = nullptr);

}  // namespace macroscope::formats
