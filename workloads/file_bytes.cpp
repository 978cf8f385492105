// SPDX-License-Identifier: Apache-2.0
#include "workloads/file_bytes.hpp"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "formats/input_error.hpp"

namespace macroscope::workloads {
namespace {

template <typename Container>
Container read_whole(const std::filesystem::path& path) {
  std::error_code status;
  if (std::filesystem::is_directory(path, status))
    throw InputError(path.string() + " is a folder, but a file is needed here.");
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) throw InputError("Cannot open " + path.string() + ": " + std::strerror(errno) + ".");
  const std::streamoff size = in.tellg();
  if (size < 0) throw InputError("Cannot read " + path.string() + ": it has no size.");
  Container content(static_cast<std::size_t>(size), typename Container::value_type{});
  in.seekg(0);
  in.read(reinterpret_cast<char*>(content.data()), size);
  if (in.gcount() != size) throw InputError("Cannot read " + path.string() + ": it ends early.");
  return content;
}

}  // namespace

std::vector<std::byte> read_file_bytes(const std::filesystem::path& path) {
  return read_whole<std::vector<std::byte>>(path);
}

std::string read_file_text(const std::filesystem::path& path) { return read_whole<std::string>(path); }

std::string sha256(const void* data, std::size_t size) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(data, size, digest.data(), &length, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("libcrypto cannot compute SHA-256");
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < length; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const auto bytes = read_file_bytes(path);
  return sha256(bytes.data(), bytes.size());
}

}  // namespace macroscope::workloads
