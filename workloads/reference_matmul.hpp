// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "workloads/matmul.hpp"

namespace macroscope::workloads {

/// FP32 by oneDNN's matmul primitive: the reference of every accuracy figure. Sums are in no defined order, so results may
/// differ in the last bits between machines. Parameters are reordered once into oneDNN's layout and kept by address: they must
/// outlive this object and not change.
class ReferenceMatmul : public Matmul {
 public:
  ReferenceMatmul();
  ~ReferenceMatmul() override;
  void multiply(const MatmulSite& site, MatrixView a, MatrixView b, MutableMatrixView c) override;

  /// Version of the library behind it, "oneDNN 2.6.3".
  static std::string library();

 private:
  struct Cache;
  std::unique_ptr<Cache> cache_;
};

}  // namespace macroscope::workloads
