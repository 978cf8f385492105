// SPDX-License-Identifier: Apache-2.0
#include "formats/vector_codebook.hpp"

#include <cmath>
#include <cstdlib>
#include <string>

#include "formats/input_error.hpp"

namespace macroscope::formats {

void AdditiveCodebooks::check() const {
  const auto within = [](const char* what, int found, int high) {
    if (found < 1 || found > high)
      throw InputError(std::string("additive codebooks: found ") + what + " " + std::to_string(found) + ", accepted are 1 to " + std::to_string(high));
  };
  within("group", group, 64);
  within("books", books, 16);
  within("bits", bits, 16);
  const std::size_t expected = static_cast<std::size_t>(books) * (std::size_t{1} << bits) * static_cast<std::size_t>(group);
  if (entries.size() != expected)
    throw InputError("additive codebooks: found " + std::to_string(entries.size()) + " numbers, accepted are books x 2^bits x group = " + std::to_string(expected));
}

std::vector<double> AdditiveCodebooks::decode(const Code* codes, double scale) const {
  std::vector<double> w(static_cast<std::size_t>(group), 0.0);
  for (std::size_t book = 0; book < static_cast<std::size_t>(books); ++book) {
    const std::size_t entry = (book << bits) + (codes[book] & ((Code{1} << bits) - 1U));
    for (std::size_t j = 0; j < w.size(); ++j) w[j] += static_cast<double>(entries[entry * w.size() + j]);
  }
  for (double& value : w) value *= scale;
  return w;
}

PyramidLattice::PyramidLattice(int dimension, int pulses) : dimension_(dimension), pulses_(pulses) {
  if (dimension < 1 || dimension > 64 || pulses < 1 || pulses > 64)
    throw InputError("pyramid lattice: found dimension " + std::to_string(dimension) + " and " + std::to_string(pulses) + " pulses, accepted are 1 to 64 of each");
  const auto width = static_cast<std::size_t>(pulses) + 1;
  counts_.assign((static_cast<std::size_t>(dimension) + 1) * width, 0);
  counts_[0] = 1;
  for (std::size_t d = 1; d <= static_cast<std::size_t>(dimension); ++d) {
    counts_[d * width] = 1;
    for (std::size_t k = 1; k < width; ++k) {
      counts_[d * width + k] = counts_[(d - 1) * width + k] + counts_[d * width + k - 1] + counts_[(d - 1) * width + k - 1];
      if (counts_[d * width + k] >> 61)
        throw InputError("pyramid lattice: dimension " + std::to_string(dimension) + " with " + std::to_string(pulses) + " pulses has 2^61 points or more; accepted are fewer");
    }
  }
}

std::uint64_t PyramidLattice::count(int dimension, int pulses) const {
  return counts_[static_cast<std::size_t>(dimension) * (static_cast<std::size_t>(pulses_) + 1) + static_cast<std::size_t>(pulses)];
}

int PyramidLattice::index_bits() const {
  int bits = 0;
  while ((std::uint64_t{1} << bits) < size()) ++bits;
  return bits;
}

std::vector<int> PyramidLattice::point(std::uint64_t index) const {
  if (index >= size()) throw InputError("pyramid lattice: found index " + std::to_string(index) + ", accepted are 0 to " + std::to_string(size() - 1));
  std::vector<int> p;
  int left = pulses_;
  for (int d = dimension_ - 1; d >= 0; --d) {
    int magnitude = 0;
    bool negative = false;
    for (std::uint64_t branch = count(d, left); index >= branch; branch = count(d, left - magnitude)) {
      index -= branch;
      if (magnitude > 0 && !negative) {
        negative = true;
      } else {
        ++magnitude;
        negative = false;
      }
    }
    p.push_back(negative ? -magnitude : magnitude);
    left -= magnitude;
  }
  return p;
}

std::uint64_t PyramidLattice::index(const std::vector<int>& point) const {
  std::uint64_t index = 0;
  int left = pulses_;
  int d = dimension_ - 1;
  for (const int coordinate : point) {
    const int magnitude = std::abs(coordinate);
    if (magnitude > left || d < 0) throw InputError("pyramid lattice: this point has more coordinates or pulses than the lattice");
    if (magnitude > 0) index += count(d, left);
    for (int m = 1; m < magnitude; ++m) index += 2 * count(d, left - m);
    left -= magnitude;
    if (coordinate < 0) index += count(d, left);
    --d;
  }
  if (left != 0 || d != -1) throw InputError("pyramid lattice: this point has fewer coordinates or pulses than the lattice");
  return index;
}

std::vector<double> PyramidLattice::decode(std::uint64_t index, double gain) const {
  const std::vector<int> p = point(index);
  double squares = 0;
  for (const int coordinate : p) squares += static_cast<double>(coordinate) * coordinate;
  std::vector<double> w;
  for (const int coordinate : p) w.push_back(gain * coordinate / std::sqrt(squares));
  return w;
}

std::vector<int> PyramidLattice::nearest_point(const float* x) const {
  const auto n = static_cast<std::size_t>(dimension_);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += std::fabs(static_cast<double>(x[i]));
  std::vector<int> p(n, 0);
  if (!(sum > 0) || std::isinf(sum)) {
    p[0] = pulses_;
    return p;
  }
  int left = pulses_;
  for (std::size_t i = 0; i < n; ++i) {
    p[i] = static_cast<int>(std::fabs(static_cast<double>(x[i])) / sum * pulses_);
    left -= p[i];
  }
  const auto missing = [&](std::size_t i) { return std::fabs(static_cast<double>(x[i])) / sum * pulses_ - p[i]; };
  for (; left > 0; --left) {
    std::size_t most = 0;
    for (std::size_t i = 1; i < n; ++i)
      if (missing(i) > missing(most)) most = i;
    ++p[most];
  }
  for (std::size_t i = 0; i < n; ++i)
    if (std::signbit(x[i])) p[i] = -p[i];
  return p;
}

}  // namespace macroscope::formats
