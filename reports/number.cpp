// SPDX-License-Identifier: Apache-2.0
#include "reports/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace macroscope::reports {
namespace {

constexpr const char* thin_space = "\u202f";  // narrow and not breaking
constexpr const char* minus_sign = "\u2212";

std::string grouped(std::string digits) {
  const bool negative = !digits.empty() && digits.front() == '-';
  if (negative) digits.erase(0, 1);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  if (point > 4)
    for (std::size_t i = point; i > 3; i -= 3) digits.insert(i - 3, i - 3 > 0 ? thin_space : "");
  return (negative ? minus_sign : "") + digits;
}

int exponent10(double value) { return value == 0.0 ? 0 : static_cast<int>(std::floor(std::log10(std::fabs(value)))); }

}  // namespace

std::string significant(double value, int digits) {
  if (std::isnan(value)) return "not a number";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  int decimals = digits - 1 - exponent10(value);
  // rounding may carry into a new leading digit (9.996 -> 10.0): look at the rounded value
  const double unit = std::pow(10.0, -decimals);
  decimals = digits - 1 - exponent10(std::round(value / unit) * unit);
  if (decimals >= 0) return grouped(fmt::format("{:.{}f}", value, std::min(decimals, 15)));
  const double coarse = std::pow(10.0, -decimals);
  return grouped(fmt::format("{:.0f}", std::round(value / coarse) * coarse));
}

std::string whole(double value) { return grouped(fmt::format("{:.0f}", value)); }

std::string times(double ratio) {
  return (ratio >= 0.0995 && ratio < 10.0 ? fmt::format("{:.2f}", ratio) : significant(ratio, ratio < 1.0 ? 2 : 3)) + "×";
}

std::string percent_change(double ratio) {
  const double percent = std::round((ratio - 1.0) * 100.0);
  if (percent == 0.0) return "±0\u202f%";
  return (percent > 0 ? "+" : "") + grouped(fmt::format("{:.0f}", percent)) + "\u202f%";
}

std::string with_prefix(double value, const std::string& unit, int digits) {
  static constexpr std::array<const char*, 9> prefixes{"f", "p", "n", "µ", "m", "", "k", "M", "G"};
  const int step = value == 0.0 ? 0 : static_cast<int>(std::floor(exponent10(value) / 3.0));
  const int index = std::clamp(step + 5, 0, 8);
  return significant(value / std::pow(1000.0, index - 5), digits) + "\u202f" + prefixes[static_cast<std::size_t>(index)] + unit;
}

std::string joined(const std::vector<std::string>& words, const std::string& conjunction) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + conjunction + " " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace macroscope::reports
