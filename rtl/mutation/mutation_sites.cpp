// SPDX-License-Identifier: Apache-2.0
#include "rtl/mutation/mutation_sites.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "rtl/mutation/verilog_tokens.hpp"

namespace macroscope::rtl {
namespace {

using Kind = VerilogToken::Kind;
using Wrong = std::vector<const char*>;

const std::map<std::string, Wrong>& binary_operators() {
  static const std::map<std::string, Wrong> table = {
      {"+", {"-"}},    {"-", {"+"}},    {"*", {"+"}},         {"&", {"|", "^"}},     {"|", {"&", "^"}},     {"^", {"&", "|"}},
      {"==", {"!="}},  {"!=", {"=="}},  {"===", {"!=="}},     {"!==", {"==="}},      {"<", {"<=", ">="}},   {"<=", {"<", ">"}},
      {">", {">=", "<="}}, {">=", {">", "<"}}, {"<<", {">>"}}, {">>", {"<<"}},        {">>>", {">>"}},       {"<<<", {">>>"}},
      {"&&", {"||"}},  {"||", {"&&"}}};
  return table;
}
/// Reductions, and a complement that is left out.
const std::map<std::string, Wrong>& unary_operators() {
  static const std::map<std::string, Wrong> table = {{"&", {"|"}}, {"|", {"&"}}, {"^", {"|"}}, {"~&", {"&"}}, {"~|", {"|"}},
                                                     {"~^", {"^"}}, {"~", {""}}, {"!", {""}}};
  return table;
}

const std::set<std::string>& declaring_words() {
  static const std::set<std::string> words = {"wire", "logic", "reg", "bit", "input", "output", "inout", "localparam", "parameter", "signed", "unsigned", "var", "automatic"};
  return words;
}
/// Words after which an expression begins, so that an operator there has one operand.
const std::set<std::string>& statement_words() {
  static const std::set<std::string> words = {"return", "assign", "begin", "else", "case", "if"};
  return words;
}

bool ends_in(const std::string& name, const char* ending) {
  const std::string end = ending;
  return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

class SiteFinder {
 public:
  explicit SiteFinder(const std::string& text) : text_(text), tokens_(verilog_tokens(text)), shape_(tokens_.size(), false) {}

  std::vector<Mutation> run() {
    mark_headers();
    mark_declared_ranges();
    mark_replication_counts();
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (!shape_[i]) visit(i);
    return std::move(found_);
  }

 private:
  [[nodiscard]] const VerilogToken& at(std::size_t i) const {
    static const VerilogToken none;
    return i < tokens_.size() ? tokens_[i] : none;
  }
  [[nodiscard]] const VerilogToken& before(std::size_t i) const { return i > 0 ? tokens_[i - 1] : at(tokens_.size()); }
  [[nodiscard]] std::string between(std::size_t first, std::size_t last) const {  // tokens first ... last - 1 and what stands between them
    return text_.substr(tokens_[first].begin, tokens_[last - 1].end - tokens_[first].begin);
  }
  void mark(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i <= last && i < shape_.size(); ++i) shape_[i] = true;
  }

  void mark_headers() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const bool module = at(i).is("module") || at(i).is("package") || at(i).is("interface");
      if (!module && !at(i).is("function") && !at(i).is("task")) continue;
      std::size_t end = i;
      for (bool importing = false; end < tokens_.size(); ++end) {
        if (at(end).is("import")) importing = true;
        if (at(end).is("(")) end = std::max(at(end).match, end);
        if (at(end).is(";") && !importing) break;
        if (at(end).is(";")) importing = false;
      }
      mark(i, end);
      i = end;
    }
  }

