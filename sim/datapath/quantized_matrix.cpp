// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/quantized_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "sim/datapath/kernels/encode.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/parallel.hpp"

namespace macroscope::datapath {
namespace {

/// Encodes a run of numbers after dividing them by a scale: by vector code where that gives the same, else one by one.
class RunEncoder {
 public:
  explicit RunEncoder(const OperandSpec& operand) : operand_(operand), vector_(kernels::vector_encoding(operand)) {}

  template <class Code>
  void divide(const float* x, std::int64_t n, float scale, Code* out) const {
    if (vector_) return kernels::encode_quotients(*vector_, x, n, scale, out);
    for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<Code>(encode(static_cast<double>(x[i] / scale)));
  }

  /// Times 2^exponent.
  template <class Code>
  void scale(const float* x, std::int64_t n, int exponent, Code* out) const {
    if (vector_ && exponent >= -126 && exponent <= 127) return kernels::encode_products(*vector_, x, n, std::ldexp(1.0F, exponent), out);
    for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<Code>(encode(std::ldexp(static_cast<double>(x[i]), exponent)));
  }

 private:
  [[nodiscard]] formats::Code encode(double x) const { return operand_.element.encode(x, operand_.round, operand_.overflow); }

  const OperandSpec& operand_;
  std::optional<kernels::ElementEncoding> vector_;
};

/// Rounded to nearest even, saturated, and at least the smallest positive number: a scale of 0 would lose the block.
formats::Code scale_code(const formats::Minifloat& format, double scale) {
  return std::max<formats::Code>(formats::encode(format, scale, formats::Rounding::rne, formats::Overflow::saturate), 1);
}

/// The scale of a row, tensor or drained block as FP32: what its encoding holds.
float row_scale(const OperandSpec& operand, float largest) {
  const ScaleSpec& scale = *operand.scale;
  if (scale.encoding == ScaleEncoding::fp32) return formats::fp32_scale(largest, operand.element);
  if (!std::isfinite(largest)) return std::numeric_limits<float>::quiet_NaN();
  if (scale.encoding == ScaleEncoding::e8m0)
    return static_cast<float>(std::ldexp(formats::decode_e8m0(formats::e8m0_scale(largest, operand.element, scale.rule)), -operand.element.block_fraction_bits()));
  const auto quotient = static_cast<double>(largest / static_cast<float>(operand.element.max_finite()));
  return static_cast<float>(formats::decode(*scale.format, scale_code(*scale.format, quotient)));
}

/// Quantizes rows [first, last) of one matrix.
template <class Code>
class RowQuantizer {
 public:
  RowQuantizer(const OperandSpec& operand, const float* data, std::int64_t ld, QuantizedMatrix& out, Code* codes, float tensor_scale)
      : operand_(operand), encoder_(operand), data_(data), ld_(ld), out_(out), codes_(codes), tensor_scale_(tensor_scale) {}

  void operator()(std::int64_t first, std::int64_t last) const {
    for (std::int64_t row = first; row < last; ++row) {
      const std::int64_t run = out_.block ? out_.block : out_.cols;
      for (std::int64_t block = 0; block < out_.blocks(); ++block) {
        const std::int64_t k = block * run;
        quantize_run(data_ + row * ld_ + k, std::min(run, out_.cols - k), codes_ + row * out_.cols + k,
                     static_cast<std::size_t>(row * out_.blocks() + block));
      }
    }
  }

 private:
  void quantize_run(const float* x, std::int64_t n, Code* codes, std::size_t scale_index) const {
    if (!operand_.scale) {
      encoder_.scale(x, n, 0, codes);
    } else if (!out_.e8m0_scales.empty()) {
      const float largest = kernels::absolute_maximum(x, n);
      const std::uint8_t scale = formats::e8m0_scale(largest, operand_.element, operand_.scale->rule);
      out_.e8m0_scales[scale_index] = scale;
      if (scale == formats::e8m0_nan) return;
      const int exponent = operand_.element.block_fraction_bits() + formats::e8m0_bias - scale;
      encoder_.scale(x, n, largest == 0 ? 0 : exponent, codes);  // zeros keep their signs whatever the scale
    } else if (!out_.scale_codes.empty()) {
      const float scale = block_scale(kernels::absolute_maximum(x, n), out_.scale_codes[scale_index]);
      if (scale == scale) encoder_.divide(x, n, scale, codes);
    } else {
      const float scale = operand_.scale->granularity == Granularity::tensor && !out_.block ? tensor_scale_
                                                                                            : row_scale(operand_, kernels::absolute_maximum(x, n));
      out_.fp32_scales[scale_index] = scale;
      if (scale == scale) encoder_.divide(x, n, scale, codes);
    }
  }

