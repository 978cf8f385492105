// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "formats/code.hpp"

namespace macroscope::formats {

/// Additive vector codebooks (AQLM, arXiv 2401.06118): a group of `group` weights is a scale times the sum of one entry of each
/// book. A decoder: the books are learned elsewhere.
struct AdditiveCodebooks {
  int group = 8;               ///< weights a code tuple stands for
  int books = 1;
  int bits = 8;                ///< of one code: 2^bits entries a book
  std::vector<float> entries;  ///< books x 2^bits x group

  /// Throws InputError where the entries do not match the sizes (group 1 ... 64, books 1 ... 16, bits 1 ... 16).
  void check() const;
  /// w[j] = scale * sum over books in ascending order of entry[book][codes[book]][j], in double; `group` numbers.
  [[nodiscard]] std::vector<double> decode(const Code* codes, double scale) const;
  /// Bits per weight of the codes alone: books * bits / group.
  [[nodiscard]] double code_bits() const { return static_cast<double>(books) * bits / group; }
};

/// The pyramid lattice P(D, K) of PVQ (Fischer, IEEE Trans. Inf. Theory 32(4), 1986): integer vectors of `dimension` D whose
/// magnitudes sum to `pulses` K, numbered from 0 to size() - 1. The numbering splits by the first coordinate in the order
/// 0, 1, -1, 2, -2 ... and goes on with the rest.
class PyramidLattice {
 public:
  /// Throws InputError unless 1 <= D <= 64, 1 <= K <= 64 and the points number below 2^63.
  PyramidLattice(int dimension, int pulses);
  [[nodiscard]] int dimension() const { return dimension_; }
  [[nodiscard]] int pulses() const { return pulses_; }
  /// N(D, K) = N(D - 1, K) + N(D, K - 1) + N(D - 1, K - 1).
  [[nodiscard]] std::uint64_t size() const { return count(dimension_, pulses_); }
  /// Bits of an index: ceil(log2(size())).
  [[nodiscard]] int index_bits() const;
  [[nodiscard]] std::vector<int> point(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t index(const std::vector<int>& point) const;
  /// The numbers meant: gain * point / |point|_2.
  [[nodiscard]] std::vector<double> decode(std::uint64_t index, double gain) const;
  /// A point near the direction of x: round(K x / |x|_1) toward zero, then one pulse at a time where the most is missing
  /// (the lowest coordinate of equal ones). x = 0 gives (K, 0 ... 0).
  [[nodiscard]] std::vector<int> nearest_point(const float* x) const;

 private:
  [[nodiscard]] std::uint64_t count(int dimension, int pulses) const;
  int dimension_, pulses_;
  std::vector<std::uint64_t> counts_;  ///< (D + 1) x (K + 1)
};

}  // namespace macroscope::formats
