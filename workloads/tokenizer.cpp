// SPDX-License-Identifier: Apache-2.0
#include "workloads/tokenizer.hpp"

#include <algorithm>
#include <array>
#include <queue>

#include "formats/input_error.hpp"

namespace macroscope::workloads {
namespace {

constexpr char32_t no_byte = 256;
constexpr Token no_token = -1;

/// GPT-2's alphabet: printable Latin-1 bytes are themselves, the other 68 are U+0100 and up, in order.
std::array<char32_t, 256> byte_alphabet() {
  std::array<char32_t, 256> letters{};
  char32_t next = 0x100;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    letters[byte] = printable ? byte : next++;
  }
  return letters;
}

/// Inverse of byte_alphabet for U+0000..U+017F.
std::array<char32_t, 0x180> letter_bytes() {
  std::array<char32_t, 0x180> bytes{};
  bytes.fill(no_byte);
  const auto letters = byte_alphabet();
  for (char32_t byte = 0; byte < 256; ++byte) bytes[letters[byte]] = byte;
  return bytes;
}

/// The bytes a vocabulary entry stands for; nothing if it is not written in the alphabet (a special token).
std::optional<std::string> bytes_of(const std::string& entry) {
  static const auto bytes = letter_bytes();
  std::string result;
  for (std::size_t at = 0; at < entry.size(); ++at) {
    char32_t letter = static_cast<unsigned char>(entry[at]);
    if (letter >= 0x80) {  // all letters above U+007F have two bytes in UTF-8
      if (letter < 0xc2 || letter > 0xdf || at + 1 == entry.size()) return std::nullopt;
      letter = (letter & 0x1f) << 6 | (static_cast<unsigned char>(entry[++at]) & 0x3f);
    }
    if (letter >= bytes.size() || bytes[letter] == no_byte) return std::nullopt;
    result += static_cast<char>(bytes[letter]);
  }
  return result;
}

std::uint64_t pair_key(Token left, Token right) {
  return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
}

}  // namespace

