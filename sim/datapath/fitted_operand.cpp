// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/fitted_operand.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "formats/fitted_table.hpp"
#include "formats/vector_codebook.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/parallel.hpp"

namespace macroscope::datapath {
namespace {

using formats::Code;
using formats::Element;

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

bool finite(const float* x, std::int64_t n) {
  return std::all_of(x, x + n, [](float v) { return std::isfinite(v); });
}

void for_rows(std::int64_t rows, int threads, const std::function<void(std::int64_t)>& work) {
  kernels::parallel_for(rows, threads, [&](std::int64_t row) {
    const kernels::DefaultFloatEnvironment environment;
    work(row);
  });
}

float largest_magnitude(const float* x, std::int64_t n) {
  float largest = 0;
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, std::fabs(x[i]));
  return largest;
}

Code nearest(const Element& element, double x) { return element.encode(x, formats::Rounding::rne, formats::Overflow::saturate); }

float row_scale(const OperandSpec& operand, const ScaleSpec& scale, const float* x, std::int64_t n) {
  if (!finite(x, n)) return not_a_number;
  const Element& entry = operand.stored->element;
  if (entry.is_integer()) return encoded_scale(scale, largest_magnitude(x, n) / static_cast<float>(entry.max_finite()));
  double squares = 0;
  for (std::int64_t i = 0; i < n; ++i) squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return encoded_scale(scale, static_cast<float>(n ? std::sqrt(squares / static_cast<double>(n)) : 0));
}

std::vector<float> row_scales(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld) {
  const ScaleSpec& scale = operand.stored->scale ? *operand.stored->scale : *operand.scale;
  std::vector<float> scales;
  if (scale.granularity == Granularity::tensor) {
    std::vector<float> all;
    for (std::int64_t row = 0; row < rows; ++row) all.insert(all.end(), data + row * ld, data + row * ld + cols);
    scales.assign(static_cast<std::size_t>(rows), row_scale(operand, scale, all.data(), rows * cols));
    return scales;
  }
  for (std::int64_t row = 0; row < rows; ++row) scales.push_back(row_scale(operand, scale, data + row * ld, cols));
  return scales;
}

/// The weights over their scales, in whole groups; rows that are not finite are left out.
std::vector<float> normalised_groups(const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, const std::vector<float>& scales, std::int64_t group) {
  std::vector<float> x;
  for (std::int64_t row = 0; row < rows; ++row) {
    const float scale = scales[static_cast<std::size_t>(row)];
    if (std::isnan(scale)) continue;
    for (std::int64_t k = 0; k < (cols + group - 1) / group * group; ++k) x.push_back(k < cols ? data[row * ld + k] / scale : 0.0F);
  }
  return x;
}

void set_scale(QuantizedMatrix& m, std::size_t at, double s) {
  if (m.scale_format) m.scale_codes[at] = static_cast<std::uint16_t>(formats::encode(*m.scale_format, s, formats::Rounding::rne, formats::Overflow::saturate));
  else m.fp32_scales[at] = static_cast<float>(s);
}

}  // namespace

QuantizedMatrix quantize_by_lookup(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int threads) {
  constexpr int lloyd_rounds = 50;
  QuantizedMatrix m = empty_matrix(operand.element, rows, cols);
  for_rows(rows, threads, [&](std::int64_t row) {
    const float* w = data + row * ld;
    if (!finite(w, cols)) {
      for (std::int64_t k = 0; k < cols; ++k) set_code(m, row, k, nearest(operand.element, std::numeric_limits<double>::quiet_NaN()));
      return;
    }
    const Element table = formats::fitted_table(w, cols, operand.stored->lookup, lloyd_rounds, operand.stored->element);
    for (std::int64_t k = 0; k < cols; ++k) set_code(m, row, k, nearest(operand.element, table.decode(nearest(table, static_cast<double>(w[k])))));
  });
  return m;
}

