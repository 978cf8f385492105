// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/unit.hpp"

namespace macroscope::datapath {

/// One output's way along K: the chain of unit_step from a zero partial sum. With accumulate.chunk {length L, into, round},
/// the partial sum is an inner accumulator that is emptied into an outer one of format `into` after every L elements of K,
/// and after the last ones if fewer are left:
///   O_0 = +0,   O_{j+1} = R(O_j + c_j),   R one rounding to `into`,
///   c_j the inner partial sum of elements jL ... jL + L - 1, itself from zero, its value exact.
/// An inner sum that is infinite or NaN makes the outer one so. `into` overflows as round_to_format says.
class Accumulation {
 public:
  explicit Accumulation(const MacSpec& spec) : spec_(&spec) {}

  /// The next `lanes` elements of K, and the scales that unit_step takes.
  void add(const formats::Code* activation, formats::Code activation_scale, const formats::Code* weight, formats::Code weight_scale);

  /// The partial sum that drain() takes: the outer one where there is a chunk. No element may follow.
  [[nodiscard]] PsumBits finish();

  /// Steps and emptyings so far that overflowed, as unit_step defines it. Once infinite or NaN, a floating-point sum
  /// overflows no more.
  [[nodiscard]] std::int64_t overflows() const { return overflows_; }

 private:
  void empty_inner();
  const MacSpec* spec_;
  PsumBits psum_ = 0;
  std::uint32_t outer_ = 0;
  int elements_ = 0;  ///< in the inner accumulator since it was last emptied
  std::int64_t overflows_ = 0;
};

}  // namespace macroscope::datapath
