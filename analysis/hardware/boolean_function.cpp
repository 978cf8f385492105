// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/boolean_function.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "formats/input_error.hpp"

namespace macroscope::hardware {

class BooleanParser {
 public:
  BooleanParser(std::string_view text, const std::string& origin, BooleanFunction& out)
      : text_(text), origin_(origin), out_(out) {}

  void run() {
    disjunction();
    if (peek() != '\0') fail();
  }

 private:
  using Step = BooleanFunction::Step;

  [[noreturn]] void fail() const {
    throw InputError(origin_ + ": the Boolean expression '" + std::string(text_) + "' cannot be read at column " +
                     std::to_string(at_ + 1) + "; accepted are names, 0, 1, ! ' ^ * & + | and parentheses.");
  }
  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  static bool in_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '[' || c == ']' || c == '.';
  }
  void emit(Step step, int operand = 0) { out_.program_.push_back({step, operand}); }

  void disjunction() {
    conjunction();
    while (peek() == '+' || peek() == '|') {
      skip_doubled();
      conjunction();
      emit(Step::disjunction);
    }
  }
  void conjunction() {
    exclusive();
    for (char c = peek(); c == '*' || c == '&' || c == '(' || c == '!' || in_name(c); c = peek()) {
      if (c == '*' || c == '&') skip_doubled();
      exclusive();
      emit(Step::conjunction);
    }
  }
  void exclusive() {
    inverted();
    while (peek() == '^') {
      ++at_;
      inverted();
      emit(Step::exclusive);
    }
  }
  void skip_doubled() {
    const char c = text_[at_++];
    if (at_ < text_.size() && text_[at_] == c) ++at_;
  }
  void inverted() {
    if (peek() == '!') {
      ++at_;
      inverted();
      emit(Step::invert);
      return;
    }
    primary();
    while (peek() == '\'') {
      ++at_;
      emit(Step::invert);
    }
  }
  void primary() {
    const char c = peek();
    if (c == '(') {
      ++at_;
      disjunction();
      if (peek() != ')') fail();
      ++at_;
      return;
    }
    if (!in_name(c)) fail();
    const size_t begin = at_;
    while (at_ < text_.size() && in_name(text_[at_])) ++at_;
    const std::string name(text_.substr(begin, at_ - begin));
    if (name == "0" || name == "1") {
      emit(Step::constant, name == "1");
      return;
    }
    auto& names = out_.variables_;
    auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) found = names.insert(names.end(), name);
    emit(Step::variable, static_cast<int>(found - names.begin()));
  }

  std::string_view text_;
  const std::string& origin_;
  BooleanFunction& out_;
  size_t at_ = 0;
};

BooleanFunction::BooleanFunction(std::string_view expression, const std::string& origin) {
  BooleanParser(expression, origin, *this).run();
}

bool BooleanFunction::evaluate(const std::function<bool(const std::string&)>& value_of) const {
  std::vector<bool> stack;
  const auto pop = [&stack] {
    const bool top = stack.back();
    stack.pop_back();
    return top;
  };
  for (const Instruction& i : program_) {
    switch (i.step) {
      case Step::variable: stack.push_back(value_of(variables_[static_cast<size_t>(i.operand)])); break;
      case Step::constant: stack.push_back(i.operand != 0); break;
      case Step::invert: stack.back() = !stack.back(); break;
      case Step::conjunction: { const bool b = pop(); stack.back() = stack.back() && b; break; }
      case Step::disjunction: { const bool b = pop(); stack.back() = stack.back() || b; break; }
      case Step::exclusive: { const bool b = pop(); stack.back() = stack.back() != b; break; }
    }
  }
  return stack.back();
}

TruthTable tabulate(const BooleanFunction& function, const std::vector<std::string>& inputs) {
  if (inputs.size() > TruthTable::max_inputs) throw std::logic_error("a truth table has at most 6 inputs");
  TruthTable table;
  table.inputs = static_cast<int>(inputs.size());
  for (unsigned minterm = 0; minterm < (1U << inputs.size()); ++minterm) {
    const bool value = function.evaluate([&](const std::string& name) {
      const auto found = std::find(inputs.begin(), inputs.end(), name);
      if (found == inputs.end()) throw std::logic_error("the function has a variable that is no input: " + name);
      return ((minterm >> (found - inputs.begin())) & 1U) != 0;
    });
    if (value) table.bits |= uint64_t{1} << minterm;
  }
  return table;
}

}  // namespace macroscope::hardware
