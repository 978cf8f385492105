// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "workloads/matrix.hpp"

namespace macroscope::workloads {

/// What is multiplied at a site.
enum class SiteKind {
  projection,   ///< activations times a weight matrix: a linear layer
  query_key,    ///< QK^T of attention, one call for each window and KV head
  weighted_sum, ///< probabilities times values: B is V transposed, K runs over tokens
  head          ///< hidden states times the output embedding
};

/// One place of a model where a matrix product is made, `layers.3.mlp.up`.
struct MatmulSite {
  std::string name;
  SiteKind kind;

  /// B is a parameter of the model: the same values at the same address in every call, so it may be prepared once.
  bool weights_are_parameters() const { return kind == SiteKind::projection || kind == SiteKind::head; }
};

/// The one interface through which every multiplication of every model goes: C[M,N] = A[M,K] * B[N,K]^T, all three row-major
/// FP32, K contiguous in both operands. A model knows nothing of what stands behind it: FP32, a datapath, a recorder.
class Matmul {
 public:
  virtual ~Matmul() = default;

  /// Writes all of `c`. Shapes must agree (a.cols == b.cols, c is a.rows x b.rows); operands are not changed.
  virtual void multiply(const MatmulSite& site, MatrixView a, MatrixView b, MutableMatrixView c) = 0;
};

}  // namespace macroscope::workloads
