// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/liberty_syntax.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>

#include "formats/input_error.hpp"

namespace macroscope::hardware {
namespace {

class Reader {
 public:
  Reader(std::string_view text, const std::string& origin) : text_(text), origin_(origin) {}

  LibertyGroup library() {
    skip_space();
    const std::string name = word();
    if (name != "library") fail("a Liberty file starts with 'library (NAME) {'");
    LibertyGroup group = parenthesised(name);
    skip_space();
    if (!take('{')) fail("'{' must follow 'library (NAME)'");
    body(group);
    return group;
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    throw InputError(origin_ + ", line " + std::to_string(line_) + ": this is not Liberty: " + expected +
                     ". Give a Liberty (.lib or .lib.gz) file of a cell library.");
  }

  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  char next() {
    const char c = text_[at_++];
    if (c == '\n') ++line_;
    return c;
  }
  bool take(char c) {
    if (peek() != c) return false;
    next();
    return true;
  }
  bool starts(std::string_view s) const { return text_.substr(at_, s.size()) == s; }

  void skip_space() {
    while (!at_end()) {
      if (std::isspace(static_cast<unsigned char>(peek())) || peek() == '\\') {
        next();
      } else if (starts("/*")) {
        while (!at_end() && !starts("*/")) next();
        if (at_end()) fail("a comment never ends");
        at_ += 2;
      } else if (starts("//")) {
        while (!at_end() && peek() != '\n') next();
      } else {
        return;
      }
    }
  }

  static bool ends_word(char c) {
    return std::isspace(static_cast<unsigned char>(c)) || std::strchr("(){};:,\"\\", c) != nullptr;
  }

  std::string word() {
    const size_t begin = at_;
    while (!at_end() && !ends_word(peek())) next();
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string quoted() {
    std::string value;
    next();
    while (!at_end() && peek() != '"') {
      const char c = next();
      if (c == '\\' && (peek() == '\n' || peek() == '\r')) continue;
      if (c == '\n' || c == '\r') continue;
      value += c;
    }
    if (at_end()) fail("a quoted string never ends");
    next();
    return value;
  }

  LibertyGroup parenthesised(std::string name) {
    LibertyGroup group;
    group.name = std::move(name);
    group.line = line_;
    skip_space();
    if (!take('(')) fail("'(' must follow '" + group.name + "'");
    for (;;) {
      skip_space();
      if (at_end()) fail("'" + group.name + "(' is never closed");
      if (take(')')) return group;
      if (take(',')) continue;
      if (peek() == '"') {
        group.arguments.push_back(quoted());
      } else {
        std::string value = word();
        if (value.empty()) fail(std::string("found '") + peek() + "' between the parentheses of '" + group.name + "'");
        group.arguments.push_back(std::move(value));
      }
    }
  }

  // A simple value runs to the semicolon; some writers forget it, so the end of the line ends it too.
  std::string simple_value() {
    while (peek() == ' ' || peek() == '\t') next();
    if (peek() == '"') {
      std::string value = quoted();
      while (peek() == ' ' || peek() == '\t') next();
      take(';');
      return value;
    }
    const size_t begin = at_;
    while (!at_end() && peek() != ';' && peek() != '\n' && peek() != '}') next();
    std::string value(text_.substr(begin, at_ - begin));
    take(';');
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) value.pop_back();
    return value;
  }

  void body(LibertyGroup& group) {
    for (;;) {
      skip_space();
      if (at_end()) fail("the group '" + group.name + "' that begins at line " + std::to_string(group.line) + " is never closed");
      if (take('}')) return;
      if (take(';')) continue;
      const std::string name = word();
      if (name.empty()) fail(std::string("found '") + peek() + "' where a name should be");
      skip_space();
      if (take(':')) {
        group.attributes.push_back({name, {simple_value()}, false});
        continue;
      }
      LibertyGroup inner = parenthesised(name);
      skip_space();
      if (take('{')) {
        body(inner);
        group.groups.push_back(std::move(inner));
      } else {
        take(';');
        group.attributes.push_back({name, std::move(inner.arguments), true});
      }
    }
  }

