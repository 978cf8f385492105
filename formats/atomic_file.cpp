// SPDX-License-Identifier: Apache-2.0
#include "formats/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>

#include "formats/input_error.hpp"

namespace macroscope {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::filesystem::path& temporary, int error) {
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  throw InputError("cannot write " + path.string() + ": " + std::strerror(error) +
                   "; nothing was left behind. Free some space or choose another place with --out");
}

}  // namespace

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) throw InputError("cannot make the folder " + path.parent_path().string() + ": " + error.message());

  const std::filesystem::path temporary = path.string() + "." + std::to_string(::getpid()) + ".tmp";
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) fail(path, temporary, errno);
  for (std::size_t done = 0; done < bytes.size();) {
    const ::ssize_t n = ::write(file, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int reason = n < 0 ? errno : ENOSPC;
      ::close(file);
      fail(path, temporary, reason);
    }
    done += static_cast<std::size_t>(n);
  }
  if (::fsync(file) != 0) {
    const int reason = errno;
    ::close(file);
    fail(path, temporary, reason);
  }
  if (::close(file) != 0) fail(path, temporary, errno);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) fail(path, temporary, errno);
}

}  // namespace macroscope
