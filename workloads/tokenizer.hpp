// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workloads/pre_tokenizer.hpp"

namespace macroscope::workloads {

class GgufFile;

using Token = std::int32_t;

/// What a byte-level BPE tokenizer is made of. Vocabulary and merges are in GPT-2's alphabet (each byte one printable
/// character); `special` tokens are literal text that is cut out before anything else.
struct BpeParts {
  std::vector<std::string> vocabulary;  ///< by token id; ids without an entry are empty
  std::vector<std::pair<std::string, std::string>> merges;
  std::vector<std::pair<std::string, Token>> special;
  std::vector<std::string> pre_tokenizer;  ///< stages
  bool whole_words_first = false;          ///< a piece that is itself a token is not merged (`ignore_merges`)
  std::optional<Token> begin;              ///< put in front of every text, if the model asks for one
};

/// Byte-level byte-pair encoding.
class Tokenizer {
 public:
  /// `origin` names the file in error messages. Throws InputError if a merge makes no token.
  Tokenizer(const BpeParts& parts, const std::string& origin);

  /// From tokenizer.json of Hugging Face's `tokenizers`. Throws InputError if it is not byte-level BPE.
  static Tokenizer from_json(const std::filesystem::path& path);

  /// From the metadata of a GGUF file with the tokenizer model "gpt2". Throws InputError if it is another.
  static Tokenizer from_gguf(const GgufFile& file);

  /// Token ids of the whole text (any bytes), without `begin_token`. Bytes that the vocabulary has no token for (SmolLM2's
  /// lacks some control characters) are left out, as in Hugging Face's `tokenizers`.
  std::vector<Token> encode(std::string_view text) const;

  /// The bytes the tokens stand for. Throws InputError for an id that does not exist.
  std::string decode(const std::vector<Token>& tokens) const;

  std::size_t vocabulary_size() const { return bytes_.size(); }

  /// Token the model's file wants in front of every text; mostly none.
  std::optional<Token> begin_token() const { return begin_; }

 private:
  struct Merge {
    std::int32_t rank;
    Token result;
  };

  std::vector<Token> merge_piece(std::string_view piece) const;
  void encode_plain(std::string_view text, std::unordered_map<std::string_view, std::vector<Token>>& known,
                    std::vector<Token>& tokens) const;
  const Merge* merge_of(Token left, Token right) const;

  std::vector<std::string> bytes_;  ///< by token id
  std::unordered_map<std::string, Token> ids_;
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::vector<Token> byte_tokens_;
  std::vector<std::pair<std::string, Token>> special_;  ///< longest first
  PreTokenizer pre_tokenizer_;
  bool whole_words_first_;
  std::optional<Token> begin_;
};

}  // namespace macroscope::workloads
