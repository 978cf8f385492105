// SPDX-License-Identifier: Apache-2.0
#include "workloads/pre_tokenizer.hpp"

#include <unicode/unistr.h>
#include <unicode/uregex.h>
#include <unicode/utext.h>

#include "formats/input_error.hpp"

namespace macroscope::workloads {

// ICU's \s is [\t\n\f\r\p{Z}]: it lacks U+000B and U+0085, which the tokenizers' \s has.
const std::string_view gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+)";
const std::string_view digits_pattern = R"(\p{N})";

namespace {

struct CloseRegex {
  void operator()(URegularExpression* regex) const { uregex_close(regex); }
};
using Regex = std::unique_ptr<URegularExpression, CloseRegex>;

struct CloseText {
  void operator()(UText* text) const { utext_close(text); }
};
using Text = std::unique_ptr<UText, CloseText>;

void demand(UErrorCode status, const std::string& what) {
  if (U_FAILURE(status)) throw InputError(what + ": ICU reports " + u_errorName(status) + ".");
}

Text open_text(std::string_view utf8) {
  UErrorCode status = U_ZERO_ERROR;
  Text text(utext_openUTF8(nullptr, utf8.data(), static_cast<int64_t>(utf8.size()), &status));
  demand(status, "A text of " + std::to_string(utf8.size()) + " bytes cannot be opened");
  return text;
}

Regex compile(const std::string& pattern) {
  UErrorCode status = U_ZERO_ERROR;
  const auto utf16 = icu::UnicodeString::fromUTF8(pattern);
  Regex regex(uregex_open(utf16.getBuffer(), utf16.length(), 0, nullptr, &status));
  demand(status, "The tokenizer's pattern " + pattern + " is not usable");
  return regex;
}

void append_nonempty(std::vector<std::string_view>& pieces, std::string_view piece) {
  if (!piece.empty()) pieces.push_back(piece);
}

/// Matches and what lies between them.
void split_by(URegularExpression* regex, std::string_view piece, std::vector<std::string_view>& pieces) {
  UErrorCode status = U_ZERO_ERROR;
  const Text text = open_text(piece);
  uregex_setUText(regex, text.get(), &status);
  std::size_t end = 0;
  while (uregex_findNext(regex, &status)) {
    const auto match_begin = static_cast<std::size_t>(uregex_start64(regex, 0, &status));
    const auto match_end = static_cast<std::size_t>(uregex_end64(regex, 0, &status));
    append_nonempty(pieces, piece.substr(end, match_begin - end));
    append_nonempty(pieces, piece.substr(match_begin, match_end - match_begin));
    end = match_end;
  }
  demand(status, "The text cannot be cut into words");
  append_nonempty(pieces, piece.substr(end));
}

}  // namespace

struct PreTokenizer::Stages {
  std::vector<Regex> regexes;
};

PreTokenizer::PreTokenizer(const std::vector<std::string>& stages) : stages_(std::make_unique<Stages>()) {
  for (const std::string& pattern : stages) stages_->regexes.push_back(compile(pattern));
}

PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;
PreTokenizer::~PreTokenizer() = default;

std::vector<std::string_view> PreTokenizer::split(std::string_view text) const {
  std::vector<std::string_view> pieces;
  append_nonempty(pieces, text);
  for (const Regex& stage : stages_->regexes) {
    UErrorCode status = U_ZERO_ERROR;
    const Regex own(uregex_clone(stage.get(), &status));  // a match in progress is state; split() stays const and reentrant
    demand(status, "The tokenizer's pattern cannot be used");
    std::vector<std::string_view> finer;
    for (const std::string_view piece : pieces) split_by(own.get(), piece, finer);
    pieces = std::move(finer);
  }
  return pieces;
}

}  // namespace macroscope::workloads
