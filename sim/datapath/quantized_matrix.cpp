// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/quantized_matrix.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

namespace macroscope::datapath {
namespace {

using formats::Element;
using formats::Minifloat;

/// Largest magnitude; NaN if any element is NaN, infinity if any is infinite and none NaN.
float absolute_maximum(const float* x, std::int64_t n) {
  float largest = 0;
  bool nan = false;
  for (std::int64_t i = 0; i < n; ++i) {
    const float magnitude = std::fabs(x[i]);
    nan |= magnitude != magnitude;
    largest = magnitude > largest ? magnitude : largest;
  }
  return nan ? std::numeric_limits<float>::quiet_NaN() : largest;
}

/// Encodes a run of finite numbers after dividing them by a scale.
class RunEncoder {
 public:
  explicit RunEncoder(const OperandSpec& operand) : operand_(operand), fast_(make_fast(operand)) {}

  template <class Code>
  void divide(const float* x, std::int64_t n, float scale, Code* out) const {
    for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<Code>(encode(x[i] / scale));
  }
  template <class Code>
  void multiply_exactly(const float* x, std::int64_t n, double factor, Code* out) const {
    for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<Code>(encode(x[i] * factor));
  }

 private:
  /// Constants of the branch-free path: round to nearest even with saturation, everything finite.
  struct Fast {
    bool usable = false;
    bool integer = false;
    double limit = 0;          ///< largest finite magnitude
    double min_normal = 0;     ///< 2^min_exponent
    int mantissa_bits = 0;
    std::uint32_t mask = 0, sign = 0;
  };

  static Fast make_fast(const OperandSpec& operand) {
    Fast f;
    f.usable = operand.round == formats::Rounding::rne && operand.overflow == formats::Overflow::saturate;
    f.integer = operand.element.is_integer();
    f.limit = operand.element.max_finite();
    if (f.integer) {
      f.mask = (1U << operand.element.bits()) - 1U;
    } else {
      const Minifloat& m = operand.element.minifloat();
      f.usable = f.usable && m.specials != formats::Specials::fnuz && m.exponent_bits < 8;
      f.min_normal = std::ldexp(1.0, m.min_exponent());
      f.mantissa_bits = m.mantissa_bits;
      f.sign = 1U << (m.bits() - 1);
    }
    return f;
  }

  [[nodiscard]] std::uint16_t encode(double x) const {
    if (!fast_.usable) return operand_.element.encode(x, operand_.round, operand_.overflow);
    if (fast_.integer) {
      const double clipped = std::min(std::max(x, -fast_.limit), fast_.limit);
      return static_cast<std::uint16_t>(static_cast<std::uint32_t>(static_cast<int>(std::nearbyint(clipped))) & fast_.mask);
    }
    return encode_minifloat(x);
  }

  /// Adding 1.5 * 2^52 units in the last place and taking it off again rounds to nearest even there.
  [[nodiscard]] std::uint16_t encode_minifloat(double x) const {
    const double magnitude = std::min(std::fabs(x), fast_.limit);
    const double floor_magnitude = std::max(magnitude, fast_.min_normal);
    std::uint64_t bits = 0;
    static_assert(sizeof bits == sizeof floor_magnitude);
    __builtin_memcpy(&bits, &floor_magnitude, sizeof bits);
    const int exponent = static_cast<int>(bits >> 52) - 1023;
    const Minifloat& m = operand_.element.minifloat();
    const double units = std::nearbyint(magnitude * power_of_two(m.mantissa_bits - exponent));
    const auto code = static_cast<std::uint32_t>(exponent - m.min_exponent()) * (1U << m.mantissa_bits) + static_cast<std::uint32_t>(units);
    return static_cast<std::uint16_t>(code | (std::signbit(x) ? fast_.sign : 0U));
  }

  static double power_of_two(int exponent) {
    const auto bits = static_cast<std::uint64_t>(exponent + 1023) << 52;
    double value = 0;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
  }

  const OperandSpec& operand_;
  Fast fast_;
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
      encoder_.multiply_exactly(x, n, 1.0, codes);
    } else if (operand_.scale->encoding == ScaleEncoding::e8m0) {
      const std::uint8_t scale = formats::e8m0_scale(absolute_maximum(x, n), operand_.element, operand_.scale->rule);
      out_.e8m0_scales[scale_index] = scale;
      if (scale == formats::e8m0_nan) return;
      encoder_.multiply_exactly(x, n, std::ldexp(1.0, operand_.element.block_fraction_bits() + formats::e8m0_bias - scale), codes);
    } else {
      const float scale = operand_.scale->granularity == Granularity::tensor && !out_.block
                              ? tensor_scale_
                              : formats::fp32_scale(absolute_maximum(x, n), operand_.element);
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

template <class Work>
void split_rows(std::int64_t rows, int threads, const Work& work) {
  const std::int64_t parts = std::clamp<std::int64_t>(threads, 1, std::max<std::int64_t>(rows, 1));
  std::vector<std::thread> pool;
  for (std::int64_t p = 1; p < parts; ++p) pool.emplace_back([&, p] { work(rows * p / parts, rows * (p + 1) / parts); });
  work(0, rows / parts);
  for (std::thread& t : pool) t.join();
}

float tensor_scale(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld) {
  if (!operand.scale || operand.scale->granularity != Granularity::tensor) return 1;
  float largest = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const float of_row = absolute_maximum(data + row * ld, cols);
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
    split_rows(rows, threads, RowQuantizer<std::uint8_t>(operand, data, ld, out, out.codes8.data(), whole));
  } else {
    out.codes16.resize(count);
    split_rows(rows, threads, RowQuantizer<std::uint16_t>(operand, data, ld, out, out.codes16.data(), whole));
  }
  return out;
}

std::vector<float> dequantize(const QuantizedMatrix& m) {
  std::vector<float> values(static_cast<std::size_t>(m.rows * m.cols));
  for (std::int64_t row = 0; row < m.rows; ++row)
    for (std::int64_t k = 0; k < m.cols; ++k)
      values[static_cast<std::size_t>(row * m.cols + k)] = static_cast<float>(m.element.decode(m.code(row, k)) * m.scale(row, k));
  return values;
}

}  // namespace macroscope::datapath
