// SPDX-License-Identifier: Apache-2.0
#include "formats/vector_codebook.hpp"

#include <algorithm>
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

namespace {

/// Vectors, and what is known of them while books are fitted. Distances are compared in FP32 in a fixed order.
class BookFit {
 public:
  BookFit(const float* x, std::int64_t n, AdditiveCodebooks& books) : x_(x), n_(static_cast<std::size_t>(n)), books_(books), group_(static_cast<std::size_t>(books.group)),
        entries_(std::size_t{1} << books.bits), codes_(n_ * static_cast<std::size_t>(books.books), 0), scores_(entries_), turned_(entries_ * group_), rest_(group_) {}

  /// One more book, of what the earlier ones leave.
  void start_book(int book) {
    count_books(book + 1);
    for (std::size_t e = 0; e < entries_; ++e) {
      const std::size_t i = n_ ? (2 * e + 1) * n_ / (2 * entries_) : 0;
      for (std::size_t j = 0; n_ && j < group_; ++j) rest_[j] = x_[i * group_ + j];
      if (n_) leave(i, book);
      for (std::size_t j = 0; j < group_; ++j) entry(book, e)[j] = n_ ? rest_[j] : 0;
    }
    choose(book);
  }

  /// Each vector's nearest entry of one book; did any change?
  bool choose(int book) {
    turn(book);
    bool changed = false;
    for (std::size_t i = 0; i < n_; ++i) {
      leave(i, book);
      const Code nearest = nearest_entry();
      changed |= code(i, book) != nearest;
      code(i, book) = nearest;
    }
    return changed;
  }

  /// Entries become the means of what the other books leave of their vectors; one that nothing chose stays.
  void move(int book) {
    std::vector<double> sum(entries_ * group_, 0.0);
    std::vector<std::size_t> count(entries_, 0);
    for (std::size_t i = 0; i < n_; ++i) {
      leave(i, book);
      const std::size_t e = code(i, book);
      ++count[e];
      for (std::size_t j = 0; j < group_; ++j) sum[e * group_ + j] += static_cast<double>(rest_[j]);
    }
    for (std::size_t e = 0; e < entries_; ++e)
      for (std::size_t j = 0; count[e] && j < group_; ++j) entry(book, e)[j] = static_cast<float>(sum[e * group_ + j] / static_cast<double>(count[e]));
  }

  /// How many books there are so far.
  void count_books(int books) { active_ = books; }
  [[nodiscard]] std::vector<Code> codes() && { return std::move(codes_); }

 private:
  [[nodiscard]] float* entry(int book, std::size_t e) { return books_.entries.data() + (static_cast<std::size_t>(book) * entries_ + e) * group_; }
  [[nodiscard]] Code& code(std::size_t i, int book) { return codes_[i * static_cast<std::size_t>(books_.books) + static_cast<std::size_t>(book)]; }

  /// rest = vector i less the entries of all counted books but one.
  void leave(std::size_t i, int but) {
    for (std::size_t j = 0; j < group_; ++j) rest_[j] = x_[i * group_ + j];
    for (int book = 0; book < active_; ++book) {
      if (book == but) continue;
      const float* e = entry(book, code(i, book));
      for (std::size_t j = 0; j < group_; ++j) rest_[j] -= e[j];
    }
  }

  /// One book with entries contiguous for each coordinate, so that many distances are worked out at once.
  void turn(int book) {
    for (std::size_t e = 0; e < entries_; ++e)
      for (std::size_t j = 0; j < group_; ++j) turned_[j * entries_ + e] = entry(book, e)[j];
  }

  [[nodiscard]] Code nearest_entry() {
    std::fill(scores_.begin(), scores_.end(), 0.0F);
    for (std::size_t j = 0; j < group_; ++j) {
      const float* column = turned_.data() + j * entries_;
      const float y = rest_[j];
      for (std::size_t e = 0; e < entries_; ++e) scores_[e] += (y - column[e]) * (y - column[e]);
    }
    return static_cast<Code>(std::min_element(scores_.begin(), scores_.end()) - scores_.begin());
  }

  const float* x_;
  std::size_t n_;
  AdditiveCodebooks& books_;
  std::size_t group_, entries_;
  int active_ = 0;
  std::vector<Code> codes_;
  std::vector<float> scores_, turned_, rest_;
};

std::vector<float> at_even_distances(const float* x, std::int64_t n, std::int64_t wanted, std::int64_t group) {
  std::vector<float> some;
  for (std::int64_t i = 0; i < wanted; ++i) {
    const float* from = x + (2 * i + 1) * n / (2 * wanted) * group;
    some.insert(some.end(), from, from + group);
  }
  return some;
}

}  // namespace

AdditiveCoding fit_additive_codebooks(const float* x, std::int64_t n, int group, int books, int bits, int rounds, const Element& entry) {
  constexpr int lloyd_rounds = 20;
  AdditiveCoding coding{{group, books, bits, {}}, {}};
  if (books >= 1 && books <= 16 && bits >= 1 && bits <= 16 && group >= 1 && group <= 64)
    coding.codebooks.entries.assign((static_cast<std::size_t>(books) << bits) * static_cast<std::size_t>(group), 0.0F);
  coding.codebooks.check();
  const std::int64_t enough = std::min(n, std::max(std::int64_t{64} << bits, std::int64_t{16384}));
  const std::vector<float> some = enough < n ? at_even_distances(x, n, enough, group) : std::vector<float>(x, x + n * group);
  BookFit fit(some.data(), enough, coding.codebooks);
  for (int book = 0; book < books; ++book) {
    fit.start_book(book);
    for (int round = 0; round < lloyd_rounds; ++round) {
      fit.move(book);
      if (!fit.choose(book)) break;
    }
  }
  for (int round = 0; round < rounds; ++round) {
    bool changed = false;
    for (int book = 0; book < books; ++book) {
      changed |= fit.choose(book);
      fit.move(book);
    }
    if (!changed) break;
  }
  for (float& value : coding.codebooks.entries)
    value = static_cast<float>(entry.decode(entry.encode(static_cast<double>(value), Rounding::rne, Overflow::saturate)));
  BookFit all(x, n, coding.codebooks);
  for (int pass = 0; pass < 2; ++pass)
    for (int book = 0; book < books; ++book) {
      all.count_books(pass == 0 ? book + 1 : books);
      all.choose(book);
    }
  coding.codes = std::move(all).codes();
  return coding;
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
