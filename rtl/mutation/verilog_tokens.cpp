// SPDX-License-Identifier: Apache-2.0
#include "rtl/mutation/verilog_tokens.hpp"

#include <cctype>

namespace macroscope::rtl {
namespace {

using Kind = VerilogToken::Kind;

// Longer ones before their beginnings.
const char* const symbols[] = {"<<<", ">>>", "===", "!==", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "~&", "~|", "~^", "^~", "+:", "-:",
                               "**", "++", "--", "+=", "-=", "->", "::"};

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) {}

  std::vector<VerilogToken> run() {
    while (at_ < text_.size()) {
      if (!skip()) take();
    }
    match_brackets();
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] bool starts(const std::string& what) const { return text_.compare(at_, what.size(), what) == 0; }
  [[nodiscard]] char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void move_to(std::size_t end) {
    for (; at_ < std::min(end, text_.size()); ++at_) line_ += text_[at_] == '\n';
  }
  void move_past(const std::string& what) {
    const std::size_t found = text_.find(what, at_ + 2);
    move_to(found == std::string::npos ? text_.size() : found + what.size());
  }

  /// What is no token: true when something was skipped.
  bool skip() {
    if (std::isspace(static_cast<unsigned char>(text_[at_]))) move_to(at_ + 1);
    else if (starts("//") || text_[at_] == '`') move_to(text_.find('\n', at_));
    else if (starts("/*")) move_past("*/");
    else if (starts("(*") && peek(2) != ')') move_past("*)");
    else return false;
    return true;
  }

  [[nodiscard]] std::size_t number_end(std::size_t at) const {
    while (at < text_.size() && (is_digit(text_[at]) || text_[at] == '_')) ++at;
    if (at >= text_.size() || text_[at] != '\'') return at;
    std::size_t base = at + 1;
    if (base < text_.size() && (text_[base] == 's' || text_[base] == 'S')) ++base;
    if (base >= text_.size() || std::string("bodhBODH").find(text_[base]) == std::string::npos) return at;  // a cast: 8'(x)
    for (++base; base < text_.size() && in_word(text_[base]); ++base) {}
    return base;
  }

  void take() {
    const char c = text_[at_];
    if (is_digit(c)) return add(Kind::number, number_end(at_));
    if (c == '\'' && std::isalnum(static_cast<unsigned char>(peek(1)))) {
      const std::size_t end = number_end(at_);
      return add(Kind::number, end > at_ ? end : at_ + 2);  // '0 and '1
    }
    if (in_word(c)) {
      std::size_t end = at_;
      while (end < text_.size() && in_word(text_[end])) ++end;
      return add(Kind::word, end);
    }
    if (c == '"') {
      std::size_t end = at_ + 1;
      while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
      return add(Kind::string, end + 1);
    }
    for (const char* symbol : symbols)
      if (starts(symbol)) return add(Kind::symbol, at_ + std::string(symbol).size());
    add(Kind::symbol, at_ + 1);
  }

  void add(Kind kind, std::size_t end) {
    end = std::min(end, text_.size());
    tokens_.push_back({kind, at_, end, line_, text_.substr(at_, end - at_), tokens_.size()});
    move_to(end);
  }

  void match_brackets() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].is("(") || tokens_[i].is("[") || tokens_[i].is("{")) open.push_back(i);
      if (!(tokens_[i].is(")") || tokens_[i].is("]") || tokens_[i].is("}")) || open.empty()) continue;
      tokens_[i].match = open.back();
      tokens_[open.back()].match = i;
      open.pop_back();
    }
  }

  const std::string& text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::vector<VerilogToken> tokens_;
};

}  // namespace

std::vector<VerilogToken> verilog_tokens(const std::string& text) { return Scanner(text).run(); }

}  // namespace macroscope::rtl
