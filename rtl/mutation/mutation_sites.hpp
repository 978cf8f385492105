// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace macroscope::rtl {

enum class MutationKind : std::uint8_t {
  operation,  ///< + -, & | ^, == !=, < <= > >=, << >>, && ||, *; a ~ or ! left out
  constant,   ///< a sized literal's lowest or highest bit flipped; another number one more or one less
  range,      ///< a part select one bit higher or lower
  extension,  ///< {N{x}} becomes {N{1'b0}}
  arms,       ///< of ?: swapped
  condition,  ///< of an if (a generate block's or a reset's) negated
  rank        ///< an instance's register rank inverted, or one stage more
};

/// "operation", "constant", ...
const char* mutation_kind_name(MutationKind kind);

/// One edit of a SystemVerilog text.
struct Mutation {
  MutationKind kind;
  std::size_t begin = 0;    ///< of what is replaced, in bytes
  std::size_t length = 0;
  std::string replacement;
  int line = 1;             ///< of `begin`, from 1

  [[nodiscard]] std::string original(const std::string& text) const { return text.substr(begin, length); }
  [[nodiscard]] std::string applied(const std::string& text) const { return text.substr(0, begin) + replacement + text.substr(begin + length); }
};

/// Every mutation of a SystemVerilog source, in the order of the text. What makes no hardware or only its shape is left alone:
/// comments, attributes, compiler directives, strings, headers of modules and functions, declared ranges ([N:0] before a name)
/// and the N of {N{x}}. Register ranks are known by the names of an instance's parameters: those that end in RANK or
/// ENABLE hold 0 or 1, those that end in STAGES, DELAY or LATENCY a number.
std::vector<Mutation> mutation_sites(const std::string& text);

}  // namespace macroscope::rtl
