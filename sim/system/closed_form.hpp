// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/system/array_config.hpp"
#include "sim/system/matmul_shape.hpp"
#include "sim/system/unit_format.hpp"

namespace macroscope::system {

/// What the cycles of a product without avoidable stalls are, by formula. The simulation does not use it; tests compare.
///
/// Schedule. R rows, C columns, units of latency L. A token that enters in cycle t is in row r, column c in cycle
/// t + r*L + c (rows are skewed by the unit's latency, columns by one), and its C sums are complete, side by side again, in
/// cycle t + R*L + C - 1; they are in a buffer from cycle t + D on, D = R*L + C. Tokens enter one a cycle, and tiles follow
/// each other without a gap, because weights are double-buffered and their swap travels with the wave, one cycle ahead of
/// the tile's first token. So
///
///   one tile of M tokens, first entry to last sum, both counted:       M + R*L + C - 1
///   tiles of one chain (ascending k): a token enters the next tile     max(M, D)
///     when its sums are back, so all but the last tile take
///   entries of a product with N' x K' tiles:                           entry = N' * ((K' - 1) * max(M, D) + M)
///                                                                      (tokens, and partial_sums stalls when M < D)
///   weights of the first tile, which nothing hides:                    load (below)
///   the last sums, and the burst that writes them:                     D + last, last = ceil(bytes / bandwidth)
///
///   cycles = load + entry - 1 + D + last
///
/// load. The port gives bursts of b bytes, ceil(b / bandwidth) beats each, to weights and activations in turn, weights
/// first, for as long as both want. Burst i of the weights ends after i + 1 weight bursts and min(i, activation bursts)
/// activation bursts, and its data are there `latency` cycles later. Rows enter the shadow registers one a cycle once their
/// bytes are there: with rows_i the rows that burst i completes no earlier row left for,
///   full = max over i (there_i + number of rows not complete before burst i),    load = full + 1
/// (the swap takes the cycle `full`; the first token enters in cycle full + 1).
///
/// Valid if: one block of tokens (the buffers hold all of them), the weight FIFO holds the first tile, each later tile's
/// weights arrive in the time of the tile before, activations arrive before their tokens, results leave as fast as they
/// come. The simulation tells: then all its stalls but first_load, and partial_sums by the formula above, are zero.
struct ClosedForm {
  std::int64_t load = 0;          ///< cycles before the first token enters: first_load
  std::int64_t entry = 0;         ///< cycles from the first to the last entry, both counted
  std::int64_t partial_sums = 0;  ///< of them, those in which a chain waits for itself
  std::int64_t drain = 0;         ///< cycles after the last entry
  std::int64_t cycles = 0;        ///< of it all
};

/// Throws InputError as TilePlan does. The result is the simulation's if the conditions above hold.
ClosedForm stall_free(const ArrayConfig& array, const UnitFormat& unit, const MatmulShape& shape);

/// Cycles from the entry of the first of `tokens` tokens to the last sum of one tile, both counted.
constexpr std::int64_t tile_cycles(std::int64_t tokens, std::int64_t rows, std::int64_t columns, std::int64_t latency) {
  return tokens + rows * latency + columns - 1;
}

}  // namespace macroscope::system
