// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "workloads/tokenizer.hpp"

namespace macroscope::workloads {

/// Windows of equal length laid one after the other; each is run from an empty context.
struct TokenWindows {
  std::vector<Token> tokens;  ///< windows * length
  std::int64_t windows;
  std::int64_t length;

  /// Windows `first` .. `first + count - 1`.
  TokenWindows slice(std::int64_t first, std::int64_t count) const;

  /// Positions that have a next token in their window: windows * (length - 1).
  std::int64_t predictions() const { return windows * (length - 1); }
};

/// Cuts a text into consecutive windows of `length` tokens; at most `most_tokens` tokens (0: all) in all, a last incomplete
/// window is left out. A text (or `most_tokens`) shorter than one window makes one shorter window. With `begin`, each window
/// starts with that token and takes length - 1 tokens of the text. Throws InputError if there are fewer than two tokens.
TokenWindows cut_into_windows(const std::vector<Token>& text, std::int64_t length, std::int64_t most_tokens,
                              std::optional<Token> begin);

}  // namespace macroscope::workloads
