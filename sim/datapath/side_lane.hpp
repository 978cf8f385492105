// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

/// The FP16 arithmetic beside the array, for weights that are known beforehand (spec.side). h(v) is v in FP16 (RNE, saturating, NaN
/// kept), RN one rounding of FP32 to nearest even; products of two FP16 numbers are exact in FP32. With C[m,n] the array's drained
/// output for the dense part, in this order:
///   csr:       the round(share * rows * cols) weights of largest magnitude (of equal ones the first, row by row) leave the dense
///              part, zeros in their place:  t = +0; for their k ascending in row n: t = RN(t + h(x_mk) h(w_nk));  C = RN(C + t)
///   columns:   O = all k with |x_mk| >= threshold in some row m of the call; x is zero there for the array:
///              t = +0; for k in O ascending: t = RN(t + h(x_mk) h(w_nk));  C = RN(C + t)            (LLM.int8, arXiv 2208.07339)
///   low_rank:  the residual of the dense weights after quantization is U V, rank r, by subspace iteration in double, both in FP16:
///              u_j = +0; for k ascending: u_j = RN(u_j + h(x_mk) V_jk);  t = +0; for j: t = RN(t + h(u_j) U_nj);  C = RN(C + t)
/// A lane with nothing to add leaves C alone.
class SideLane {
 public:
  /// Row-major weights, `ld` floats from row to row; they are copied as far as needed.
  SideLane(const MacSpec& spec, const float* weights, std::int64_t rows, std::int64_t cols, std::int64_t ld);

  /// The weights for the array, rows x cols.
  [[nodiscard]] const std::vector<float>& dense_weights() const { return dense_; }
  /// The activations for the array, rows x cols: those of outlier columns are zero.
  [[nodiscard]] std::vector<float> dense_activations(const float* x, std::int64_t rows, std::int64_t ld) const;
  /// Adds to C what the lanes make of the whole activations x (rows x cols, `ld` floats apart).
  void add(const float* x, std::int64_t rows, std::int64_t ld, float* c, std::int64_t ldc, int threads) const;

  /// U and V of the low-rank lane: rows x rank and rank x cols, FP16 numbers; empty without.
  [[nodiscard]] const std::vector<float>& left() const { return left_; }
  [[nodiscard]] const std::vector<float>& right() const { return right_; }
  [[nodiscard]] std::int64_t sparse_weights() const { return static_cast<std::int64_t>(values_.size()); }

 private:
  void take_outliers(double share);
  void factor_residual(const OperandSpec& weight, int rank);
  [[nodiscard]] std::vector<std::int64_t> outlier_columns(const float* x, std::int64_t rows, std::int64_t ld) const;
  void add_row(const float* x, const std::vector<std::int64_t>& columns, float* c) const;

  std::int64_t rows_, cols_;
  double threshold_ = 0;
  int rank_ = 0;
  std::vector<float> dense_;
  std::vector<std::int64_t> row_start_, column_;  ///< CSR
  std::vector<float> values_;                     ///< in FP16
  std::vector<float> half_weights_;               ///< all in FP16, where outlier columns are chosen by the activations
  std::vector<float> left_, right_;               ///< U, rows x rank, and V, rank x cols, in FP16
};

/// Bits a weight that the lanes keep beside the dense ones: 16 and a 16-bit column of each sparse weight and 32 a row of them, 16 a
/// weight for outlier columns (any column may become one), 16 each of U and V.
double side_bits_per_weight(const SideSpec& side, std::int64_t rows, std::int64_t cols);

}  // namespace macroscope::datapath
