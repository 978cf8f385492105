// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "sim/datapath/kernels/aligned_buffer.hpp"
#include "sim/datapath/kernels/int8_weights.hpp"
#include "sim/datapath/kernels/row_census.hpp"
#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath::kernels {

/// Operand B beside its repacked forms, each made when a kernel first asks for it. Safe to share by threads.
class PackedOperand {
 public:
  /// Keeps the matrix.
  PackedOperand(int lanes, QuantizedMatrix&& matrix);
  /// Refers to a matrix that outlives it.
  PackedOperand(int lanes, const QuantizedMatrix* matrix);

  [[nodiscard]] int lanes() const { return lanes_; }
  [[nodiscard]] const QuantizedMatrix& matrix() const { return *matrix_; }
  [[nodiscard]] const RowCensus& census() const { return census_; }
  [[nodiscard]] std::int64_t groups() const { return (matrix_->cols + lanes_ - 1) / lanes_; }
  [[nodiscard]] std::int64_t panels() const;

  /// Values as FP32, [panel][group][lane][column]; see tile_kernels.hpp.
  const float* values() const;
  /// Values as INT16, [panel][group][pair][column][2].
  const std::int16_t* pairs() const;
  /// Block scales, [panel][group][column]; an MX integer's binary point is included.
  const double* factors() const;
  const Int8Weights& int8_weights() const;

 private:
  int lanes_;
  std::unique_ptr<QuantizedMatrix> owned_;
  const QuantizedMatrix* matrix_;
  RowCensus census_;
  mutable std::once_flag values_once_, pairs_once_, factors_once_, int8_once_;
  mutable AlignedBuffer<float> values_;
  mutable AlignedBuffer<std::int16_t> pairs_;
  mutable std::vector<double> factors_;
  mutable std::unique_ptr<Int8Weights> int8_weights_;
};

/// What a group's sum is multiplied by in the unit: the power of two that an E8M0 scale and the element's implicit binary
/// point make, or a minifloat scale's number; 1 without, and for the scale of a block whose sum is zero or computed elsewhere
/// (outside the census).
double group_factor(const QuantizedMatrix& matrix, const RowCensus& census, std::int64_t row, std::int64_t group, std::int64_t lanes);

}  // namespace macroscope::datapath::kernels
