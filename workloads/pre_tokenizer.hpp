// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace macroscope::workloads {

/// GPT-2's pattern (Radford et al. 2019, encoder.py), with \s spelt as the Unicode property White_Space.
extern const std::string_view gpt2_pattern;

/// Every numeric character (Unicode general category N) on its own.
extern const std::string_view digits_pattern;

/// Cuts text into the pieces inside which byte-pair merges happen.
class PreTokenizer {
 public:
  /// One regular expression a stage: a stage cuts each piece of the stage before into its matches and what lies between
  /// them. Throws InputError if a pattern is no valid (ICU) regular expression.
  explicit PreTokenizer(const std::vector<std::string>& stages);
  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;
  ~PreTokenizer();

  /// Pieces in order; together they are the text. Bytes that are no UTF-8 count as U+FFFD.
  std::vector<std::string_view> split(std::string_view text) const;

 private:
  struct Stages;
  std::unique_ptr<Stages> stages_;
};

}  // namespace macroscope::workloads
