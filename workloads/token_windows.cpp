// SPDX-License-Identifier: Apache-2.0
#include "workloads/token_windows.hpp"

#include <algorithm>
#include <string>

#include "formats/input_error.hpp"

namespace macroscope::workloads {

TokenWindows TokenWindows::slice(std::int64_t first, std::int64_t count) const {
  return {{tokens.begin() + first * length, tokens.begin() + (first + count) * length}, count, length};
}

TokenWindows cut_into_windows(const std::vector<Token>& text, std::int64_t length, std::int64_t most_tokens,
                              std::optional<Token> begin) {
  const std::int64_t in_front = begin ? 1 : 0;
  const auto available = static_cast<std::int64_t>(text.size());
  if (most_tokens > 0) length = std::min(length, most_tokens);
  length = std::min(length, available + in_front);
  if (length < 2)
    throw InputError("The text gives " + std::to_string(available) + " tokens; at least 2 are needed to predict one.");
  const std::int64_t from_text = length - in_front;
  std::int64_t windows = available / from_text;
  if (most_tokens > 0) windows = std::min(windows, most_tokens / length);
  TokenWindows cut{{}, windows, length};
  for (std::int64_t window = 0; window < windows; ++window) {
    if (begin) cut.tokens.push_back(*begin);
    const auto from = text.begin() + window * from_text;
    cut.tokens.insert(cut.tokens.end(), from, from + from_text);
  }
  return cut;
}

}  // namespace macroscope::workloads
