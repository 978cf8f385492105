// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "workloads/data_type.hpp"

namespace macroscope::workloads {

/// A safetensors file (https://github.com/huggingface/safetensors, "Format"): 8 bytes little-endian header length, a JSON
/// header, then the tensors' bytes without gaps.
class SafetensorsFile {
 public:
  struct Tensor {
    DataType type;
    std::vector<std::int64_t> shape;
    std::size_t offset;  ///< of the first byte, in the data section
    std::size_t bytes;
  };

  /// Reads and checks the whole file. Throws InputError with the file's name and the tensor's if it is truncated, its header
  /// is no JSON object of that form, a size does not fit its type and shape, or the tensors overlap, leave gaps or pass the end.
  static SafetensorsFile read(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, Tensor>& tensors() const { return tensors_; }

  /// The free-form `__metadata__` of the header; empty if there is none.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// The tensor of that name. Throws InputError if there is none.
  const Tensor& tensor(const std::string& name) const;

  /// First byte of the tensor's data.
  const std::byte* data(const Tensor& tensor) const { return bytes_.data() + data_begin_ + tensor.offset; }

  /// All elements in row-major order as FP32. Throws InputError if the tensor is missing or its shape is another.
  std::vector<float> floats(const std::string& name, const std::vector<std::int64_t>& shape) const;

  /// The same without a demand on the shape.
  std::vector<float> floats(const std::string& name) const;

 private:
  std::filesystem::path path_;
  std::vector<std::byte> bytes_;
  std::size_t data_begin_ = 0;
  std::map<std::string, Tensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// One FP32 tensor to be written; `values` holds the product of `shape` elements in row-major order.
struct FloatTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Writes tensors as F32, in the order given, under a header with `metadata`; the file appears complete or not at all.
/// Throws InputError if it cannot be written.
void write_safetensors(const std::filesystem::path& path, const std::vector<FloatTensor>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace macroscope::workloads
