// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "formats/input_error.hpp"

extern char** environ;

namespace macroscope::rtl {
namespace {

namespace fs = std::filesystem;

/// The child's wait status, or nothing when the limit passed and its group was killed.
bool wait_for(pid_t child, std::chrono::seconds limit, int& status) {
  if (limit.count() == 0) {
    waitpid(child, &status, 0);
    return true;
  }
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (auto pause = std::chrono::milliseconds(1);; pause = std::min(pause * 2, std::chrono::milliseconds(50))) {
    if (waitpid(child, &status, WNOHANG) == child) return true;
    if (std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(pause);
  }
  kill(-child, SIGKILL);
  waitpid(child, &status, 0);
  return false;
}

}  // namespace

int run_program(const std::vector<std::string>& arguments, const fs::path& log, std::chrono::seconds limit) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (limit.count() > 0) {  // only then a group of its own: else Ctrl-C has to reach it
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
  }
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed) return program_not_found;
  int status = 0;
  if (!wait_for(child, limit, status)) return program_timed_out;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

ScratchFolder::ScratchFolder(const fs::path& parent) {
  fs::create_directories(parent);
  std::string pattern = (parent / "compiling-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw InputError(parent.string() + ": cannot make a folder there for the compiled RTL; check space and rights");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace macroscope::rtl
