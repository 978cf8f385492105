// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/datapath/mac_spec.hpp"
#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath {

namespace kernels {
class PackedOperand;
}

/// Operand B of many multiplications: weights. Holds the matrix and, once a kernel has asked for them, its repacked forms.
/// Cheap to copy (copies share), and threads may use one at the same time.
class PreparedOperand {
 public:
  /// Throws std::invalid_argument when the element is not the spec's weight element.
  PreparedOperand(const MacSpec& spec, QuantizedMatrix matrix);

  [[nodiscard]] const QuantizedMatrix& matrix() const;
  [[nodiscard]] const kernels::PackedOperand& packed() const { return *packed_; }

 private:
  std::shared_ptr<const kernels::PackedOperand> packed_;
};

/// C[M,N] = A[M,K] * B[N,K]^T as the spec's hardware computes it, bit for bit: groups of `lanes` in ascending k, one chain
/// of unit_step from a zero partial sum (accumulation.hpp; chunks too), then drain(). The last incomplete group is padded with zero codes. Where B (or A)
/// carries FP32 scales per block of K (a multiple of `lanes`), the accumulator is drained at each block's end and the drained
/// values are added in FP32 (RNE) in ascending k, from +0; weights in planes follow kernels/binary_coding.hpp. C is row-major with `ldc` floats from row to row. The bits do not
/// depend on `threads` nor on the machine's instruction set.
/// Throws std::invalid_argument when shapes or elements do not fit the spec.
void gemm(const MacSpec& spec, const QuantizedMatrix& a, const PreparedOperand& b, float* c, std::int64_t ldc, int threads = 1);

/// The same for a B that is used once.
void gemm(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, float* c, std::int64_t ldc, int threads = 1);

/// The same, element by element through unit_step and drain: slow and plain, the definition that every kernel must equal.
void gemm_by_unit(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, float* c, std::int64_t ldc);

/// How many steps of that computation overflow, over all outputs: a fixed-point register that wraps or saturates, a
/// floating-point one that becomes infinite or NaN from finite values (Accumulation::overflows). 0 at once where the formats
/// rule it out; otherwise as slow as gemm_by_unit, on `threads`.
std::int64_t count_overflows(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b, int threads = 1);

/// The name of the kernel that gemm() takes for these operands on this machine.
std::string gemm_kernel_name(const MacSpec& spec, const QuantizedMatrix& a, const QuantizedMatrix& b);

/// The widest vectors that gemm() uses on this machine: "scalar" (up to 128 bits), "avx2" or "avx512".
std::string gemm_instruction_set();

}  // namespace macroscope::datapath
