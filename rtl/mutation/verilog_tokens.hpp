// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace macroscope::rtl {

struct VerilogToken {
  enum class Kind : std::uint8_t { word, number, string, symbol };
  Kind kind = Kind::symbol;
  std::size_t begin = 0, end = 0;  ///< bytes of the source
  int line = 1;
  std::string text;
  std::size_t match = 0;  ///< of a bracket: the token number of its partner; itself when it has none

  [[nodiscard]] bool is(const char* what) const { return kind != Kind::string && text == what; }
};

/// The tokens of a SystemVerilog source without comments, attributes and compiler directives (IEEE 1800-2017 clause 5). A based
/// literal such as 8'hff is one number. Unknown characters are symbols of their own.
std::vector<VerilogToken> verilog_tokens(const std::string& text);

}  // namespace macroscope::rtl