  std::string_view text_;
  const std::string& origin_;
  size_t at_ = 0;
  int line_ = 1;
};

// Names and plain numbers stand bare; everything else (units such as 1ps, functions, rows of a table) is quoted.
bool needs_quotes(const std::string& value) {
  if (value.empty()) return true;
  const bool name = std::isalpha(static_cast<unsigned char>(value.front())) &&
                    std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  char* end = nullptr;
  std::strtod(value.c_str(), &end);
  return !name && *end != '\0';
}

void append_value(std::string& out, const std::string& value) {
  if (needs_quotes(value)) {
    out += '"' + value + '"';
  } else {
    out += value;
  }
}

void append_group(std::string& out, const LibertyGroup& group, int depth) {
  const std::string indent(static_cast<size_t>(2 * depth), ' ');
  out += indent + group.name + " (";
  for (size_t i = 0; i < group.arguments.size(); ++i) {
    if (i) out += ", ";
    append_value(out, group.arguments[i]);
  }
  out += ") {\n";
  for (const LibertyAttribute& attribute : group.attributes) {
    out += indent + "  " + attribute.name;
    if (attribute.complex) {
      out += " (";
      for (size_t i = 0; i < attribute.values.size(); ++i) {
        if (i) out += ", ";
        append_value(out, attribute.values[i]);
      }
      out += ");\n";
    } else {
      const bool expression = attribute.name == "function" || attribute.name == "next_state" || attribute.name == "clocked_on";
      out += " : ";
      if (expression) {  // a constant function is a string too
        out += '"' + attribute.values.front() + '"';
      } else {
        append_value(out, attribute.values.front());
      }
      out += ";\n";
    }
  }
  for (const LibertyGroup& inner : group.groups) append_group(out, inner, depth + 1);
  out += indent + "}\n";
}

}  // namespace

const LibertyAttribute* LibertyGroup::find_attribute(std::string_view attribute_name) const {
  for (const LibertyAttribute& a : attributes) {
    if (a.name == attribute_name) return &a;
  }
  return nullptr;
}

std::string_view LibertyGroup::attribute(std::string_view attribute_name, std::string_view fallback) const {
  const LibertyAttribute* found = find_attribute(attribute_name);
  return found && !found->values.empty() ? std::string_view(found->values.front()) : fallback;
}

const LibertyGroup* LibertyGroup::find_group(std::string_view group_name) const {
  for (const LibertyGroup& g : groups) {
    if (g.name == group_name) return &g;
  }
  return nullptr;
}

LibertyGroup parse_liberty(std::string_view text, const std::string& origin) { return Reader(text, origin).library(); }

std::string liberty_text(const LibertyGroup& group) {
  std::string out;
  append_group(out, group, 0);
  return out;
}

std::string read_maybe_gzipped(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) {
    throw InputError("The Liberty file " + path.string() + " does not exist or is not a file. Give the path of a .lib or .lib.gz file.");
  }
  gzFile file = gzopen(path.c_str(), "rb");  // passes files through that are not gzip
  if (!file) throw InputError("The Liberty file " + path.string() + " cannot be opened. Check its permissions.");
  gzbuffer(file, 1 << 18);
  std::string bytes;
  std::array<char, 1 << 16> block;
  int got = 0;
  while ((got = gzread(file, block.data(), block.size())) > 0) bytes.append(block.data(), static_cast<size_t>(got));
  int code = Z_OK;
  gzerror(file, &code);
  gzclose(file);
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
    throw InputError("The Liberty file " + path.string() + " is a broken or truncated gzip file. Fetch it again.");
  }
  return bytes;
}

}  // namespace macroscope::hardware
