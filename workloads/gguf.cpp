// SPDX-License-Identifier: Apache-2.0
#include "workloads/gguf.hpp"

#include <cstring>

#include "formats/input_error.hpp"
#include "workloads/data_type.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::workloads {
namespace {

using nlohmann::json;

constexpr std::uint32_t type_string = 8;
constexpr std::uint32_t type_array = 9;
constexpr int deepest_array = 4;
constexpr std::size_t most_dimensions = 4;
constexpr std::size_t default_alignment = 32;

/// Reads the file front to back; every length is checked against the bytes that are left.
class Cursor {
 public:
  Cursor(const std::filesystem::path& path, const std::vector<std::byte>& bytes) : path_(path), bytes_(bytes) {}

  [[noreturn]] void refuse(const std::string& what) const {
    throw InputError(path_.string() + " is not a usable GGUF file: " + what);
  }

  template <typename T>
  T number(const std::string& what) {
    demand(sizeof(T), what);
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  std::string string(const std::string& what) {
    const auto length = number<std::uint64_t>(what);
    demand(length, what);
    std::string text(reinterpret_cast<const char*>(bytes_.data()) + at_, length);
    at_ += length;
    return text;
  }

  /// A count of things that take at least `least_bytes` each.
  std::uint64_t count(std::uint64_t claimed, std::size_t least_bytes, const std::string& what) const {
    if (claimed > left() / least_bytes)
      refuse(what + " claims " + std::to_string(claimed) + " entries, but only " + std::to_string(left()) +
             " bytes are left. Is the file truncated?");
    return claimed;
  }

  std::size_t at() const { return at_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::size_t left() const { return bytes_.size() - at_; }

  void demand(std::uint64_t bytes, const std::string& what) const {
    if (bytes > left())
      refuse(what + " needs " + std::to_string(bytes) + " bytes at byte " + std::to_string(at_) + ", but only " +
             std::to_string(left()) + " are left. Is the file truncated?");
  }

  const std::filesystem::path& path_;
  const std::vector<std::byte>& bytes_;
  std::size_t at_ = 0;
};

json read_value(Cursor& cursor, std::uint32_t type, const std::string& key, int depth = 0);

json read_array(Cursor& cursor, const std::string& key, int depth) {
  if (depth >= deepest_array) cursor.refuse("key " + key + " nests arrays more than four deep.");
  const auto type = cursor.number<std::uint32_t>(key);
  const auto count = cursor.count(cursor.number<std::uint64_t>(key), 1, "key " + key);
  json values = json::array();
  for (std::uint64_t i = 0; i < count; ++i) values.push_back(read_value(cursor, type, key, depth + 1));
  return values;
}

json read_value(Cursor& cursor, std::uint32_t type, const std::string& key, int depth) {
  const std::string what = "key " + key;
  switch (type) {
    case 0: return cursor.number<std::uint8_t>(what);
    case 1: return cursor.number<std::int8_t>(what);
    case 2: return cursor.number<std::uint16_t>(what);
    case 3: return cursor.number<std::int16_t>(what);
    case 4: return cursor.number<std::uint32_t>(what);
    case 5: return cursor.number<std::int32_t>(what);
    case 6: return cursor.number<float>(what);
    case 7: return cursor.number<std::uint8_t>(what) != 0;
    case type_string: return cursor.string(what);
    case type_array: return read_array(cursor, key, depth);
    case 10: return cursor.number<std::uint64_t>(what);
    case 11: return cursor.number<std::int64_t>(what);
    case 12: return cursor.number<double>(what);
    default: cursor.refuse(what + " has the unknown value type " + std::to_string(type) + " (0..12 are known).");
  }
}

/// Offset is still relative to the data section here.
std::pair<std::string, GgufFile::Tensor> read_tensor_info(Cursor& cursor) {
  const std::string name = cursor.string("a tensor's name");
  const std::string what = "tensor " + name;
  const auto dimensions = cursor.number<std::uint32_t>(what);
  if (dimensions > most_dimensions)
    cursor.refuse(what + " has " + std::to_string(dimensions) + " dimensions, at most 4 are possible.");
  GgufFile::Tensor tensor{};
  for (std::uint32_t i = 0; i < dimensions; ++i)
    tensor.shape.insert(tensor.shape.begin(), static_cast<std::int64_t>(cursor.number<std::uint64_t>(what)));
  const auto type = cursor.number<std::uint32_t>(what);
  tensor.block = gguf_block(type);
  if (!tensor.block)
    cursor.refuse(what + " has the type " + std::to_string(type) + ", readable are " + std::string(gguf_block_names()) + ".");
  tensor.offset = cursor.number<std::uint64_t>(what);
  const auto count = element_count(tensor.shape);
  const auto per_block = static_cast<std::int64_t>(tensor.block->elements);
  if (!count || tensor.shape.empty() || tensor.shape.back() % per_block != 0)
    cursor.refuse(what + " has the shape " + to_string(tensor.shape) + ", rows of " + std::string(tensor.block->name) +
                  " hold a multiple of " + std::to_string(per_block) + " elements.");
  tensor.blocks = static_cast<std::size_t>(*count / per_block);
  return {name, tensor};
}

std::size_t data_begin(const Cursor& cursor, const json& metadata) {
  std::size_t alignment = default_alignment;
  if (const auto found = metadata.find("general.alignment"); found != metadata.end()) {
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0 || found->get<std::uint64_t>() > 1u << 20)
      cursor.refuse("key general.alignment holds " + found->dump() + ", a power of two is needed.");
    alignment = found->get<std::size_t>();
  }
  return (cursor.at() + alignment - 1) / alignment * alignment;
}

void place_tensor(const Cursor& cursor, const std::string& name, GgufFile::Tensor& tensor, std::size_t begin) {
  const std::size_t available = begin < cursor.size() ? cursor.size() - begin : 0;
  const bool fits = tensor.offset <= available && tensor.blocks <= (available - tensor.offset) / tensor.block->bytes;
  if (!fits)
    cursor.refuse("tensor " + name + " of shape " + to_string(tensor.shape) + " passes the end of the file (" +
                  std::to_string(cursor.size()) + " bytes). Is it truncated?");
  tensor.offset += begin;
}

}  // namespace

GgufFile GgufFile::read(const std::filesystem::path& path) {
  GgufFile file;
  file.path_ = path;
  file.bytes_ = read_file_bytes(path);
  Cursor cursor(file.path_, file.bytes_);
  if (cursor.number<std::uint32_t>("the magic number") != 0x46554747u) cursor.refuse("it does not begin with \"GGUF\".");
  const auto version = cursor.number<std::uint32_t>("the version");
  if (version != 2 && version != 3)
    cursor.refuse("its version is " + std::to_string(version) + "; 2 and 3 can be read (little-endian).");
  const auto tensor_count = cursor.number<std::uint64_t>("the number of tensors");
  const auto key_count = cursor.number<std::uint64_t>("the number of keys");
  cursor.count(tensor_count, 24, "the list of tensors");
  cursor.count(key_count, 13, "the list of keys");
  for (std::uint64_t i = 0; i < key_count; ++i) {
    const std::string key = cursor.string("a key");
    const auto type = cursor.number<std::uint32_t>("key " + key);
    file.metadata_[key] = read_value(cursor, type, key);
  }
  for (std::uint64_t i = 0; i < tensor_count; ++i) {
    auto [name, tensor] = read_tensor_info(cursor);
    if (!file.tensors_.emplace(name, tensor).second) cursor.refuse("tensor " + name + " is there twice.");
  }
  const std::size_t begin = data_begin(cursor, file.metadata_);
  for (auto& [name, tensor] : file.tensors_) place_tensor(cursor, name, tensor, begin);
  return file;
}

std::vector<float> GgufFile::floats(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end())
    throw InputError(path_.string() + " has no tensor " + name + " (it holds " + std::to_string(tensors_.size()) +
                     " tensors). Is it of another architecture?");
  if (found->second.shape != shape)
    throw InputError(path_.string() + ": tensor " + name + " has shape " + to_string(found->second.shape) +
                     ", the model's metadata asks for " + to_string(shape) + ".");
  return decode_gguf_blocks(*found->second.block, bytes_.data() + found->second.offset, found->second.blocks);
}

std::string GgufFile::storage_summary() const {
  std::map<std::string_view, int> counts;
  for (const auto& [name, tensor] : tensors_) ++counts[tensor.block->name];
  std::string text;
  for (const auto& [type, count] : counts)
    text += (text.empty() ? "" : ", ") + std::string(type) + " x " + std::to_string(count);
  return text;
}

bool GgufFile::holds_quantized_tensors() const {
  for (const auto& [name, tensor] : tensors_)
    if (tensor.block->elements > 1) return true;
  return false;
}

std::string GgufFile::hash() const { return sha256(bytes_.data(), bytes_.size()); }

void GgufFile::refuse_key(const std::string& key, const std::string& what) const {
  throw InputError(path_.string() + ": the metadata key " + key + " " + what + ". Is it a language model of Llama type?");
}

}  // namespace macroscope::workloads