Tokenizer::Tokenizer(const BpeParts& parts, const std::string& origin)
    : pre_tokenizer_(parts.pre_tokenizer), whole_words_first_(parts.whole_words_first), begin_(parts.begin) {
  bytes_ = parts.vocabulary;
  special_ = parts.special;
  std::unordered_map<std::string, Token> special_ids(special_.begin(), special_.end());
  for (std::size_t id = 0; id < bytes_.size(); ++id) {
    if (special_ids.count(bytes_[id])) continue;
    if (const auto bytes = bytes_of(bytes_[id])) {
      bytes_[id] = *bytes;
      ids_.emplace(*bytes, static_cast<Token>(id));
    }
  }
  const auto id_of = [&](const std::string& bytes, const std::string& what) {
    const auto found = ids_.find(bytes);
    if (found == ids_.end()) throw InputError(origin + ": the tokenizer's vocabulary lacks " + what + ".");
    return found->second;
  };
  for (int byte = 0; byte < 256; ++byte) {
    const auto found = ids_.find(std::string(1, static_cast<char>(byte)));
    byte_tokens_.push_back(found == ids_.end() ? no_token : found->second);
  }
  std::int32_t rank = 0;
  for (const auto& [left, right] : parts.merges) {
    const std::string what = "a part or the result of the merge '" + left + " " + right + "'";
    const auto left_bytes = bytes_of(left), right_bytes = bytes_of(right);
    if (!left_bytes || !right_bytes) throw InputError(origin + ": the tokenizer's vocabulary lacks " + what + ".");
    const std::uint64_t key = pair_key(id_of(*left_bytes, what), id_of(*right_bytes, what));
    merges_.emplace(key, Merge{rank++, id_of(*left_bytes + *right_bytes, what)});
  }
  special_.erase(std::remove_if(special_.begin(), special_.end(), [](const auto& token) { return token.first.empty(); }),
                 special_.end());
  std::stable_sort(special_.begin(), special_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

const Tokenizer::Merge* Tokenizer::merge_of(Token left, Token right) const {
  const auto found = merges_.find(pair_key(left, right));
  return found == merges_.end() ? nullptr : &found->second;
}

std::vector<Token> Tokenizer::merge_piece(std::string_view piece) const {
  if (whole_words_first_)
    if (const auto found = ids_.find(std::string(piece)); found != ids_.end()) return {found->second};
  struct Symbol {
    Token token;
    std::ptrdiff_t left, right;  ///< neighbours; -1: none
  };
  struct Candidate {
    std::int32_t rank;
    std::ptrdiff_t at;
    Token left, right, result;
    bool operator<(const Candidate& other) const {  // for a queue with the best on top
      return rank != other.rank ? rank > other.rank : at > other.at;
    }
  };
  std::vector<Symbol> symbols;
  for (const char byte : piece)
    if (const Token token = byte_tokens_[static_cast<unsigned char>(byte)]; token != no_token) {
      const auto at = static_cast<std::ptrdiff_t>(symbols.size());
      symbols.push_back({token, at - 1, at + 1});
    }
  const auto size = static_cast<std::ptrdiff_t>(symbols.size());
  if (size) symbols.back().right = -1;
  std::priority_queue<Candidate> queue;
  const auto propose = [&](std::ptrdiff_t at) {
    if (at < 0 || symbols[at].right < 0) return;
    const Token left = symbols[at].token, right = symbols[symbols[at].right].token;
    if (const Merge* merge = merge_of(left, right)) queue.push({merge->rank, at, left, right, merge->result});
  };
  for (std::ptrdiff_t i = 0; i < size; ++i) propose(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& symbol = symbols[best.at];
    if (symbol.token != best.left || symbol.right < 0 || symbols[symbol.right].token != best.right) continue;  // outdated
    Symbol& eaten = symbols[symbol.right];
    symbol.token = best.result;
    symbol.right = eaten.right;
    eaten.token = no_token;
    if (symbol.right >= 0) symbols[symbol.right].left = best.at;
    propose(best.at);
    propose(symbol.left);
  }
  std::vector<Token> tokens;
  for (std::ptrdiff_t at = size ? 0 : -1; at >= 0; at = symbols[at].right) tokens.push_back(symbols[at].token);
  return tokens;
}

void Tokenizer::encode_plain(std::string_view text, std::unordered_map<std::string_view, std::vector<Token>>& known,
                             std::vector<Token>& tokens) const {
  for (const std::string_view piece : pre_tokenizer_.split(text)) {
    auto found = known.find(piece);
    if (found == known.end()) found = known.emplace(piece, merge_piece(piece)).first;
    tokens.insert(tokens.end(), found->second.begin(), found->second.end());
  }
}

std::vector<Token> Tokenizer::encode(std::string_view text) const {
  std::vector<Token> tokens;
  std::unordered_map<std::string_view, std::vector<Token>> known;
  std::vector<std::size_t> next(special_.size(), 0);  // next occurrence of each special token, found lazily
  const auto occurrence = [&](std::size_t i, std::size_t from) {
    if (next[i] != std::string_view::npos && (next[i] < from || from == 0)) next[i] = text.find(special_[i].first, from);
    return next[i];
  };
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t begin = std::string_view::npos, which = 0;
    for (std::size_t i = 0; i < special_.size(); ++i)
      if (const std::size_t found = occurrence(i, at); found < begin) begin = found, which = i;
    encode_plain(text.substr(at, begin - at), known, tokens);
    if (begin == std::string_view::npos) break;
    tokens.push_back(special_[which].second);
    at = begin + special_[which].first.size();
  }
  return tokens;
}

std::string Tokenizer::decode(const std::vector<Token>& tokens) const {
  std::string text;
  for (const Token token : tokens) {
    if (token < 0 || static_cast<std::size_t>(token) >= bytes_.size())
      throw InputError("There is no token " + std::to_string(token) + "; the vocabulary has " +
                       std::to_string(bytes_.size()) + " tokens.");
    text += bytes_[static_cast<std::size_t>(token)];
  }
  return text;
}

}  // namespace macroscope::workloads
