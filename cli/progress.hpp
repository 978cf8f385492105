// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace macroscope::cli {

/// Progress on standard error: a bar that redraws itself on a terminal, else a line when it starts, at most one every ten
/// seconds, and one when it ends with the time taken.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `fraction` of the work done, 0 to 1; `detail` says what is being done now.
  void update(double fraction, const std::string& detail = "");

  /// The same as a function, for library calls that report how far they are.
  [[nodiscard]] std::function<void(double)> callback();
  [[nodiscard]] std::function<void(double, const std::string&)> detailed_callback();

 private:
  void draw();

  std::string what_, detail_;
  double fraction_ = 0;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, drawn_;
};

}  // namespace macroscope::cli
