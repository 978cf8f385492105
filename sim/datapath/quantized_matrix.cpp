// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/quantized_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "formats/binary_coding.hpp"
#include "sim/datapath/kernels/encode.hpp"
#include "sim/datapath/kernels/encode_blocks.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/parallel.hpp"
#include "sim/datapath/stored_operand.hpp"

namespace macroscope::datapath {
namespace {

/// Encodes a run of numbers after dividing them by a scale: by vector code where that gives the same, else one by one.
class RunEncoder {
 public:
  explicit RunEncoder(const OperandSpec& operand) : operand_(operand), vector_(kernels::vector_encoding(operand)) {}

  /// `at` is the place of x[0] in the matrix, row * cols + k.
  template <class Code>
  void divide(const float* x, std::int64_t n, float scale, std::int64_t at, Code* out) const {
    if (vector_) return kernels::encode_quotients(*vector_, x, n, scale, out);
    for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<Code>(encode_at(operand_, operand_.element, static_cast<double>(x[i] / scale), at + i));
  }

  /// Times 2^exponent.
  template <class Code>
  void scale(const float* x, std::int64_t n, int exponent, std::int64_t at, Code* out) const {
    if (vector_ && exponent >= -126 && exponent <= 127) return kernels::encode_products(*vector_, x, n, std::ldexp(1.0F, exponent), out);
    for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<Code>(encode_at(operand_, operand_.element, std::ldexp(static_cast<double>(x[i]), exponent), at + i));
  }

 private:

  const OperandSpec& operand_;
  std::optional<kernels::ElementEncoding> vector_;
};

std::uint8_t e8m0_scale(const OperandSpec& operand, const float* x, std::int64_t n) {
  if (operand.scale->rule == formats::ScaleRule::mse) return formats::e8m0_mse_scale(x, n, operand.element, operand.round);
  return formats::e8m0_scale(kernels::absolute_maximum(x, n), operand.element, operand.scale->rule);
}

formats::Code minifloat_scale(const OperandSpec& operand, const float* x, std::int64_t n, float tensor_scale) {
  const formats::Minifloat& format = *operand.scale->format;
  if (operand.scale->rule == formats::ScaleRule::mse) return formats::minifloat_mse_scale(x, n, operand.element, format, tensor_scale, operand.round);
  return formats::minifloat_scale(kernels::absolute_maximum(x, n), operand.element, format, tensor_scale);
}

/// The scale of a row, tensor or drained block as FP32: what its encoding holds.
float row_scale(const OperandSpec& operand, const float* x, std::int64_t n) {
  const ScaleSpec& scale = *operand.scale;
  const bool mse = scale.rule == formats::ScaleRule::mse;
  if (scale.encoding == ScaleEncoding::fp32)
    return mse ? formats::fp32_mse_scale(x, n, operand.element, operand.round) : formats::fp32_scale(kernels::absolute_maximum(x, n), operand.element);
  if (scale.encoding == ScaleEncoding::e8m0)
    return static_cast<float>(std::ldexp(formats::decode_e8m0(e8m0_scale(operand, x, n)), -operand.element.block_fraction_bits()));
  return static_cast<float>(formats::decode(*scale.format, minifloat_scale(operand, x, n, 1)));
}

/// Quantizes the rows of one matrix.
template <class Code>
class RowQuantizer {
 public:
  RowQuantizer(const OperandSpec& operand, const float* data, std::int64_t ld, QuantizedMatrix& out, Code* codes, float tensor_scale)
      : operand_(operand), encoder_(operand), blocks_(kernels::BlockEncoder::of(operand, out.tensor_scale)), data_(data), ld_(ld), out_(out), codes_(codes),
        tensor_scale_(tensor_scale) {}

  void operator()(std::int64_t row) const {
    const std::int64_t run = out_.block ? out_.block : out_.cols;
    for (std::int64_t block = 0; block < out_.blocks();) {
      const std::int64_t done = encode_blocks(row, block), k = block * run;
      if (!done) quantize_run(data_ + row * ld_ + k, std::min(run, out_.cols - k), row * out_.cols + k, static_cast<std::size_t>(row * out_.blocks() + block));
      block += std::max<std::int64_t>(done, 1);
    }
  }

 private:
  /// Whole blocks from `first` on by vector code: how many it took.
  [[nodiscard]] std::int64_t encode_blocks(std::int64_t row, std::int64_t first) const {
    if constexpr (sizeof(Code) > 1) return 0;
    else {
      const std::int64_t k = first * out_.block;
      const std::int64_t count = blocks_ ? std::min<std::int64_t>((out_.cols - k) / out_.block, kernels::BlockEncoder::most_blocks) : 0;
      if (count == 0) return 0;
      const auto scale = static_cast<std::size_t>(row * out_.blocks() + first);
      const float* x = data_ + row * ld_ + k;
      Code* codes = codes_ + row * out_.cols + k;
      const bool taken = out_.e8m0_scales.empty() ? blocks_->encode(x, count, codes, out_.scale_codes.data() + scale)
                                                  : blocks_->encode(x, count, codes, out_.e8m0_scales.data() + scale);
      return taken ? count : 0;
    }
  }

