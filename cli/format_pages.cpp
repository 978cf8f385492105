// SPDX-License-Identifier: Apache-2.0
#include "cli/format_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace macroscope::cli {
namespace {

using formats::Code;
using formats::Element;

std::string specials_of(const Element& e) {
  if (!e.is_minifloat()) return "none";
  switch (e.minifloat().specials) {
    case formats::Specials::ieee: return "ieee: infinities and NaNs";
    case formats::Specials::fn: return "fn: NaN, no infinity";
    case formats::Specials::fnuz: return "fnuz: one NaN, no infinity, no negative zero";
    case formats::Specials::none: break;
  }
  return "none";
}

std::string kind_of(const Element& e) {
  if (e.is_table()) return "table of " + e.table().cell;
  if (e.is_minifloat()) return "minifloat";
  switch (e.integer().kind) {
    case formats::IntegerKind::binary: return "+1 or -1";
    case formats::IntegerKind::ternary: return "-1, 0 or 1";
    case formats::IntegerKind::unsigned_code: return "unsigned integer";
    case formats::IntegerKind::two_complement: break;
  }
  return "integer, symmetric";
}

/// Every finite value once, ascending; at most 8 bits.
std::set<double> finite_values(const Element& e) {
  std::set<double> values;
  for (Code code = 0; code < (1U << e.bits()); ++code)
    if (const double value = e.decode(code); std::isfinite(value)) values.insert(value + 0.0);
  return values;
}

double smallest_positive(const Element& e) {
  if (e.is_minifloat()) {
    const auto& m = e.minifloat();
    return std::ldexp(1.0, m.min_exponent() - m.mantissa_bits);
  }
  if (e.is_integer()) return 1;
  const auto values = finite_values(e);
  const auto at = values.upper_bound(0);
  return at == values.end() ? 0 : *at;
}

char count_mark(int count, char one) { return count == 0 ? '.' : count == 1 ? one : count < 10 ? static_cast<char>('0' + count) : '#'; }

/// "|..2..3|" of what lies at columns 0 ... width - 1.
std::string line_of(const std::map<int, int>& counts, int width, char one) {
  std::string line;
  for (int column = 0; column < width; ++column) {
    const auto at = counts.find(column);
    line += count_mark(at == counts.end() ? 0 : at->second, one);
  }
  return line;
}

}  // namespace

std::string number_text(double value) { return std::isnan(value) ? "nan" : fmt::format("{:.10g}", value); }

nlohmann::json describe(const Element& e) {
  nlohmann::json j{{"format", e.name()}, {"kind", kind_of(e)}, {"bits", e.bits()}, {"largest", e.max_finite()}, {"specials", specials_of(e)}, {"smallest", smallest_positive(e)}};
  if (e.is_minifloat()) {
    const auto& m = e.minifloat();
    j.update({{"exponent_bits", m.exponent_bits}, {"fraction_bits", m.mantissa_bits}, {"bias", m.bias}, {"smallest_normal", std::ldexp(1.0, m.min_exponent())}});
  } else {
    j["block_fraction_bits"] = e.block_fraction_bits();
  }
  return j;
}

nlohmann::json describe(const formats::BlockFormat& f) {
  nlohmann::json j{{"format", f.name}, {"kind", "block"}, {"bits_per_element", f.bits_per_element()}, {"element", f.element.name()},
                   {"block", f.block ? nlohmann::json(f.block) : nlohmann::json("tensor")}, {"scale", f.scale.name()}, {"source", f.source}};
  if (f.planes) j.update({{"planes", f.planes}, {"offset", f.has_offset}, {"scales_a_block", f.scales_a_block()}});
  else j["rule"] = f.rule == formats::ScaleRule::absmax ? "absmax" : "floor";
  if (f.has_tensor_scale) j["tensor_scale"] = "fp32";
  if (f.sub_block) j["microexponent_shared_by"] = f.sub_block;
  return j;
}

nlohmann::json describe_code(const Element& e, Code code) {
  std::string bits = fmt::format("{:0{}b}", code, e.bits());
  if (e.is_minifloat()) {
    const auto exponent = static_cast<std::size_t>(e.minifloat().exponent_bits);
    bits = bits.substr(0, 1) + " " + bits.substr(1, exponent) + (e.minifloat().mantissa_bits ? " " : "") + bits.substr(1 + exponent);
  }
  const double value = e.decode(code);
  nlohmann::json j{{"code", code}, {"bits", bits}, {"value", nullptr}, {"kind", std::isnan(value) ? "nan" : std::isinf(value) ? "infinity" : "finite"}};
  if (std::isfinite(value)) j["value"] = value;
  return j;
}

std::string number_line(const Element& e, int width) {
  const std::set<double> values = finite_values(e);
  const double low = *values.begin(), high = *values.rbegin();
  std::map<int, int> linear;
  for (const double value : values) ++linear[static_cast<int>(std::lround((value - low) / (high - low) * (width - 1)))];
  std::string text = fmt::format("{:>12} {} {}\n", number_text(low), line_of(linear, width, '|'), number_text(high));

  std::map<int, std::map<int, int>> binades;
  std::map<int, bool> mirrored;
  for (const double value : values) {
    if (value <= 0) continue;
    const int exponent = std::ilogb(value);
    ++binades[exponent][static_cast<int>(std::lround((std::ldexp(value, -exponent) - 1) * (width - 1)))];
    mirrored.emplace(exponent, true).first->second &= values.count(-value) > 0;
  }
  for (auto at = binades.rbegin(); at != binades.rend(); ++at)
    text += fmt::format("{:>12} {}\n", fmt::format("2^{}", at->first), line_of(at->second, width, mirrored[at->first] ? '|' : '+'));
  return text;
}

std::string number_line_svg(const Element& e) {
  const std::set<double> values = finite_values(e);
  const double low = *values.begin(), high = *values.rbegin(), smallest = *values.upper_bound(0);
  constexpr double left = 40, width = 880;
  std::string ticks;
  const auto tick = [&](double fraction, double top) {
    ticks += fmt::format("<line x1=\"{0:.2f}\" y1=\"{1}\" x2=\"{0:.2f}\" y2=\"{2}\"/>\n", left + width * fraction, top, top + 40);
  };
  const double decades = std::max(std::log2(high / smallest), 1.0);
  for (const double value : values) {
    tick((value - low) / (high - low), 50);
    if (value > 0) tick(std::log2(value / smallest) / decades, 150);
  }
  const auto label = [&](double x, double y, const char* anchor, const std::string& text) {
    return fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, text);
  };
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"220\" viewBox=\"0 0 960 220\">\n<rect width=\"960\" height=\"220\" fill=\"white\"/>\n"
         "<g font-family=\"sans-serif\" font-size=\"14\" fill=\"#222\">\n" +
         label(left, 30, "start", fmt::format("{}: {} numbers, linear", e.name(), values.size())) + label(left, 110, "start", number_text(low)) +
         label(left + width, 110, "end", number_text(high)) + label(left, 140, "start", "positive ones, logarithmic") +
         label(left, 210, "start", number_text(smallest)) + label(left + width, 210, "end", number_text(high)) +
         "</g>\n<g stroke=\"#1f5fa8\" stroke-width=\"1\">\n" + ticks + "</g>\n</svg>\n";
}

}  // namespace macroscope::cli