  /// Sets the scale's code; returns what elements are divided by, NaN where they have codes 0.
  float block_scale(float largest, std::uint16_t& code) const {
    const formats::Minifloat& format = *out_.scale_format;
    const float quotient = largest / (static_cast<float>(operand_.element.max_finite()) * out_.tensor_scale);
    if (!std::isfinite(largest) || std::isnan(quotient)) {
      code = format.nan_code();
      return std::numeric_limits<float>::quiet_NaN();
    }
    code = static_cast<std::uint16_t>(scale_code(format, static_cast<double>(quotient)));
    const float scale = static_cast<float>(formats::decode(format, code)) * out_.tensor_scale;
    return scale == 0 ? std::numeric_limits<float>::quiet_NaN() : scale;
  }

  const OperandSpec& operand_;
  RunEncoder encoder_;
  const float* data_;
  std::int64_t ld_;
  QuantizedMatrix& out_;
  Code* codes_;
  float tensor_scale_;
};

template <class Code>
void quantize_rows(std::int64_t rows, int threads, const RowQuantizer<Code>& quantizer) {
  constexpr std::int64_t rows_a_task = 16;
  kernels::parallel_for((rows + rows_a_task - 1) / rows_a_task, threads, [&](std::int64_t task) {
    const kernels::DefaultFloatEnvironment environment;
    quantizer(task * rows_a_task, std::min((task + 1) * rows_a_task, rows));
  });
}

float matrix_maximum(const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld) {
  float largest = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const float of_row = kernels::absolute_maximum(data + row * ld, cols);
    if (of_row != of_row) return of_row;
    largest = std::max(largest, of_row);
  }
  return largest;
}

/// The second level above block scales: the largest block's scale is then the scale format's largest number.
float second_level_scale(const OperandSpec& operand, float largest) {
  if (!std::isfinite(largest)) return std::numeric_limits<float>::quiet_NaN();
  const float scale = largest / static_cast<float>(operand.element.max_finite() * operand.scale->format->max_finite());
  return scale == 0 ? 1.0F : scale;
}

}  // namespace

double QuantizedMatrix::scale(std::int64_t row, std::int64_t k) const {
  const auto at = static_cast<std::size_t>(row * blocks() + (block ? k / block : 0));
  if (!fp32_scales.empty()) return fp32_scales[at];
  if (!e8m0_scales.empty()) return std::ldexp(formats::decode_e8m0(e8m0_scales[at]), -element.block_fraction_bits());
  if (!scale_codes.empty()) return formats::decode(*scale_format, scale_codes[at]) * static_cast<double>(tensor_scale);
  return 1;
}

QuantizedMatrix quantize(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int fp32_block, int threads) {
  if (operand.element.is_fp32()) throw std::invalid_argument("FP32 operands have no codes");
  const int block = !operand.scale ? 0 : operand.scale->granularity == Granularity::block ? operand.scale->block : fp32_block;
  QuantizedMatrix out{operand.element, rows, cols, {}, {}, block, {}, {}};
  const auto count = static_cast<std::size_t>(rows * cols);
  const auto scales = static_cast<std::size_t>(rows * out.blocks());
  if (operand.scale && !operand.has_unit_scale()) out.fp32_scales.resize(scales);
  else if (operand.scale && operand.scale->format) out.scale_codes.resize(scales);
  else if (operand.scale) out.e8m0_scales.resize(scales);
  float whole = 1;
  if (operand.scale && operand.scale->granularity == Granularity::tensor) whole = row_scale(operand, matrix_maximum(data, rows, cols, ld));
  if (operand.has_unit_scale()) out.scale_format = operand.scale->format;
  if (operand.scale && operand.scale->tensor) out.tensor_scale = second_level_scale(operand, matrix_maximum(data, rows, cols, ld));
  if (operand.element.bits() <= 8) {
    out.codes8.resize(count);
    quantize_rows(rows, threads, RowQuantizer<std::uint8_t>(operand, data, ld, out, out.codes8.data(), whole));
  } else {
    out.codes16.resize(count);
    quantize_rows(rows, threads, RowQuantizer<std::uint16_t>(operand, data, ld, out, out.codes16.data(), whole));
  }
  return out;
}

std::vector<float> dequantize(const QuantizedMatrix& m) {
  std::vector<double> values_of_codes(m.codes16.empty() ? std::size_t{1} << m.element.bits() : 0);
  for (std::size_t code = 0; code < values_of_codes.size(); ++code) values_of_codes[code] = m.element.decode(static_cast<formats::Code>(code));
  std::vector<float> values(static_cast<std::size_t>(m.rows * m.cols));
  const std::int64_t run = m.block ? m.block : std::max<std::int64_t>(m.cols, 1);
  for (std::int64_t row = 0; row < m.rows; ++row) {
    for (std::int64_t start = 0; start < m.cols; start += run) {
      const double scale = m.scale(row, start);
      for (std::int64_t k = start; k < std::min(start + run, m.cols); ++k) {
        const formats::Code code = m.code(row, k);
        const double value = values_of_codes.empty() ? m.element.decode(code) : values_of_codes[code];
        values[static_cast<std::size_t>(row * m.cols + k)] = static_cast<float>(value * scale);
      }
    }
  }
  return values;
}

}  // namespace macroscope::datapath
