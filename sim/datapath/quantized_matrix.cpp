// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/quantized_matrix.hpp"

#include <algorithm>
#include <cmath>
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
    } else if (operand_.scale->encoding == ScaleEncoding::e8m0) {
      const float largest = kernels::absolute_maximum(x, n);
      const std::uint8_t scale = formats::e8m0_scale(largest, operand_.element, operand_.scale->rule);
      out_.e8m0_scales[scale_index] = scale;
      if (scale == formats::e8m0_nan) return;
      const int exponent = operand_.element.block_fraction_bits() + formats::e8m0_bias - scale;
      encoder_.scale(x, n, largest == 0 ? 0 : exponent, codes);  // zeros keep their signs whatever the scale
    } else {
      const float scale = operand_.scale->granularity == Granularity::tensor && !out_.block
                              ? tensor_scale_
                              : formats::fp32_scale(kernels::absolute_maximum(x, n), operand_.element);
      out_.fp32_scales[scale_index] = scale;
      if (scale == scale) encoder_.divide(x, n, scale, codes);
    }
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

float tensor_scale(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld) {
  if (!operand.scale || operand.scale->granularity != Granularity::tensor) return 1;
  float largest = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const float of_row = kernels::absolute_maximum(data + row * ld, cols);
    if (of_row != of_row) return of_row;
    largest = std::max(largest, of_row);
  }
  return formats::fp32_scale(largest, operand.element);
}

}  // namespace

double QuantizedMatrix::scale(std::int64_t row, std::int64_t k) const {
  const auto at = static_cast<std::size_t>(row * blocks() + (block ? k / block : 0));
  if (!fp32_scales.empty()) return fp32_scales[at];
  if (!e8m0_scales.empty()) return std::ldexp(formats::decode_e8m0(e8m0_scales[at]), -element.block_fraction_bits());
  return 1;
}

QuantizedMatrix quantize(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int fp32_block, int threads) {
  if (operand.element.is_fp32()) throw std::invalid_argument("FP32 operands have no codes");
  const bool e8m0 = operand.scale && operand.scale->encoding == ScaleEncoding::e8m0;
  const bool fp32 = operand.scale && !e8m0;
  QuantizedMatrix out{operand.element, rows, cols, {}, {}, e8m0 ? operand.scale->block : (fp32 ? fp32_block : 0), {}, {}};
  const auto count = static_cast<std::size_t>(rows * cols);
  const auto scales = static_cast<std::size_t>(rows * out.blocks());
  if (e8m0) out.e8m0_scales.resize(scales);
  if (fp32) out.fp32_scales.resize(scales);
  const float whole = tensor_scale(operand, data, rows, cols, ld);
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
