// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath::kernels {

/// INT8 weights in the layout that oneDNN's matmul likes best, and the primitives made for them. Safe to share by threads.
class Int8Weights {
 public:
  explicit Int8Weights(const QuantizedMatrix& matrix);
  ~Int8Weights();
  Int8Weights(const Int8Weights&) = delete;
  Int8Weights& operator=(const Int8Weights&) = delete;

  /// Whether this machine has AMX, on which oneDNN is faster than the kernels here. (Without VNNI or AMX it is not even
  /// exact: it adds pairs of products in 16 bits, which saturate.)
  static bool fastest_here();

  /// c[m * N + n] = sum_k a[m * K + k] * w[n * K + k] modulo 2^32.
  void multiply(const std::int8_t* a, std::int64_t rows, std::int32_t* c, int threads) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace macroscope::datapath::kernels
