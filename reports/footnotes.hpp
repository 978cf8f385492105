// SPDX-License-Identifier: Apache-2.0
// Notes under a table: equal texts share a number.
#pragma once

#include <string>
#include <vector>

namespace macroscope::reports {

class Footnotes {
 public:
  /// The superscript that refers to this note.
  std::string mark(const std::string& text);
  /// All notes as a list; empty without any.
  std::string list() const;

 private:
  std::vector<std::string> texts_;
};

}  // namespace macroscope::reports
