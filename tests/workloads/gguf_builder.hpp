// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace macroscope::tests {

/// Writes the bytes of a GGUF file piece by piece.
class GgufBuilder {
 public:
  template <typename T>
  static std::string raw(T value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }
  static std::string text(const std::string& value) { return raw<std::uint64_t>(value.size()) + value; }

  GgufBuilder& number(const std::string& key, std::uint32_t value) { return entry(key, 4, raw(value)); }
  GgufBuilder& real(const std::string& key, float value) { return entry(key, 6, raw(value)); }
  GgufBuilder& string(const std::string& key, const std::string& value) { return entry(key, 8, text(value)); }
  GgufBuilder& strings(const std::string& key, const std::vector<std::string>& values) {
    std::string bytes = raw<std::uint32_t>(8) + raw<std::uint64_t>(values.size());
    for (const std::string& value : values) bytes += text(value);
    return entry(key, 9, bytes);
  }
  GgufBuilder& entry(const std::string& key, std::uint32_t type, const std::string& value) {
    keys_ += text(key) + raw(type) + value;
    ++key_count;
    return *this;
  }

  /// Dimensions fastest first, as in the file.
  GgufBuilder& tensor(const std::string& name, const std::vector<std::uint64_t>& dimensions, std::uint32_t type,
                      const std::string& bytes) {
    tensors_ += text(name) + raw(static_cast<std::uint32_t>(dimensions.size()));
    for (const std::uint64_t extent : dimensions) tensors_ += raw(extent);
    tensors_ += raw(type) + raw<std::uint64_t>(data_.size());
    data_ += bytes + std::string((32 - bytes.size() % 32) % 32, '\0');
    ++tensor_count;
    return *this;
  }

  std::string bytes() const {
    std::string head = "GGUF" + raw(version) + raw(tensor_count) + raw(key_count) + keys_ + tensors_;
    head += std::string((32 - head.size() % 32) % 32, '\0');
    return head + data_;
  }

  std::uint32_t version = 3;
  std::uint64_t tensor_count = 0, key_count = 0;

 private:
  std::string keys_, tensors_, data_;
};

}  // namespace macroscope::tests