QuantizedMatrix quantize_by_codebooks(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int threads) {
  constexpr int rounds = 5;
  const CodebooksSpec& books = *operand.stored->codebooks;
  const bool integers = operand.stored->element.is_integer();
  const std::vector<float> scales = row_scales(operand, data, rows, cols, ld);
  const std::vector<float> x = normalised_groups(data, rows, cols, ld, scales, books.group);
  const auto n = static_cast<std::int64_t>(x.size()) / books.group;
  const auto coding = formats::fit_additive_codebooks(x.data(), n, books.group, books.books, books.bits, rounds, operand.stored->element);
  const std::int64_t groups = (cols + books.group - 1) / books.group;
  std::vector<std::int64_t> first_group;  // of a row among the fitted ones
  for (std::int64_t row = 0, next = 0; row < rows; ++row) {
    first_group.push_back(next);
    if (!std::isnan(scales[static_cast<std::size_t>(row)])) next += groups;
  }
  QuantizedMatrix m = empty_matrix(operand.element, rows, cols);
  if (integers) m.fp32_scales = scales;
  for_rows(rows, threads, [&](std::int64_t row) {
    const float scale = scales[static_cast<std::size_t>(row)];
    if (std::isnan(scale)) {
      for (std::int64_t k = 0; !integers && k < cols; ++k) set_code(m, row, k, nearest(operand.element, std::numeric_limits<double>::quiet_NaN()));
      return;
    }
    for (std::int64_t g = 0; g < groups; ++g) {
      const Code* codes = coding.codes.data() + (first_group[static_cast<std::size_t>(row)] + g) * books.books;
      const std::vector<double> sum = coding.codebooks.decode(codes, integers ? 1.0 : static_cast<double>(scale));
      for (std::int64_t k = g * books.group; k < std::min<std::int64_t>((g + 1) * books.group, cols); ++k)
        set_code(m, row, k, nearest(operand.element, sum[static_cast<std::size_t>(k - g * books.group)]));
    }
  });
  return m;
}

QuantizedMatrix nearest_lattice_points(const Element& element, int pulses, const ScaleSpec& scale, const float* data, std::int64_t rows,
                                       std::int64_t cols, std::int64_t ld, int threads) {
  const formats::PyramidLattice lattice(scale.block, pulses);
  QuantizedMatrix m = empty_matrix(element, rows, cols);
  m.block = scale.block;
  m.scale_format = scale.format;
  if (scale.format) m.scale_codes.resize(static_cast<std::size_t>(rows * m.blocks()));
  else m.fp32_scales.resize(static_cast<std::size_t>(rows * m.blocks()));
  if (scale.tensor) {
    bool all_finite = true;
    float largest = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      all_finite &= finite(data + row * ld, cols);
      largest = std::max(largest, largest_magnitude(data + row * ld, cols));
    }
    m.tensor_scale = all_finite ? formats::tensor_scale(largest, Element::parse("binary", ""), *scale.format) : not_a_number;
  }
  for_rows(rows, threads, [&](std::int64_t row) {
    for (std::int64_t block = 0; block < m.blocks(); ++block) {
      const std::int64_t begin = block * m.block, n = std::min<std::int64_t>(m.block, cols - begin);
      std::vector<float> w(static_cast<std::size_t>(m.block), 0.0F);
      std::copy(data + row * ld + begin, data + row * ld + begin + n, w.begin());
      const auto at = static_cast<std::size_t>(row * m.blocks() + block);
      if (!finite(w.data(), n) || std::isnan(m.tensor_scale)) {
        set_scale(m, at, std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      const std::vector<int> point = lattice.nearest_point(w.data());
      double along = 0, squares = 0;
      for (std::size_t i = 0; i < w.size(); ++i) {
        along += static_cast<double>(w[i]) * point[i];
        squares += static_cast<double>(point[i]) * point[i];
      }
      set_scale(m, at, along / squares / static_cast<double>(m.tensor_scale));
      for (std::int64_t i = 0; i < n; ++i) set_code(m, row, begin + i, nearest(element, point[static_cast<std::size_t>(i)]));
    }
  });
  return m;
}

}  // namespace macroscope::datapath
