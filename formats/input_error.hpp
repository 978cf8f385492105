// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace macroscope {

/// Something the user gave (a file, a key, a name, a flag) cannot be used. The message is a whole sentence that names
/// the file, the key or tensor, what was found, what is accepted and what to do. The command line prints it and exits 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace macroscope