  void mark_declared_ranges() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (shape_[i] || at(i).kind != Kind::word || !declaring_words().count(at(i).text)) continue;
      for (std::size_t open = i + 1; at(open).is("["); open = at(open).match + 1) mark(open, at(open).match);
    }
  }

  /// The N of {N{x}}; x is remembered for the extension that it may be.
  void mark_replication_counts() {
    for (std::size_t open = 0; open < tokens_.size(); ++open) {
      if (!at(open).is("{") || at(open).match <= open) continue;
      std::size_t i = open + 1;
      while (i < at(open).match && !at(i).is("{") && !at(i).is(",")) i = std::max(at(i).match, i) + 1;
      if (!at(i).is("{") || i == open + 1 || at(i).match + 1 != at(open).match) continue;
      const VerilogToken& last = at(i - 1);
      if (last.kind == Kind::symbol && !last.is(")") && !last.is("]")) continue;  // {a, b} with an operator before a concatenation
      mark(open + 1, i - 1);
      replicated_.insert(i);
    }
  }

  void add(MutationKind kind, std::size_t first, std::size_t last, const std::string& replacement) {
    const std::size_t begin = tokens_[first].begin, length = tokens_[last - 1].end - begin;
    if (text_.compare(begin, length, replacement) != 0 || replacement.size() != length) found_.push_back({kind, begin, length, replacement, tokens_[first].line});
  }

  void visit(std::size_t i) {
    const VerilogToken& token = at(i);
    if (token.kind == Kind::number) return number(i);
    if (token.is("if") && at(i + 1).is("(")) return condition(i + 1);
    if (token.is(".")) return rank(i);
    if (token.is("[")) return select(i);
    if (token.is("?")) return arms(i);
    if (token.is("{") && replicated_.count(i)) return extension(i);
    if (token.kind == Kind::symbol) operation(i);
  }

  void operation(std::size_t i) {
    const std::string& symbol = at(i).text;
    const auto& table = follows_operand(i) ? binary_operators() : unary_operators();
    const auto row = table.find(symbol);
    if (row == table.end() || (symbol == "<=" && assigns(i)) || is_event_star(i)) return;
    for (const char* wrong : row->second) add(MutationKind::operation, i, i + 1, wrong);
  }
  [[nodiscard]] bool follows_operand(std::size_t i) const {
    const VerilogToken& last = before(i);
    if (last.kind == Kind::word) return !statement_words().count(last.text);
    return last.kind != Kind::symbol || last.is(")") || last.is("]") || last.is("}");
  }
  [[nodiscard]] bool is_event_star(std::size_t i) const { return at(i).is("*") && before(i).is("("); }
  /// Whether this <= is a nonblocking assignment: from the statement's beginning to it there is only a place to assign to.
  [[nodiscard]] bool assigns(std::size_t i) const {
    for (std::size_t j = i; j-- > 0;) {
      const VerilogToken& token = at(j);
      if (token.is(")")) return true;  // always_ff @(...) q <= d, if (enable) q <= d
      if (token.is("]") || token.is("}")) j = token.match;
      else if (token.is(";") || token.is("begin") || token.is("end") || token.is("else") || token.is(":")) return !inside_parentheses(i);
      else if (token.kind == Kind::symbol && !token.is(".")) return false;
    }
    return true;
  }
  [[nodiscard]] bool inside_parentheses(std::size_t i) const {
    for (std::size_t j = i; j-- > 0;) {
      if (at(j).is("(") && at(j).match > i) return true;
      if (at(j).is("begin") || at(j).is("end")) return false;
    }
    return false;
  }

  void number(std::size_t i) {
    const std::string& literal = at(i).text;
    const std::size_t quote = literal.find('\'');
    if (quote != std::string::npos) return literal_bits(i, quote);
    std::string digits = literal;
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    if (digits.size() > 9) return;
    const long value = std::stol(digits);
    add(MutationKind::constant, i, i + 1, std::to_string(value + 1));
    if (value > 0) add(MutationKind::constant, i, i + 1, std::to_string(value - 1));
  }
  /// Flips the lowest and the highest bit of a sized literal, both of which '0 and '1 have as one.
  void literal_bits(std::size_t i, std::size_t quote) {
    const std::string literal = at(i).text;
    if (literal.size() == 2) return add(MutationKind::constant, i, i + 1, literal[1] == '0' ? "'1" : "'0");
    std::size_t base_at = quote + 1;
    if (base_at < literal.size() && (literal[base_at] == 's' || literal[base_at] == 'S')) ++base_at;
    const int base = std::map<char, int>{{'b', 2}, {'o', 8}, {'d', 10}, {'h', 16}}[static_cast<char>(std::tolower(literal[base_at]))];
    std::string digits = literal.substr(base_at + 1);
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    const std::string size = literal.substr(0, quote);
    const int bits = size.empty() ? 32 : std::stoi(size);
    if (bits < 1 || bits > 64 || base == 0 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return;
    const std::uint64_t value = std::stoull(digits, nullptr, base);
    const std::string head = size.empty() ? "32'd" : size + "'d";
    add(MutationKind::constant, i, i + 1, head + std::to_string(value ^ 1U));
    if (bits > 1) add(MutationKind::constant, i, i + 1, head + std::to_string(value ^ (std::uint64_t{1} << (bits - 1))));
  }

  void condition(std::size_t open) {
    if (at(open).match <= open + 1) return;
    add(MutationKind::condition, open + 1, at(open).match, "!(" + between(open + 1, at(open).match) + ")");
  }

  void rank(std::size_t dot) {
    const std::string& name = at(dot + 1).text;
    const std::size_t open = dot + 2;
    if (!at(open).is("(") || at(open).match <= open + 1) return;
    const std::string value = between(open + 1, at(open).match);
    if (ends_in(name, "RANK") || ends_in(name, "ENABLE")) add(MutationKind::rank, open + 1, at(open).match, "1 - (" + value + ")");
    if (ends_in(name, "STAGES") || ends_in(name, "DELAY") || ends_in(name, "LATENCY")) add(MutationKind::rank, open + 1, at(open).match, "(" + value + ") + 1");
  }

  void select(std::size_t open) {
    const std::size_t close = at(open).match;
    if (close <= open + 1 || (before(open).kind != Kind::word && !before(open).is("]"))) return;
    for (std::size_t i = open + 1; i < close; i = std::max(at(i).match, i) + 1) {
      const bool indexed = at(i).is("+:") || at(i).is("-:");
      if (!indexed && !at(i).is(":")) continue;
      const std::string from = between(open + 1, i), to = between(i + 1, close);
      for (const char* step : {" + 1", " - 1"}) {
        if (indexed) add(MutationKind::range, open + 1, i, "(" + from + ")" + step);
        else if (to != "0" || step[1] == '+') add(MutationKind::range, open + 1, close, "(" + from + ")" + step + ":(" + to + ")" + step);
      }
      return;
    }
  }

  void arms(std::size_t question) {
    std::size_t colon = question + 1;
    for (int nested = 0; colon < tokens_.size(); colon = std::max(at(colon).match, colon) + 1) {
      if (at(colon).is("?")) ++nested;
      if (at(colon).is(":") && nested-- == 0) break;
      if (at(colon).is(";")) return;
    }
    std::size_t end = colon + 1;
    for (int nested = 0; end < tokens_.size(); end = std::max(at(end).match, end) + 1) {
      const VerilogToken& token = at(end);
      if (token.is("?")) ++nested;
      if (token.is(",") || token.is(";") || token.is(")") || token.is("]") || token.is("}") || (token.is(":") && nested-- == 0)) break;
    }
    if (colon + 1 >= end || end > tokens_.size() || colon == question + 1) return;
    add(MutationKind::arms, question + 1, end, between(colon + 1, end) + " : " + between(question + 1, colon));
  }

  void extension(std::size_t inner) {
    const std::size_t close = at(inner).match;
    if (close <= inner + 1 || (close == inner + 2 && at(inner + 1).kind == Kind::number)) return;
    add(MutationKind::extension, inner + 1, close, "1'b0");
  }

  const std::string& text_;
  std::vector<VerilogToken> tokens_;
  std::vector<bool> shape_;           ///< tokens that no mutation touches
  std::set<std::size_t> replicated_;  ///< inner braces of {N{x}}
  std::vector<Mutation> found_;
};

}  // namespace

const char* mutation_kind_name(MutationKind kind) {
  constexpr const char* names[] = {"operation", "constant", "range", "extension", "arms", "condition", "rank"};
  return names[static_cast<std::size_t>(kind)];
}

std::vector<Mutation> mutation_sites(const std::string& text) { return SiteFinder(text).run(); }

}  // namespace macroscope::rtl