  void quantize_run(const float* x, std::int64_t n, std::int64_t at, std::size_t scale_index) const {
    Code* codes = codes_ + at;
    if (!operand_.scale) {
      encoder_.scale(x, n, 0, at, codes);
    } else if (!out_.e8m0_scales.empty()) {
      const float largest = kernels::absolute_maximum(x, n);
      const std::uint8_t scale = e8m0_scale(operand_, x, n);
      out_.e8m0_scales[scale_index] = scale;
      if (scale == formats::e8m0_nan) return clear(codes, n);
      const int exponent = operand_.element.block_fraction_bits() + formats::e8m0_bias - scale;
      encoder_.scale(x, n, largest == 0 ? 0 : exponent, at, codes);  // zeros keep their signs whatever the scale
    } else if (!out_.scale_codes.empty()) {
      const formats::Code code = minifloat_scale(operand_, x, n, out_.tensor_scale);
      out_.scale_codes[scale_index] = static_cast<std::uint16_t>(code);
      const float scale = formats::block_scale(*out_.scale_format, code, out_.tensor_scale);
      if (std::isnan(scale) || code == out_.scale_format->nan_code()) return clear(codes, n);
      encoder_.divide(x, n, scale, at, codes);
    } else {
      const float scale = operand_.scale->granularity == Granularity::tensor && !out_.block ? tensor_scale_ : row_scale(operand_, x, n);
      out_.fp32_scales[scale_index] = scale;
      if (std::isnan(scale)) return clear(codes, n);
      encoder_.divide(x, n, scale, at, codes);
    }
  }

  static void clear(Code* codes, std::int64_t n) { std::fill(codes, codes + n, Code{0}); }

