// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <new>

namespace macroscope::datapath::kernels {

/// Memory on a 64-byte boundary for trivial types, as long as the widest vector needs it. Grows, never shrinks: reused as
/// scratch from call to call it costs no page faults.
template <class T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  ~AlignedBuffer() { release(); }
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;

  /// Room for `count` elements; contents are not kept and not initialised.
  T* reserve(std::size_t count) {
    if (count > capacity_) {
      release();
      data_ = static_cast<T*>(::operator new(count * sizeof(T), alignment));
      capacity_ = count;
    }
    return data_;
  }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] bool empty() const { return data_ == nullptr; }

 private:
  static constexpr std::align_val_t alignment{64};
  void release() {
    if (data_) ::operator delete(data_, alignment);
    data_ = nullptr;
    capacity_ = 0;
  }
  T* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace macroscope::datapath::kernels
