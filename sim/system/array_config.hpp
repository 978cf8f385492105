// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace macroscope::system {

/// The one memory port: reads and writes share it, in bursts that are never interrupted.
struct MemoryConfig {
  std::int64_t bytes_per_cycle = 64;
  std::int64_t latency = 32;      ///< cycles from a read burst's last beat to its use; writes are posted
  std::int64_t burst_bytes = 512;
};

/// On-chip buffers. Each of the three streams may overshoot its size by one burst, the port's landing register.
struct BufferConfig {
  std::int64_t weight_rows = 16;           ///< rows of the array (columns x lanes weights each) waiting for a shadow register
  std::int64_t activation_bytes = 1048576; ///< one block of tokens over the whole of K
  std::int64_t partial_sum_bytes = 65536;  ///< one partial sum per token of the block and column
  std::int64_t output_bytes = 8192;        ///< converted results waiting for the memory port
};

/// A weight-stationary array: rows x columns units of `lanes` lanes.
struct ArrayConfig {
  std::string name;
  std::int64_t rows = 16;
  std::int64_t columns = 16;
  int lanes = 32;
  MemoryConfig memory;
  BufferConfig buffers;
};

/// Reads one array; `origin` (a file name) begins every error sentence. `rows`, `columns` and `lanes` are required, the
/// rest has the defaults above. Throws InputError for a syntax error, an unknown or repeated key (with the nearest valid
/// one) and a value out of range.
ArrayConfig parse_array_config(std::string_view yaml, const std::string& origin);

/// A name in `folder` (configs/array), or the path of a YAML file. Throws InputError naming the arrays there are.
ArrayConfig load_array_config(const std::string& name_or_file, const std::filesystem::path& folder);

/// Names of the arrays in `folder`, sorted.
std::vector<std::string> array_names(const std::filesystem::path& folder);

/// Every field written out, for the provenance of a result.
nlohmann::json canonical_json(const ArrayConfig& config);

}  // namespace macroscope::system
