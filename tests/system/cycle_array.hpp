// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace macroscope::system::test {

/// What enters an array in one cycle.
struct Drive {
  bool write_row = false;  ///< row `row` of the shadow weights is written with tile (n, k)
  std::int64_t row = 0, row_n = 0, row_k = 0;
  bool enter = false;  ///< token `token` (of the whole matrix) enters tile (n, k)
  std::int64_t token = 0, n = 0, k = 0;
  bool last_token = false, first_k = false, last_k = false;
};

/// An array seen one clock cycle at a time; what it says holds in the cycle before the next clock().
class CycleArray {
 public:
  virtual ~CycleArray() = default;
  virtual bool weight_ready() = 0;
  virtual bool tile_active() = 0;
  /// A token that goes on from the tile before (first_k false) finds its partial sums.
  virtual bool sums_ready(bool first_k) = 0;
  /// Results of a token of the last k are complete in this cycle.
  virtual bool result_leaving() = 0;
  virtual void clock(const Drive& drive) = 0;
};

}  // namespace macroscope::system::test
