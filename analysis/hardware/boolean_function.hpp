// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace macroscope::hardware {

/// A Liberty Boolean expression, as in `function`, `next_state` and `when`. Operators from the tightest: `!x` and `x'`,
/// `^`, then AND (`*`, `&` or a space), then OR (`+`, `|`). Constants are `0` and `1`.
class BooleanFunction {
 public:
  /// Throws InputError naming `origin` when `expression` is not such an expression.
  BooleanFunction(std::string_view expression, const std::string& origin);

  /// The value where each variable has the value that `value_of` gives for its name.
  [[nodiscard]] bool evaluate(const std::function<bool(const std::string&)>& value_of) const;

  /// Names that occur, each once, in the order of their first occurrence.
  [[nodiscard]] const std::vector<std::string>& variables() const { return variables_; }

 private:
  enum class Step : uint8_t { variable, constant, invert, conjunction, disjunction, exclusive };
  struct Instruction {
    Step step;
    int operand;
  };
  friend class BooleanParser;

  std::vector<std::string> variables_;
  std::vector<Instruction> program_;  // reverse Polish
};

/// A function of at most `max_inputs` variables as a bit per minterm: bit m is the value where input i is bit i of m.
struct TruthTable {
  static constexpr int max_inputs = 6;
  uint64_t bits = 0;
  int inputs = 0;

  [[nodiscard]] bool at(unsigned minterm) const { return (bits >> minterm) & 1; }
  /// True where flipping input `input` at `minterm` flips the function.
  [[nodiscard]] bool sensitive(unsigned minterm, int input) const { return at(minterm) != at(minterm ^ (1U << input)); }
  friend bool operator==(const TruthTable& a, const TruthTable& b) { return a.bits == b.bits && a.inputs == b.inputs; }
};

/// Tabulates `function` over `inputs` (bit i of the minterm is inputs[i]). Precondition: at most 6 inputs, which hold all
/// variables of the function.
TruthTable tabulate(const BooleanFunction& function, const std::vector<std::string>& inputs);

}  // namespace macroscope::hardware
