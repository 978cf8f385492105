// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace macroscope::workloads {

/// The whole file. Throws InputError naming the file if it is missing, a folder or unreadable.
std::vector<std::byte> read_file_bytes(const std::filesystem::path& path);

/// The whole file as text; throws as read_file_bytes does.
std::string read_file_text(const std::filesystem::path& path);

/// SHA-256 (FIPS 180-4) of `size` bytes as 64 lower-case hexadecimal digits.
std::string sha256(const void* data, std::size_t size);

/// SHA-256 of the file's content.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace macroscope::workloads
