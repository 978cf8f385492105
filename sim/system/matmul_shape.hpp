// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace macroscope::system {

/// `count` equal matrix products C[m,n] = A[m,k] * B[n,k]^T of one multiplication site. m: tokens that stream, n: output
/// channels (rows of the stationary operand B), k: reduction.
struct MatmulShape {
  std::string site;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t count = 1;
};

}  // namespace macroscope::system
