// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "workloads/gguf_blocks.hpp"

namespace macroscope::workloads {

/// A GGUF file, version 2 or 3, little-endian (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
class GgufFile {
 public:
  struct Tensor {
    const GgufBlock* block;
    std::vector<std::int64_t> shape;  ///< slowest dimension first, as in safetensors (the file has the fastest first)
    std::size_t offset;               ///< of the first byte, in the file
    std::size_t blocks;
  };

  /// Reads and checks the whole file; no size in it is trusted before it is compared with the bytes that are there. Throws
  /// InputError with the file's name and the key or tensor.
  static GgufFile read(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, Tensor>& tensors() const { return tensors_; }

  /// Metadata as one JSON object: numbers, booleans, strings (bytes as they are) and arrays of them, by key.
  const nlohmann::json& metadata() const { return metadata_; }

  /// The value of a key that must be there and convert to T. Throws InputError otherwise.
  template <typename T>
  T value(const std::string& key) const {
    const auto found = metadata_.find(key);
    if (found == metadata_.end()) refuse_key(key, "is missing");
    try {
      return found->template get<T>();
    } catch (const nlohmann::json::exception&) {
      refuse_key(key, "holds a value of another type");
    }
  }

  /// The same, or `otherwise` when the key is not there.
  template <typename T>
  T value_or(const std::string& key, T otherwise) const {
    return metadata_.contains(key) ? value<T>(key) : otherwise;
  }

  bool has_tensor(const std::string& name) const { return tensors_.count(name) != 0; }

  /// All elements in row-major order, de-quantized to FP32. Throws InputError if the tensor is missing or of another shape.
  std::vector<float> floats(const std::string& name, const std::vector<std::int64_t>& shape) const;

  /// Names of the storage types in use with the number of tensors of each, "Q4_1 x 210, F32 x 61".
  std::string storage_summary() const;

  /// Whether some tensor is stored in a block format of few bits.
  bool holds_quantized_tensors() const;

  /// SHA-256 of the file.
  std::string hash() const;

 private:
  [[noreturn]] void refuse_key(const std::string& key, const std::string& what) const;

  std::filesystem::path path_;
  std::vector<std::byte> bytes_;
  std::map<std::string, Tensor> tensors_;
  nlohmann::json metadata_ = nlohmann::json::object();
};

}  // namespace macroscope::workloads
