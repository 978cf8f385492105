// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace macroscope {

/// Writes `bytes` so that `path` is either the old file or the whole new one, never half of it: a temporary beside it is
/// written, flushed to disk and renamed. Missing parent folders are made. Throws InputError (no space, no permission).
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace macroscope
