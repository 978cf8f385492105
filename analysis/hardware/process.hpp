// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace macroscope::hardware {

struct ProcessResult {
  int exit_status = 0;     ///< of the program; 128 + N when signal N ended it
  bool timed_out = false;  ///< killed, with everything it had started, when its time was over
  std::string output;      ///< standard output and standard error, in order
};

/// Runs `command` (program found on PATH, then its arguments; no shell) in `folder` and waits. The program leads its own
/// process group, which is killed as a whole at the time-out, and dies with this process. Throws InputError when the
/// program is not installed, naming `package` as what to install.
ProcessResult run_process(const std::vector<std::string>& command, const std::filesystem::path& folder,
                          std::chrono::seconds time_out, const std::string& package);

/// A fresh private folder, removed with all its contents when the object goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace macroscope::hardware
