// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace macroscope::rtl {

constexpr int program_not_found = 127;  ///< as a shell says it
constexpr int program_timed_out = 124;  ///< as timeout(1) says it

/// Runs a program of PATH with both outputs into `log` and waits; its exit status, 128 when a signal ended it. After `limit`
/// (0: none) it is killed with everything that it started.
int run_program(const std::vector<std::string>& arguments, const std::filesystem::path& log, std::chrono::seconds limit = std::chrono::seconds(0));

/// A fresh folder below `parent`, removed with its contents when the object goes. Throws InputError when it cannot be made.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::filesystem::path& parent);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace macroscope::rtl
