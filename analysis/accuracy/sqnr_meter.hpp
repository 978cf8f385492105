// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "workloads/datapath_matmul.hpp"
#include "workloads/vector_math.hpp"

namespace macroscope::accuracy {

/// Multiplies on a datapath and measures beside it what the datapath does to each product: the same operands are multiplied in
/// FP32 too, and sum C_ref^2 and sum (C - C_ref)^2 are kept by site. The error is that of this product alone: operands come
/// from the run on the datapath, so errors of earlier layers are in both products.
class SqnrMeter : public workloads::Matmul {
 public:
  SqnrMeter(workloads::DatapathMatmul& datapath, workloads::Matmul& reference);

  void multiply(const workloads::MatmulSite& site, workloads::MatrixView a, workloads::MatrixView b,
                workloads::MutableMatrixView c) override;

  const std::map<std::string, workloads::SquaredError>& errors() const { return errors_; }

 private:
  workloads::DatapathMatmul& datapath_;
  workloads::Matmul& reference_;
  std::map<std::string, workloads::SquaredError> errors_;
};

/// 10 log10(signal / error) in dB; infinite without an error.
double decibels(const workloads::SquaredError& sums);

}  // namespace macroscope::accuracy