  const OperandSpec& operand_;
  RunEncoder encoder_;
  std::optional<kernels::BlockEncoder> blocks_;
  const float* data_;
  std::int64_t ld_;
  QuantizedMatrix& out_;
  Code* codes_;
  float tensor_scale_;
};

/// Calls work(row) for every row, sixteen a task.
template <class Work>
void in_row_tasks(std::int64_t rows, int threads, const Work& work) {
  constexpr std::int64_t rows_a_task = 16;
  kernels::parallel_for((rows + rows_a_task - 1) / rows_a_task, threads, [&](std::int64_t task) {
    const kernels::DefaultFloatEnvironment environment;
    for (std::int64_t row = task * rows_a_task; row < std::min((task + 1) * rows_a_task, rows); ++row) work(row);
  });
}

/// NaN if there is one.
float matrix_maximum(const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int threads) {
  std::vector<float> of_row(static_cast<std::size_t>(rows));
  in_row_tasks(rows, threads, [&](std::int64_t row) { of_row[static_cast<std::size_t>(row)] = kernels::absolute_maximum(data + row * ld, cols); });
  return kernels::absolute_maximum(of_row.data(), rows);
}

/// The scale of granularity tensor.
float whole_scale(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int threads) {
  if (operand.scale->rule != formats::ScaleRule::mse) {
    const float largest = matrix_maximum(data, rows, cols, ld, threads);
    return row_scale(operand, &largest, 1);
  }
  std::vector<float> all;
  for (std::int64_t row = 0; row < rows; ++row) all.insert(all.end(), data + row * ld, data + row * ld + cols);
  return row_scale(operand, all.data(), rows * cols);
}

/// An alpha or offset as its encoding holds it: of either sign, and 0 where it is.
float plane_scale(const ScaleSpec& scale, double value) {
  if (!scale.format) return static_cast<float>(value);
  return static_cast<float>(formats::decode(*scale.format, formats::encode(*scale.format, value, formats::Rounding::rne, formats::Overflow::saturate)));
}

/// Planes of +-1 and their scales, by row or block.
QuantizedMatrix quantize_planes(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int threads) {
  QuantizedMatrix m{operand.element, rows, cols, {}, {}, operand.scale->block, {}, {}};
  m.planes = operand.planes->count;
  m.planes_have_offset = operand.planes->offset;
  m.codes8.resize(static_cast<std::size_t>(rows * cols));
  const auto terms = static_cast<std::size_t>(m.terms());
  m.fp32_scales.resize(static_cast<std::size_t>(rows * m.blocks()) * terms, cols ? std::numeric_limits<float>::quiet_NaN() : 0);
  const std::int64_t run = m.block ? m.block : cols;
  kernels::parallel_for(rows, threads, [&](std::int64_t row) {
    for (std::int64_t block = 0; block < m.blocks(); ++block) {
      const std::int64_t begin = block * run, n = std::min(run, cols - begin);
      const float* x = data + row * ld + begin;
      if (n == 0 || !std::isfinite(kernels::absolute_maximum(x, n))) continue;
      const auto coding = formats::fit_binary_coding(x, n, m.planes, m.planes_have_offset, operand.planes->rounds);
      std::copy(coding.codes.begin(), coding.codes.end(), m.codes8.begin() + row * cols + begin);
      float* scales = m.fp32_scales.data() + static_cast<std::size_t>(row * m.blocks() + block) * terms;
      for (std::size_t i = 0; i < coding.alpha.size(); ++i) scales[i] = plane_scale(*operand.scale, coding.alpha[i]);
      if (m.planes_have_offset) scales[m.planes] = plane_scale(*operand.scale, coding.offset);
    }
  });
  return m;
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
  QuantizedMatrix out{operand.element, 0, 0, {}, {}, 0, {}, {}};
  quantize_into(out, operand, data, rows, cols, ld, fp32_block, threads);
  return out;
}

void quantize_into(QuantizedMatrix& out, const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int fp32_block, int threads) {
  if (operand.element.is_fp32()) throw std::invalid_argument("FP32 operands have no codes");
  if (operand.planes) return void(out = quantize_planes(operand, data, rows, cols, ld, threads));
  if (operand.stored) return void(out = quantize_stored(operand, data, rows, cols, ld, fp32_block, threads));
  const int block = !operand.scale ? 0 : operand.scale->granularity == Granularity::block ? operand.scale->block : fp32_block;
  const bool narrow = operand.element.bits() <= 8, drained = operand.scale && !operand.has_unit_scale(), in_minifloat = operand.has_unit_scale() && operand.scale->format;
  out.element = operand.element;
  out.rows = rows;
  out.cols = cols;
  out.block = block;
  out.planes = 0;
  out.planes_have_offset = false;
  const auto count = static_cast<std::size_t>(rows * cols), scales = static_cast<std::size_t>(rows * out.blocks());
  out.codes8.resize(narrow ? count : 0);
  out.codes16.resize(narrow ? 0 : count);
  out.fp32_scales.resize(drained ? scales : 0);
  out.scale_codes.resize(in_minifloat ? scales : 0);
  out.e8m0_scales.resize(operand.has_unit_scale() && !in_minifloat ? scales : 0);
  out.scale_format = operand.has_unit_scale() ? operand.scale->format : std::nullopt;
  out.tensor_scale = operand.scale && operand.scale->tensor ? formats::tensor_scale(matrix_maximum(data, rows, cols, ld, threads), operand.element, *operand.scale->format) : 1;
  float whole = 1;
  if (operand.scale && operand.scale->granularity == Granularity::tensor) whole = whole_scale(operand, data, rows, cols, ld, threads);
  if (narrow) in_row_tasks(rows, threads, RowQuantizer<std::uint8_t>(operand, data, ld, out, out.codes8.data(), whole));
  else in_row_tasks(rows, threads, RowQuantizer<std::uint16_t>(operand, data, ld, out, out.codes16.data(), whole));
}

namespace {

std::vector<float> dequantize_planes(const QuantizedMatrix& m) {
  std::vector<float> values;
  const std::int64_t run = m.block ? m.block : std::max<std::int64_t>(m.cols, 1);
  for (std::int64_t row = 0; row < m.rows; ++row)
    for (std::int64_t k = 0; k < m.cols; ++k) {
      double value = m.planes_have_offset ? m.term_scale(row, k / run, m.planes) : 0.0;
      for (int p = 0; p < m.planes; ++p) value += m.element.decode((m.code(row, k) >> p) & 1U) * static_cast<double>(m.term_scale(row, k / run, p));
      values.push_back(static_cast<float>(value));
    }
  return values;
}

}  // namespace

QuantizedMatrix empty_matrix(const formats::Element& element, std::int64_t rows, std::int64_t cols) {
  QuantizedMatrix m{element, rows, cols, {}, {}, 0, {}, {}};
  const auto count = static_cast<std::size_t>(rows * cols);
  if (element.bits() <= 8) m.codes8.resize(count);
  else m.codes16.resize(count);
  return m;
}

void set_code(QuantizedMatrix& m, std::int64_t row, std::int64_t k, formats::Code code) {
  const auto at = static_cast<std::size_t>(row * m.cols + k);
  if (m.codes16.empty()) m.codes8[at] = static_cast<std::uint8_t>(code);
  else m.codes16[at] = static_cast<std::uint16_t>(code);
}

formats::Code encode_at(const OperandSpec& operand, const formats::Element& element, double x, std::int64_t at) {
  const std::uint32_t random = operand.round == formats::Rounding::stochastic ? formats::random_word(operand.seed, static_cast<std::uint64_t>(at)) : 0;
  return element.encode(x, operand.round, operand.overflow, formats::Subnormals::keep, random);
}

float encoded_scale(const ScaleSpec& scale, float quotient) {
  if (scale.encoding == ScaleEncoding::fp32) return quotient == 0 ? 1.0F : quotient;
  if (scale.encoding == ScaleEncoding::e8m0) return quotient == 0 ? static_cast<float>(formats::decode_e8m0(0)) : static_cast<float>(formats::decode_e8m0(formats::encode_e8m0(quotient)));
  return static_cast<float>(formats::decode(*scale.format, formats::positive_code(*scale.format, quotient)));
}

std::vector<float> dequantize(const QuantizedMatrix& m) {
  if (m.planes) return dequantize_planes(m);
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
