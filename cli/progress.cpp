// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>

namespace macroscope::cli {
namespace {

constexpr int bar_width = 24;

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)), terminal_(::isatty(STDERR_FILENO) != 0), start_(std::chrono::steady_clock::now()), drawn_(start_) {
  if (terminal_) draw();
  else fmt::print(stderr, "{} ...\n", what_);
}

Progress::~Progress() {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const char* end = std::uncaught_exceptions() > 0 ? "stopped" : "done";
  fmt::print(stderr, "{}{}: {} after {:.1f} s\n", terminal_ ? "\r\033[K" : "", what_, end, seconds);
}

void Progress::update(double fraction, const std::string& detail) {
  fraction_ = std::clamp(fraction, 0.0, 1.0);
  detail_ = detail;
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000))) return;
  drawn_ = now;
  draw();
}

void Progress::draw() {
  if (terminal_) {
    const int filled = static_cast<int>(fraction_ * bar_width);
    fmt::print(stderr, "\r\033[K{} [{:#<{}}{:.<{}}] {:3.0f} % {}", what_, "", filled, "", bar_width - filled, 100 * fraction_, detail_);
  } else {
    fmt::print(stderr, "{}: {:.0f} %{}{}\n", what_, 100 * fraction_, detail_.empty() ? "" : ", ", detail_);
  }
  std::fflush(stderr);
}

std::function<void(double)> Progress::callback() {
  return [this](double fraction) { update(fraction); };
}

std::function<void(double, const std::string&)> Progress::detailed_callback() {
  return [this](double fraction, const std::string& detail) { update(fraction, detail); };
}

}  // namespace macroscope::cli
