// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "formats/code.hpp"
#include "formats/element.hpp"

namespace macroscope::formats {

/// Additive vector codebooks (AQLM, arXiv 2401.06118): a group of `group` weights is a scale times the sum of one entry of each
/// book.
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
  /// Bits of the books themselves, each entry a number of `entry_bits`.
  [[nodiscard]] std::int64_t book_bits(int entry_bits) const { return (std::int64_t{books} << bits) * group * entry_bits; }
};

/// Books and the codes that were chosen from them: n x books.
struct AdditiveCoding {
  AdditiveCodebooks codebooks;
  std::vector<Code> codes;
};

/// Fits books to n vectors of `group` finite numbers (n x group) by squared error, deterministically: residual k-means (Lloyd's, 20
/// rounds; it starts from vectors at even distances), book after book; then at most `rounds` times, book by book, each vector takes
/// the entry nearest to what the other books leave and each entry becomes the mean of those; then entries are rounded to `entry`
/// (nearest even, saturating) and every vector chooses anew, book by book, twice. Of equally near entries the lower. Books are fitted
/// to n vectors, or to max(64 * 2^bits, 16384) at even distances where those are fewer. A stand-in for AQLM's training, which learns by
/// gradients on calibration data: the format and its decoder are the same, its errors are larger. Throws InputError as check().
AdditiveCoding fit_additive_codebooks(const float* x, std::int64_t n, int group, int books, int bits, int rounds, const Element& entry);

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
