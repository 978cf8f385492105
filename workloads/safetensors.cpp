// SPDX-License-Identifier: Apache-2.0
#include "workloads/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "formats/atomic_file.hpp"
#include "formats/input_error.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::workloads {
namespace {

using nlohmann::json;

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t largest_header = 100'000'000;  // the limit of the reference implementation

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw InputError(path.string() + " is not a usable safetensors file: " + what);
}

std::uint64_t header_length(const std::filesystem::path& path, const std::vector<std::byte>& bytes) {
  if (bytes.size() < length_bytes)
    refuse(path, "it has " + std::to_string(bytes.size()) + " bytes, the header's length alone takes 8.");
  std::uint64_t length;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > largest_header || length > bytes.size() - length_bytes)
    refuse(path, "the header should have " + std::to_string(length) + " bytes, but the file has only " +
                     std::to_string(bytes.size()) + " in all. Is it truncated?");
  return length;
}

json parse_header(const std::filesystem::path& path, const std::vector<std::byte>& bytes, std::uint64_t length) {
  const char* begin = reinterpret_cast<const char*>(bytes.data()) + length_bytes;
  json header;
  try {
    header = json::parse(begin, begin + length);
  } catch (const json::exception& error) {
    refuse(path, std::string("the header is not valid JSON (") + error.what() + ").");
  }
  if (!header.is_object()) refuse(path, "the header is JSON, but no object of tensors.");
  return header;
}

std::uint64_t unsigned_of(const std::filesystem::path& path, const std::string& name, const json& value, const char* key) {
  if (!value.is_number_unsigned())
    refuse(path, "tensor " + name + ": " + key + " holds " + value.dump() + ", where a whole number >= 0 is needed.");
  return value.get<std::uint64_t>();
}

SafetensorsFile::Tensor parse_tensor(const std::filesystem::path& path, const std::string& name, const json& entry,
                                     std::size_t data_bytes) {
  const bool complete = entry.is_object() && entry.contains("dtype") && entry["dtype"].is_string() &&
                        entry.contains("shape") && entry["shape"].is_array() && entry.contains("data_offsets") &&
                        entry["data_offsets"].is_array() && entry["data_offsets"].size() == 2;
  if (!complete)
    refuse(path, "tensor " + name + " needs dtype (a string), shape (a list) and data_offsets (two numbers), found " +
                     entry.dump().substr(0, 200) + ".");
  SafetensorsFile::Tensor tensor{};
  const auto type = data_type_named(entry["dtype"].get<std::string>());
  if (!type)
    refuse(path, "tensor " + name + " has dtype " + entry["dtype"].dump() +
                     "; F16, BF16, F32, I8, U8, U16, I32 and I64 can be read.");
  tensor.type = *type;
  for (const json& extent : entry["shape"])
    tensor.shape.push_back(static_cast<std::int64_t>(unsigned_of(path, name, extent, "shape")));
  const std::uint64_t begin = unsigned_of(path, name, entry["data_offsets"][0], "data_offsets");
  const std::uint64_t end = unsigned_of(path, name, entry["data_offsets"][1], "data_offsets");
  if (begin > end || end > data_bytes)
    refuse(path, "tensor " + name + " lies at bytes " + std::to_string(begin) + ".." + std::to_string(end) +
                     ", but the data section has " + std::to_string(data_bytes) + " bytes. Is the file truncated?");
  const auto count = element_count(tensor.shape);
  if (!count || static_cast<std::uint64_t>(*count) != (end - begin) / size_of(*type) || (end - begin) % size_of(*type) != 0)
    refuse(path, "tensor " + name + " of shape " + to_string(tensor.shape) + " and dtype " + entry["dtype"].dump() +
                     " has " + std::to_string(end - begin) + " bytes, which does not fit.");
  tensor.offset = begin;
  tensor.bytes = end - begin;
  return tensor;
}

/// The format forbids overlaps and gaps: every byte of the data section belongs to one tensor.
void check_layout(const std::filesystem::path& path, const std::map<std::string, SafetensorsFile::Tensor>& tensors,
                  std::size_t data_bytes) {
  std::vector<std::pair<const std::string*, const SafetensorsFile::Tensor*>> order;
  for (const auto& [name, tensor] : tensors) order.emplace_back(&name, &tensor);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second->offset, a.second->bytes) < std::pair(b.second->offset, b.second->bytes);
  });
  std::size_t end = 0;
  for (const auto& [name, tensor] : order) {
    if (tensor->offset != end)
      refuse(path, "tensor " + *name + " begins at byte " + std::to_string(tensor->offset) +
                       " of the data, but the tensor before it ends at byte " + std::to_string(end) +
                       (tensor->offset < end ? " (they overlap)." : " (there is a gap)."));
    end += tensor->bytes;
  }
  if (end != data_bytes)
    refuse(path, "the tensors end at byte " + std::to_string(end) + " of the data, the file at byte " +
                     std::to_string(data_bytes) + ".");
}

}  // namespace

SafetensorsFile SafetensorsFile::read(const std::filesystem::path& path) {
  SafetensorsFile file;
  file.path_ = path;
  file.bytes_ = read_file_bytes(path);
  const std::uint64_t length = header_length(path, file.bytes_);
  file.data_begin_ = length_bytes + length;
  const std::size_t data_bytes = file.bytes_.size() - file.data_begin_;
  const json header = parse_header(path, file.bytes_, length);
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") {
      file.tensors_.emplace(name, parse_tensor(path, name, entry, data_bytes));
      continue;
    }
    if (!entry.is_object()) refuse(path, "__metadata__ must be an object of strings.");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) refuse(path, "__metadata__ key " + key + " must hold a string.");
      file.metadata_[key] = value.get<std::string>();
    }
  }
  check_layout(path, file.tensors_, data_bytes);
  return file;
}

const SafetensorsFile::Tensor& SafetensorsFile::tensor(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end())
    throw InputError(path_.string() + " has no tensor " + name + " (it holds " + std::to_string(tensors_.size()) +
                     " tensors). Is it of another model?");
  return found->second;
}

std::vector<float> SafetensorsFile::floats(const std::string& name) const {
  const Tensor& found = tensor(name);
  return to_floats(found.type, data(found), found.bytes / size_of(found.type));
}

std::vector<float> SafetensorsFile::floats(const std::string& name, const std::vector<std::int64_t>& shape) const {
  const Tensor& found = tensor(name);
  if (found.shape != shape)
    throw InputError(path_.string() + ": tensor " + name + " has shape " + to_string(found.shape) +
                     ", the model's configuration asks for " + to_string(shape) + ".");
  return floats(name);
}

void write_safetensors(const std::filesystem::path& path, const std::vector<FloatTensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const FloatTensor& tensor : tensors) {
    const std::size_t bytes = tensor.values.size() * sizeof(float);
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string head = header.dump();
  head.append((8 - head.size() % 8) % 8, ' ');  // the data starts 8-byte aligned
  const std::uint64_t length = head.size();
  std::string content(reinterpret_cast<const char*>(&length), sizeof length);
  content += head;
  content.reserve(content.size() + offset);
  for (const FloatTensor& tensor : tensors)
    content.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(float));
  write_file_atomically(path, content);
}

}  // namespace macroscope::workloads
