// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/stored_operand.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "sim/datapath/fitted_operand.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/parallel.hpp"

namespace macroscope::datapath {
namespace {

using formats::Code;
using formats::Element;

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

Code two_complement(const Element& element, int value) { return static_cast<Code>(value) & ((1U << element.bits()) - 1U); }

void for_rows(std::int64_t rows, int threads, const std::function<void(std::int64_t)>& work) {
  kernels::parallel_for(rows, threads, [&](std::int64_t row) {
    const kernels::DefaultFloatEnvironment environment;
    work(row);
  });
}

// --- Zero points -------------------------------------------------------------------------------------------------------

struct Range {
  float low = 0, high = 0;
  bool finite = true;
  void take(const float* x, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      finite &= std::isfinite(x[i]);
      low = std::min(low, x[i]);
      high = std::max(high, x[i]);
    }
  }
};

struct Grid {
  float scale = 1;
  int zero = 0;
};

Grid grid_of(const Range& range, const ScaleSpec& scale, int largest_code) {
  if (!range.finite) return {not_a_number, 0};
  Grid grid;
  grid.scale = encoded_scale(scale, (range.high - range.low) / static_cast<float>(largest_code));
  grid.zero = std::clamp(static_cast<int>(std::nearbyint(-range.low / grid.scale)), 0, largest_code);
  return grid;
}

QuantizedMatrix quantize_asymmetric(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int fp32_block,
                                    int threads) {
  const int largest_code = operand.stored->element.integer().max();
  static const Element whole_steps = Element::parse("int16", "");  // wider than any code, so that only the clamp limits
  QuantizedMatrix m = empty_matrix(operand.element, rows, cols);
  m.block = operand.scale->block ? operand.scale->block : fp32_block;
  m.fp32_scales.resize(static_cast<std::size_t>(rows * m.blocks()));
  Range whole;
  const bool by_tensor = operand.scale->granularity == Granularity::tensor && !m.block;
  for (std::int64_t row = 0; by_tensor && row < rows; ++row) whole.take(data + row * ld, cols);
  for_rows(rows, threads, [&](std::int64_t row) {
    const std::int64_t run = m.block ? m.block : cols;
    for (std::int64_t block = 0; block < m.blocks(); ++block) {
      const std::int64_t begin = block * run, n = std::min(run, cols - begin);
      Range range = whole;
      if (!by_tensor) range.take(data + row * ld + begin, n);
      const Grid grid = grid_of(range, *operand.scale, largest_code);
      m.fp32_scales[static_cast<std::size_t>(row * m.blocks() + block)] = grid.scale;
      if (!range.finite) continue;
      for (std::int64_t k = begin; k < begin + n; ++k) {
        const auto steps = static_cast<int>(whole_steps.decode(encode_at(operand, whole_steps, static_cast<double>(data[row * ld + k] / grid.scale), row * cols + k)));
        set_code(m, row, k, two_complement(operand.element, std::clamp(steps + grid.zero, 0, largest_code) - grid.zero));
      }
    }
  });
  return m;
}

// --- Microexponents ----------------------------------------------------------------------------------------------------

float largest_magnitude(const float* x, std::int64_t n) {
  float largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i])) return not_a_number;
    largest = std::max(largest, std::fabs(x[i]));
  }
  return largest;
}

QuantizedMatrix quantize_microexponents(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int threads) {
  const StoredSpec& stored = *operand.stored;
  QuantizedMatrix m = empty_matrix(operand.element, rows, cols);
  m.block = operand.scale->block;
  m.e8m0_scales.resize(static_cast<std::size_t>(rows * m.blocks()));
  for_rows(rows, threads, [&](std::int64_t row) {
    const float* x = data + row * ld;
    for (std::int64_t block = 0; block < m.blocks(); ++block) {
      const std::int64_t begin = block * m.block, end = std::min<std::int64_t>(begin + m.block, cols);
      const std::uint8_t scale = formats::e8m0_scale(largest_magnitude(x + begin, end - begin), stored.element, formats::ScaleRule::floor);
      m.e8m0_scales[static_cast<std::size_t>(row * m.blocks() + block)] = scale;
      if (scale == formats::e8m0_nan) continue;
      const int exponent = scale - formats::e8m0_bias;
      for (std::int64_t k = begin; k < end; ++k) {
        const std::int64_t first = begin + (k - begin) / stored.microexponent * stored.microexponent;
        const float of_pair = largest_magnitude(x + first, std::min<std::int64_t>(stored.microexponent, end - first));
        const int shift = of_pair == 0 || std::ilogb(of_pair) < exponent ? 1 : 0;
        const double scaled = std::ldexp(static_cast<double>(x[k]), stored.element.block_fraction_bits() + shift - exponent);
        const auto q = static_cast<int>(stored.element.decode(encode_at(operand, stored.element, scaled, row * cols + k)));
        set_code(m, row, k, two_complement(operand.element, q * (2 >> shift)));
      }
    }
  });
  return m;
}

