// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

/// C[M,N] = A[M,K] * B[N,K]^T.
struct GemmShape {
  std::int64_t m = 0, n = 0, k = 0;
  [[nodiscard]] std::string text() const { return std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k); }
  [[nodiscard]] double macs() const { return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k); }
};

/// What the speed of every kernel is compared with: oneDNN's FP32 matmul with weights in the layout that it likes best.
class Fp32Matmul {
 public:
  Fp32Matmul(const GemmShape& shape, int threads);
  ~Fp32Matmul();
  Fp32Matmul(const Fp32Matmul&) = delete;
  Fp32Matmul& operator=(const Fp32Matmul&) = delete;

  void run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A fast multiplication timed on this machine, beside FP32 in the same run.
struct GemmSpeed {
  std::string mac;
  std::string kernel;
  std::string instruction_set;
  int threads = 1;
  GemmShape shape;
  double gmacs = 0;       ///< 10^9 multiply-accumulates a second, quantized operands in, FP32 out
  double fp32_gmacs = 0;  ///< of oneDNN's FP32 matmul
  [[nodiscard]] double ratio() const { return gmacs / fp32_gmacs; }
};

/// Runs both in turns for about `seconds` and takes the best time of each: other work on the machine only adds time.
/// Gaussian operands; packing of A is included, that of B is not. Specs without a fast kernel multiply 8 rows of A only. One thread is timed by its own CPU time, several by the wall.
GemmSpeed measure_gemm(const MacSpec& spec, const GemmShape& shape, int threads, double seconds = 0.5);

/// One kernel that gemm() looked at for a multiplication, and why it was passed over.
struct KernelVerdict {
  std::string kernel;
  std::string what;       ///< how it computes
  std::string objection;  ///< empty for the one taken
};

/// The kernels in the planner's order down to the one that gaussian operands of this shape take on this machine.
std::vector<KernelVerdict> explain_gemm(const MacSpec& spec, const GemmShape& shape);

/// Names that limit_instruction_set takes.
std::vector<std::string> instruction_sets();

/// Makes kernels and oneDNN use no wider instructions than `name` ("scalar", "avx2", "avx512") for the rest of the process.
/// Call it before any multiplication. Throws InputError for another name.
void limit_instruction_set(const std::string& name);

}  // namespace macroscope::datapath
