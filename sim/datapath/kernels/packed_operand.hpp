// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "sim/datapath/kernels/aligned_buffer.hpp"
#include "sim/datapath/kernels/binary_planes.hpp"
#include "sim/datapath/kernels/depth_masks.hpp"
#include "sim/datapath/kernels/int8_weights.hpp"
#include "sim/datapath/kernels/integer_lines.hpp"
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
  /// Integer images in words of two INT16 or four bytes; see integer_lines.hpp.
  const std::uint32_t* pairs() const;
  const std::uint32_t* bytes() const;
  /// Of bytes(): what takes A's offset back, see offset_starts.
  const std::int32_t* byte_starts() const;
  /// Digit planes one after the other, each as pairs(); see digit_images.hpp.
  const std::uint32_t* digits() const;
  /// Block scales for sums of integer images, [panel][group][column]; see IntegerFactors.
  const float* integer_factors() const;
  /// Block scales, [panel][group][column]; an MX integer's binary point is included.
  const double* factors() const;
  /// Of values(), for minifloats and at most 32 lanes.
  DepthMasks depths() const;
  const Int8Weights& int8_weights() const;
  /// For weights in planes.
  const BinaryPlanes& binary_planes() const;

 private:
  int lanes_;
  std::unique_ptr<QuantizedMatrix> owned_;
  const QuantizedMatrix* matrix_;
  RowCensus census_;
  [[nodiscard]] std::size_t panel_words(const WordLayout& layout) const;

  mutable std::once_flag values_once_, pairs_once_, bytes_once_, byte_starts_once_, digits_once_, integer_factors_once_, factors_once_, depths_once_, int8_once_,
      binary_planes_once_;
  mutable AlignedBuffer<float> values_, integer_factors_;
  mutable AlignedBuffer<std::uint32_t> pairs_, bytes_, digits_;
  mutable AlignedBuffer<std::int32_t> byte_starts_;
  mutable std::vector<double> factors_;
  mutable ColumnDepths depths_;
  mutable std::unique_ptr<Int8Weights> int8_weights_;
  mutable std::unique_ptr<BinaryPlanes> binary_planes_;
};

/// What a group's sum is multiplied by in the unit: the power of two that an E8M0 scale and the element's implicit binary
/// point make, or a minifloat scale's number; 1 without, and for the scale of a block whose sum is zero or computed elsewhere
/// (outside the census).
double group_factor(const QuantizedMatrix& matrix, const RowCensus& census, std::int64_t row, std::int64_t group, std::int64_t lanes);

/// The same for sums of an integer image: times 2^-shift, exact in FP32 (subnormal factors are FP32 numbers too).
class IntegerFactors {
 public:
  IntegerFactors(const QuantizedMatrix& matrix, const RowCensus& census, std::int64_t lanes, int shift);
  /// One row's, `stride` apart.
  void fill(std::int64_t row, std::int64_t groups, float* out, std::int64_t stride) const;

 private:
  const QuantizedMatrix& m_;
  std::int64_t lanes_;
  float unscaled_;
  std::vector<float> of_code_;  ///< by code of the block scale
};

}  // namespace macroscope::datapath::kernels