// --- Decoders with and without a scale of their own -----------------------------------------------------------------------

QuantizedMatrix dequantize_into(const OperandSpec& operand, const QuantizedMatrix& stored, int threads) {
  QuantizedMatrix m = empty_matrix(operand.element, stored.rows, stored.cols);
  for_rows(m.rows, threads, [&](std::int64_t row) {
    for (std::int64_t k = 0; k < m.cols; ++k)
      set_code(m, row, k, operand.element.encode(stored.element.decode(stored.code(row, k)) * stored.scale(row, k), formats::Rounding::rne, formats::Overflow::saturate));
  });
  return m;
}

QuantizedMatrix translate(const OperandSpec& operand, const QuantizedMatrix& stored) {
  const int shift = *decoded_shift(stored.element, operand.element);
  std::vector<Code> decoder(std::size_t{1} << stored.element.bits());
  for (std::size_t code = 0; code < decoder.size(); ++code)
    decoder[code] = operand.element.encode(std::ldexp(stored.element.decode(static_cast<Code>(code)), shift), formats::Rounding::rne, formats::Overflow::saturate);
  QuantizedMatrix m = empty_matrix(operand.element, stored.rows, stored.cols);
  for (std::int64_t row = 0; row < m.rows; ++row)
    for (std::int64_t k = 0; k < m.cols; ++k) set_code(m, row, k, decoder[stored.code(row, k)]);
  m.block = stored.block;
  m.e8m0_scales = stored.e8m0_scales;
  m.scale_codes = stored.scale_codes;
  m.scale_format = stored.scale_format;
  m.tensor_scale = stored.tensor_scale;
  m.fp32_scales = stored.fp32_scales;
  for (float& scale : m.fp32_scales) scale = std::ldexp(scale, -shift);
  return m;
}

}  // namespace

std::optional<int> decoded_shift(const Element& stored, const Element& element) {
  for (int shift = 0; shift <= (element.is_integer() ? 15 : 0); ++shift) {
    bool exact = true;
    for (Code code = 0; code < (Code{1} << stored.bits()) && exact; ++code) {
      const double entry = std::ldexp(stored.decode(code), shift);
      if (std::isnan(entry) && !element.is_integer() && element.has_nan()) continue;
      exact = std::isfinite(entry) && element.decode(element.encode(entry, formats::Rounding::rne, formats::Overflow::saturate)) == entry;
    }
    if (exact) return shift;
  }
  return std::nullopt;
}

QuantizedMatrix quantize_stored(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int fp32_block,
                                int threads) {
  const StoredSpec& stored = *operand.stored;
  if (stored.lookup) return quantize_by_lookup(operand, data, rows, cols, ld, threads);
  if (stored.codebooks) return quantize_by_codebooks(operand, data, rows, cols, ld, threads);
  if (stored.pulses) {
    QuantizedMatrix points = nearest_lattice_points(stored.element, stored.pulses, stored.scale ? *stored.scale : *operand.scale, data, rows, cols, ld, threads);
    return stored.scale ? dequantize_into(operand, points, threads) : points;
  }
  if (stored.scale) {
    OperandSpec inner = operand;  // with its rounding
    inner.element = stored.element;
    inner.scale = stored.scale;
    inner.stored.reset();
    if (stored.zero_point) {
      inner.element = Element::parse("int" + std::to_string(stored.element.bits() + 1), "");
      inner.stored = StoredSpec{stored.element, true, std::nullopt, 0};
    }
    return dequantize_into(operand, quantize(inner, data, rows, cols, ld, fp32_block, threads), threads);
  }
  if (stored.zero_point) return quantize_asymmetric(operand, data, rows, cols, ld, fp32_block, threads);
  if (stored.microexponent) return quantize_microexponents(operand, data, rows, cols, ld, threads);
  OperandSpec inner = operand;
  inner.element = stored.element;
  inner.stored.reset();
  return translate(operand, quantize(inner, data, rows, cols, ld, fp32_block, threads));
}

}  // namespace macroscope::datapath
