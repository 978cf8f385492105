// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "cli/verb.hpp"
#include "formats/element.hpp"
#include "formats/input_error.hpp"
#include "sim/datapath/spec_words.hpp"

namespace macroscope::cli {
namespace {

using formats::Code;
using formats::Element;

struct Options {
  std::string name;
  std::vector<std::string> numbers;
  std::string rounding = "rne";
  std::string overflow = "saturate";
  bool exhaustive = false;
};

/// The formats that are listed without a name; any eXmY and intN works.
const std::vector<std::string> well_known{"int8", "int4", "e4m3", "e5m2", "e3m4", "e4m3fnuz", "e5m2fnuz", "e2m3", "e3m2", "e2m1", "bf16", "fp16"};

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

nlohmann::json describe(const Element& e) {
  nlohmann::json j{{"format", e.name()}, {"bits", e.bits()}, {"largest", e.max_finite()}, {"specials", specials_of(e)}};
  if (e.is_minifloat()) {
    const auto& m = e.minifloat();
    j.update({{"exponent_bits", m.exponent_bits}, {"fraction_bits", m.mantissa_bits}, {"bias", m.bias},
              {"smallest_normal", std::ldexp(1.0, m.min_exponent())}, {"smallest", std::ldexp(1.0, m.min_exponent() - m.mantissa_bits)}});
  } else {
    j.update({{"smallest", 1}, {"block_fraction_bits", e.block_fraction_bits()}});
  }
  return j;
}

/// Sign, exponent and fraction apart for a minifloat.
std::string bit_text(const Element& e, Code code) {
  const std::string digits = fmt::format("{:0{}b}", code, e.bits());
  if (!e.is_minifloat()) return digits;
  const auto exponent = static_cast<std::size_t>(e.minifloat().exponent_bits);
  return digits.substr(0, 1) + " " + digits.substr(1, exponent) + " " + digits.substr(1 + exponent);
}

/// `value` is null for what JSON has no number for; `kind` says which it is.
nlohmann::json describe_code(const Element& e, Code code) {
  const double value = e.decode(code);
  nlohmann::json j{{"code", code}, {"bits", bit_text(e, code)}, {"value", nullptr}, {"kind", std::isnan(value) ? "nan" : std::isinf(value) ? "infinity" : "finite"}};
  if (std::isfinite(value)) j["value"] = value;
  return j;
}

double parse_number(const std::string& text) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::out_of_range&) {
    throw InputError("--encode: '" + text + "' lies beyond a double");
  } catch (const std::invalid_argument&) {
    used = 0;
  }
  if (used != text.size() || text.empty()) throw InputError("--encode: found '" + text + "', accepted are numbers such as 0.1, 0x1.8p-3, -inf or nan");
  return value;
}

std::string number_text(double value) { return std::isnan(value) ? "nan" : fmt::format("{:.10g}", value); }

nlohmann::json list_rows(bool json) {
  nlohmann::json rows = nlohmann::json::array();
  if (!json) fmt::print("{:10} {:>5} {:>12} {:>12}  {}\n", "format", "bits", "largest", "smallest", "special values");
  for (const std::string& name : well_known) {
    rows.push_back(describe(Element::parse(name, "formats")));
    const auto& r = rows.back();
    if (!json) fmt::print("{:10} {:>5} {:>12.6g} {:>12.6g}  {}\n", name, r["bits"].get<int>(), r["largest"].get<double>(), r["smallest"].get<double>(), r["specials"].get<std::string>());
  }
  if (!json) fmt::print("Any other intN (N 2 to 16) or eXmY up to 16 bits works too, with a suffix ieee, fn, fnuz or none.\n");
  return rows;
}

nlohmann::json encode_rows(const Element& e, const Options& options, bool json) {
  formats::Rounding rounding = formats::Rounding::rne;
  formats::Overflow overflow = formats::Overflow::saturate;
  for (const auto& [word, value] : datapath::rounding_words())
    if (word == options.rounding) rounding = value;
  for (const auto& [word, value] : datapath::overflow_words())
    if (word == options.overflow) overflow = value;
  nlohmann::json rows = nlohmann::json::array();
  for (const std::string& text : options.numbers) {
    const double input = parse_number(text);
    const Code code = e.encode(input, rounding, overflow);
    nlohmann::json row = describe_code(e, code);
    row["input"] = std::isfinite(input) ? nlohmann::json(input) : nlohmann::json(text);
    if (!json) fmt::print("{:>16} -> code {:>5} (0x{:x}, {})  {}\n", text, code, code, bit_text(e, code), number_text(e.decode(code)));
    rows.push_back(std::move(row));
  }
  return rows;
}

nlohmann::json code_rows(const Element& e, bool json) {
  nlohmann::json rows = nlohmann::json::array();
  for (std::uint32_t code = 0; code < (1U << e.bits()); ++code) {
    rows.push_back(describe_code(e, static_cast<Code>(code)));
    if (!json) fmt::print("{:>5}  0x{:0{}x}  {}  {}\n", code, code, (e.bits() + 3) / 4, bit_text(e, static_cast<Code>(code)), number_text(e.decode(static_cast<Code>(code))));
  }
  return rows;
}

nlohmann::json summary_row(const Element& e, bool json) {
  const nlohmann::json j = describe(e);
  if (!json)
    for (const auto& [key, value] : j.items()) fmt::print("{:20} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  return nlohmann::json::array({j});
}

void run(const Options& options, const Context& context) {
  nlohmann::json rows;
  if (options.name.empty()) {
    if (!options.numbers.empty() || options.exhaustive) throw InputError("--encode and --exhaustive need the NAME of a format, for example: macroscope formats e4m3 --encode 0.1");
    rows = list_rows(context.json);
  } else {
    const Element element = Element::parse(options.name, "formats");
    if (element.is_fp32()) throw InputError("formats: fp32 operands are not quantized and have no codes here; name another format, such as bf16");
    if (!options.numbers.empty()) rows = encode_rows(element, options, context.json);
    else rows = options.exhaustive ? code_rows(element, context.json) : summary_row(element, context.json);
  }
  if (context.json) Context::print({{"schema", "macroscope.formats/1"}, {"provenance", context.provenance()}, {"rows", rows}});
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("NAME", options.name, "intN, eXmY[ieee|fn|fnuz|none], bf16 or fp16; without one, well-known formats are listed");
  verb.add_option("--encode", options.numbers, "Numbers to encode: code, bits and the value that the code stands for (--encode=-inf for what begins with a minus and a letter)")->allow_extra_args();
  verb.add_option("--round", options.rounding, "Rounding of --encode")->check(CLI::IsMember(datapath::names(datapath::rounding_words())))->capture_default_str();
  verb.add_option("--overflow", options.overflow, "What --encode makes of numbers beyond the largest")
      ->check(CLI::IsMember(datapath::names(datapath::overflow_words())))->capture_default_str();
  verb.add_flag("--exhaustive", options.exhaustive, "Every code of the format");
  context.add_json_option(verb);
  verb.footer("Example: macroscope formats e4m3 --encode 400 0.1 -- prints codes 0x7c and 0x1d");
  verb.callback([&context] { run(options, context); });
}

const Verb registered{"formats", "What a bit pattern means: ranges, codes and encodings of number formats", declare};

}  // namespace
}  // namespace macroscope::cli
