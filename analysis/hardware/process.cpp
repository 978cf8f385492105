// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "formats/input_error.hpp"

namespace macroscope::hardware {
namespace {

constexpr int not_found = 127;  // as a shell says it

// Between fork and exec only async-signal-safe calls are allowed: everything is prepared before.
[[noreturn]] void become(char* const* arguments, const char* folder, const char* log) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int in = open("/dev/null", O_RDONLY);
  if (out < 0 || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || chdir(folder) != 0) _exit(126);
  execvp(arguments[0], arguments);
  _exit(errno == ENOENT ? not_found : 126);
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& command, const std::filesystem::path& folder,
                          std::chrono::seconds time_out, const std::string& package) {
  const TemporaryFolder log_folder;
  const std::filesystem::path log = log_folder.path() / "output";
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) become(arguments.data(), folder.c_str(), log.c_str());
  setpgid(child, child);  // also here, so that the group exists whoever runs first

  ProcessResult result;
  const auto deadline = std::chrono::steady_clock::now() + time_out;
  auto pause = std::chrono::milliseconds(1);
  int status = 0;
  for (;;) {
    const pid_t done = waitpid(child, &status, WNOHANG);
    if (done == child) break;
    if (done < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
    if (std::chrono::steady_clock::now() >= deadline) {
      result.timed_out = true;
      kill(-child, SIGKILL);
      while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
      break;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(20));
  }
  result.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::ifstream stream(log, std::ios::binary);
  result.output.assign(std::istreambuf_iterator<char>(stream), {});
  if (result.exit_status == not_found && result.output.empty()) {
    throw InputError("The program '" + command.front() + "' is not installed. On Debian: apt-get install " + package + ".");
  }
  return result;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "macroscope-XXXXXX").string();
  if (!mkdtemp(name.data())) {
    throw InputError("No temporary folder can be made in " + std::filesystem::temp_directory_path().string() + ". Free some space or set TMPDIR.");
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace macroscope::hardware
