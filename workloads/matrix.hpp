// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace macroscope::workloads {

/// rows x cols FP32 values somewhere else; element (r, c) is data[r * stride + c].
struct MatrixView {
  const float* data;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t stride;

  const float* row(std::int64_t r) const { return data + r * stride; }
};

struct MutableMatrixView {
  float* data;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t stride;

  float* row(std::int64_t r) const { return data + r * stride; }
  operator MatrixView() const { return {data, rows, cols, stride}; }
};

/// A dense row-major matrix that owns its values.
class Matrix {
 public:
  Matrix() = default;
  /// Zeros.
  Matrix(std::int64_t rows, std::int64_t cols)
      : rows_(rows), cols_(cols), values_(static_cast<std::size_t>(rows * cols), 0.0F) {}

  /// Values that nobody has set: for results that are about to be written whole. Zeroing them first costs a model some percent.
  static Matrix unset(std::int64_t rows, std::int64_t cols) {
    Matrix m;
    m.rows_ = rows;
    m.cols_ = cols;
    m.values_.resize(static_cast<std::size_t>(rows * cols));
    return m;
  }

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  float* data() { return values_.data(); }
  const float* data() const { return values_.data(); }
  float* row(std::int64_t r) { return data() + r * cols_; }
  const float* row(std::int64_t r) const { return data() + r * cols_; }

  operator MatrixView() const { return {data(), rows_, cols_, cols_}; }
  operator MutableMatrixView() { return {data(), rows_, cols_, cols_}; }

 private:
  /// Constructs nothing where no value is given.
  template <class T>
  struct LeavesUnset : std::allocator<T> {
    LeavesUnset() = default;
    template <class U>
    LeavesUnset(const LeavesUnset<U>&) {}
    template <class U>
    struct rebind {
      using other = LeavesUnset<U>;
    };
    template <class U>
    void construct(U* at) noexcept {
      ::new (static_cast<void*>(at)) U;
    }
    template <class U, class... Args>
    void construct(U* at, Args&&... args) {
      ::new (static_cast<void*>(at)) U(std::forward<Args>(args)...);
    }
  };

  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::vector<float, LeavesUnset<float>> values_;
};

}  // namespace macroscope::workloads
