// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <thread>

#include "cli/format_pages.hpp"
#include "cli/progress.hpp"
#include "cli/verb.hpp"
#include "formats/atomic_file.hpp"
#include "formats/block_format.hpp"
#include "formats/code_digest.hpp"
#include "formats/element.hpp"
#include "formats/input_error.hpp"
#include "formats/quantization_theory.hpp"
#include "formats/suggestion.hpp"

namespace macroscope::cli {
namespace {

using formats::BlockFormat;
using formats::Code;
using formats::Element;

struct Options {
  std::string name;
  std::vector<std::string> numbers;
  std::string file;
  std::string rounding = "rne";
  std::string overflow = "saturate";
  std::string subnormals = "keep";
  std::string rule;
  std::string svg;
  std::uint64_t seed = 0;
  bool exhaustive = false;
};

const std::map<std::string, formats::Rounding> roundings{
    {"rne", formats::Rounding::rne}, {"half_away", formats::Rounding::half_away}, {"truncate", formats::Rounding::truncate}, {"stochastic", formats::Rounding::stochastic}};
const std::map<std::string, formats::Overflow> overflows{{"saturate", formats::Overflow::saturate}, {"nan", formats::Overflow::nan}, {"inf", formats::Overflow::inf}};
const std::map<std::string, formats::Subnormals> subnormal_words{{"keep", formats::Subnormals::keep}, {"flush", formats::Subnormals::flush}};
const std::map<std::string, formats::ScaleRule> rules{{"absmax", formats::ScaleRule::absmax}, {"floor", formats::ScaleRule::floor}, {"ceil", formats::ScaleRule::ceil},
                                                      {"nearest", formats::ScaleRule::nearest}, {"mse", formats::ScaleRule::mse}};

template <class Value>
std::vector<std::string> words(const std::map<std::string, Value>& table) {
  std::vector<std::string> all;
  for (const auto& entry : table) all.push_back(entry.first);
  return all;
}

/// The elements that are listed without a name; any eXmY, intN and uintN works.
const std::vector<std::string> well_known{"int8", "int4", "int16", "uint8", "uint4", "ternary", "binary", "e4m3", "e5m2", "e3m4", "e2m5", "e4m3fnuz", "e5m2fnuz", "e4m3ieee",
                                          "e2m3", "e3m2", "e2m1", "pot4", "pot2x2", "nf4", "dint4", "bf16", "fp16", "tf32", "fp22"};

double parse_number(const std::string& text, const std::string& where) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::out_of_range&) {
    throw InputError(where + ": '" + text + "' lies beyond a double");
  } catch (const std::invalid_argument&) {
    used = 0;
  }
  if (used != text.size() || text.empty()) throw InputError(where + ": found '" + text + "', accepted are numbers such as 0.1, 0x1.8p-3, -inf or nan");
  return value;
}

/// The numbers of --encode, then those of --file with one a line (empty lines and lines that begin with # are passed over).
std::vector<std::string> number_texts(const Options& options) {
  std::vector<std::string> texts = options.numbers;
  if (options.file.empty()) return texts;
  std::ifstream file(options.file);
  if (!file) throw InputError("--file: cannot read " + options.file + "; accepted is a text file with one number a line");
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    texts.push_back(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
    parse_number(texts.back(), options.file + ", line " + std::to_string(number));
  }
  if (texts.empty()) throw InputError("--file: " + options.file + " holds no numbers; accepted is one number a line");
  return texts;
}

formats::BlockEncoding encoding_of(const Options& options) {
  return {roundings.at(options.rounding), overflows.at(options.overflow), subnormal_words.at(options.subnormals), options.seed, 15};
}

struct Crossover {
  const char* integer;
  const char* minifloat;
  int bits;
  formats::FloatShape shape;
  double rho;
  int group;
};

/// The four pairs of arXiv 2510.25602, with the scale overheads of its authors' script.
constexpr Crossover crossovers[] = {{"mxint8", "mxfp8_e4m3", 8, {3, 7, 448}, 1.5, 0}, {"mxint6", "mxfp6_e2m3", 6, {3, 1, 7.5}, 1.5, 0},
                                    {"mxint4", "mxfp4_e2m1", 4, {1, 1, 6}, 1.5, 0}, {"nvint4", "nvfp4", 4, {1, 1, 6}, 1.05, 16}};

nlohmann::json list_rows(bool json) {
  nlohmann::json rows = nlohmann::json::array();
  if (!json) fmt::print("{:14} {:>5} {:>12} {:>12}  {:22} {}\n", "element", "bits", "largest", "smallest", "kind", "special values");
  for (const std::string& name : well_known) {
    rows.push_back(describe(Element::parse(name, "formats")));
    const auto& r = rows.back();
    if (!json) fmt::print("{:14} {:>5} {:>12.6g} {:>12.6g}  {:22} {}\n", name, r["bits"].get<int>(), r["largest"].get<double>(), r["smallest"].get<double>(),
                          r["kind"].get<std::string>(), r["specials"].get<std::string>());
  }
  if (!json) fmt::print("\n{:14} {:>5} {:>12} {:>12}  {:22} {}\n", "block format", "bits", "element", "block", "scale", "source");
  for (const BlockFormat& f : formats::block_formats()) {
    rows.push_back(describe(f));
    std::string scale = f.scale.name();
    if (f.planes) scale = fmt::format("{} {} each", f.scales_a_block(), scale);
    if (f.has_tensor_scale) scale += " under fp32";
    if (f.sub_block) scale += fmt::format(", 1 bit for {}", f.sub_block);
    if (!json) fmt::print("{:14} {:>5.4g} {:>12} {:>12}  {:22} {}\n", f.name, f.bits_per_element(), f.planes ? fmt::format("{} plane{}", f.planes, f.planes > 1 ? "s" : "") : f.element.name(),
                          f.block ? std::to_string(f.block) : "tensor", scale, f.source);
  }
  if (json) return rows;
  fmt::print("Any other intN, uintN (N up to 16), potN or eXmY (8 exponent bits, 32 in all; suffix ieee, fn, fnuz or none) works too, and\n"
             "ELEMENT_gN or ELEMENT_tensor: FP32 absmax scales for groups of N or for all. Bits are per element, scales included.\n\n"
             "Crest factor (maximum / standard deviation) of Gaussian blocks below which the integer has the higher QSNR (arXiv 2510.25602):\n");
  for (const Crossover& c : crossovers) {
    const double kappa = formats::crossover_crest_factor(c.bits, c.shape, c.rho, c.group);
    fmt::print("{:>8} against {:10} {:>5.2f}  ({:.2f} dB)\n", c.integer, c.minifloat, kappa, formats::integer_qsnr(c.bits, kappa, c.rho, c.group));
  }
  return rows;
}

nlohmann::json encode_rows(const Element& e, const Options& options, bool json) {
  const formats::BlockEncoding how = encoding_of(options);
  nlohmann::json rows = nlohmann::json::array();
  for (const std::string& text : number_texts(options)) {
    const double input = parse_number(text, "--encode");
    const std::uint32_t random = formats::random_word(how.seed, rows.size());
    const Code code = e.encode(input, how.rounding, how.overflow, how.subnormals, random);
    nlohmann::json row = describe_code(e, code);
    row["input"] = std::isfinite(input) ? nlohmann::json(input) : nlohmann::json(text);
    if (!json) fmt::print("{:>16} -> code {:>5} (0x{:x}, {})  {}\n", text, code, code, row["bits"].get<std::string>(), number_text(e.decode(code)));
    rows.push_back(std::move(row));
  }
  return rows;
}

nlohmann::json element_page(const Element& e, bool json) {
  nlohmann::json row = describe(e);
  if (!json)
    for (const auto& [key, value] : row.items()) fmt::print("{:20} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  if (e.bits() > 8) {
    if (!json) fmt::print("{} codes: too many to print; --encode shows single ones\n", std::uint64_t{1} << e.bits());
    return nlohmann::json::array({row});
  }
  nlohmann::json values = nlohmann::json::array();
  if (!json) fmt::print("\n");
  for (Code code = 0; code < (1U << e.bits()); ++code) {
    values.push_back(describe_code(e, code));
    if (!json) fmt::print("{:>5}  0x{:0{}x}  {}  {}\n", code, code, (e.bits() + 3) / 4, values.back()["bits"].get<std::string>(), number_text(e.decode(code)));
  }
  if (!json)
    fmt::print("\nNumber line, then its positive half binade by binade (a column with more than one number shows how many; + has no negative twin):\n{}", number_line(e));
  row["values"] = std::move(values);
  return nlohmann::json::array({row});
}

/// Ratio of the finite inputs' energy to their errors' in dB; empty where something is not finite, or for no error or no input.
std::optional<double> qsnr(const std::vector<float>& x, const std::vector<double>& y) {
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = static_cast<double>(x[i]);
    signal += value * value;
    noise += (value - y[i]) * (value - y[i]);
  }
  if (!std::isfinite(noise) || !(noise > 0) || !(signal > 0)) return std::nullopt;
  return 10 * std::log10(signal / noise);
}

double scale_value(const BlockFormat& f, Code code) {
  switch (f.scale.kind) {
    case formats::ScaleFormat::Kind::e8m0: return formats::decode_e8m0(static_cast<std::uint8_t>(code));
    case formats::ScaleFormat::Kind::fp32: return formats::decode(*formats::parse_minifloat("e8m23"), code);
    case formats::ScaleFormat::Kind::minifloat: break;
  }
  return formats::decode(*f.scale.minifloat, code);
}

nlohmann::json finite_or_null(double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr); }

nlohmann::json block_rows(const BlockFormat& f, const Options& options, bool json, nlohmann::json& document) {
  std::vector<float> x;
  for (const std::string& text : number_texts(options)) x.push_back(static_cast<float>(parse_number(text, "--encode")));
  const formats::EncodedSpan span = formats::encode(f, x.data(), static_cast<std::int64_t>(x.size()), encoding_of(options));
  const std::vector<double> values = formats::decode(f, span);
  const std::int64_t bits = f.storage_bits(span.count);
  const auto ratio = qsnr(x, values);

  nlohmann::json scales = nlohmann::json::array();
  for (const Code code : span.scales) scales.push_back({{"code", code}, {"value", finite_or_null(scale_value(f, code))}});
  std::string packed;
  for (const std::uint8_t byte : formats::pack(f, span)) packed += fmt::format("{:02x}", byte);
  document["span"] = {{"format", f.name}, {"scales", scales}, {"storage_bits", bits}, {"bits_per_element", static_cast<double>(bits) / static_cast<double>(x.size())},
                      {"packed", packed}, {"qsnr_db", ratio ? nlohmann::json(*ratio) : nlohmann::json(nullptr)}};
  if (f.has_tensor_scale) document["span"]["tensor_scale"] = finite_or_null(static_cast<double>(span.tensor_scale));
  if (f.sub_block) document["span"]["microexponents"] = span.micro;

  nlohmann::json rows = nlohmann::json::array();
  if (!json && f.has_tensor_scale) fmt::print("tensor scale {}\n", number_text(static_cast<double>(span.tensor_scale)));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t block = f.block ? i / static_cast<std::size_t>(f.block) : 0;
    const bool first_of_block = f.block ? i % static_cast<std::size_t>(f.block) == 0 : i == 0;
    if (!json && first_of_block)
      for (int s = 0; s < f.scales_a_block(); ++s) {
        const Code code = span.scales[block * static_cast<std::size_t>(f.scales_a_block()) + static_cast<std::size_t>(s)];
        const std::string what = !f.planes ? "scale" : s < f.planes ? fmt::format("alpha {}", s) : "offset";
        fmt::print("block {}: {} code 0x{:x} = {}\n", block, what, code, number_text(scale_value(f, code)));
      }
    nlohmann::json row = f.planes ? nlohmann::json{{"code", span.codes[i]}, {"bits", fmt::format("{:0{}b}", span.codes[i], f.planes)}} : describe_code(f.element, span.codes[i]);
    row["value"] = finite_or_null(values[i]);
    row["kind"] = std::isnan(values[i]) ? "nan" : std::isinf(values[i]) ? "infinity" : "finite";
    row["input"] = std::isfinite(x[i]) ? nlohmann::json(x[i]) : nlohmann::json(number_text(static_cast<double>(x[i])));
    row["block"] = block;
    if (!json) fmt::print("{:>16} -> code {:>5} (0x{:x}, {})  {}\n", number_text(static_cast<double>(x[i])), span.codes[i], span.codes[i], row["bits"].get<std::string>(), number_text(values[i]));
    rows.push_back(std::move(row));
  }
  if (!json) fmt::print("{} elements in {} bits ({:.4g} an element, scales included){}\npacked {}\n", x.size(), bits, static_cast<double>(bits) / static_cast<double>(x.size()),
                        ratio ? fmt::format(", QSNR {:.2f} dB", *ratio) : "", packed);
  return rows;
}

nlohmann::json block_page(const BlockFormat& f, bool json) {
  const nlohmann::json row = describe(f);
  if (!json) {
    for (const auto& [key, value] : row.items()) fmt::print("{:24} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
    fmt::print("Its elements: macroscope formats {}. A block's codes: macroscope formats {} --file NUMBERS\n", f.element.name(), f.name);
  }
  return nlohmann::json::array({row});
}

/// format -> digests of the 512 chunks, as ml_dtypes made them.
std::map<std::string, std::vector<std::uint32_t>> read_digests(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw InputError("cannot read " + path.string() + "; tests/formats/make_ml_dtypes_digests.py writes it");
  std::map<std::string, std::vector<std::uint32_t>> digests;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    char name[32];
    unsigned chunk = 0, digest = 0;
    if (std::sscanf(line.c_str(), "%31[^,],%u,%x", name, &chunk, &digest) != 3 || digests[name].size() != chunk)
      throw InputError(path.string() + ": found the line '" + line + "', accepted is format,chunk,digest with chunks from 0 in order");
    digests[name].push_back(digest);
  }
  return digests;
}

/// The sign and exponent that a chunk's numbers share.
std::string chunk_text(int chunk) {
  const int field = chunk & 255;
  const std::string sign = chunk >> 8 ? "-" : "+";
  return sign + (field == 255 ? "infinity and NaNs" : field == 0 ? "0 and subnormals" : fmt::format("2^{}", field - 127));
}

/// Digests of all chunks on `threads` threads.
std::vector<std::uint32_t> digests_of(const formats::SharedFormat& format, int threads) {
  std::vector<std::uint32_t> found(formats::digest_chunks);
  std::atomic<int> next{0};
  const auto work = [&] {
    for (int chunk = next++; chunk < formats::digest_chunks; chunk = next++) found[static_cast<std::size_t>(chunk)] = formats::code_digest(format, chunk);
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  return found;
}

nlohmann::json exhaustive_rows(const Options& options, Context& context) {
  const auto expected = read_digests(context.home / "formats" / "ml_dtypes_digests.csv");
  std::vector<formats::SharedFormat> chosen;
  std::vector<std::string> names;
  for (const auto& format : formats::formats_shared_with_ml_dtypes()) {
    names.push_back(format.name);
    if (options.name.empty() || options.name == format.name) chosen.push_back(format);
  }
  if (chosen.empty()) throw InputError("--exhaustive: ml_dtypes has no format '" + options.name + "'" + accepted_words(options.name, names));
  nlohmann::json rows = nlohmann::json::array();
  Progress progress("encoding every FP32 number");
  for (const auto& format : chosen) {
    progress.update(static_cast<double>(rows.size()) / static_cast<double>(chosen.size()), format.name);
    const auto at = expected.find(format.name);
    if (at == expected.end() || at->second.size() != formats::digest_chunks)
      throw InputError("formats/ml_dtypes_digests.csv: no 512 digests of " + format.name + "; tests/formats/make_ml_dtypes_digests.py writes them");
    const std::vector<std::uint32_t> found = digests_of(format, context.threads);
    nlohmann::json differing = nlohmann::json::array();
    for (int chunk = 0; chunk < formats::digest_chunks; ++chunk)
      if (found[static_cast<std::size_t>(chunk)] != at->second[static_cast<std::size_t>(chunk)]) differing.push_back(chunk_text(chunk));
    if (!differing.empty()) context.exit_code = 1;
    if (!context.json)
      fmt::print("{:10} {:18} {} numbers: {}\n", format.name, format.ml_dtypes, std::uint64_t{1} << 32,
                 differing.empty() ? "every code equal" : fmt::format("{} of 512 chunks DIFFER, the first at {}", differing.size(), differing[0].get<std::string>()));
    std::fflush(stdout);
    rows.push_back({{"format", format.name}, {"ml_dtypes", format.ml_dtypes}, {"numbers", std::uint64_t{1} << 32}, {"differing_chunks", differing}});
  }
  return rows;
}

std::optional<Element> find_element(const std::string& name) {
  try {
    return Element::parse(name, "formats");
  } catch (const InputError&) {
    return std::nullopt;
  }
}

BlockFormat block_format(const Options& options) {
  auto format = formats::find_block_format(options.name);
  if (!format) {
    std::vector<std::string> names = well_known;
    for (const BlockFormat& f : formats::block_formats()) names.push_back(f.name);
    throw InputError("formats: unknown format '" + options.name + "'" + accepted_words(options.name, names) + ", any eXmY, intN, uintN or potN, ELEMENT_gN and ELEMENT_tensor");
  }
  if (options.rule.empty()) return *format;
  const formats::ScaleRule rule = rules.at(options.rule);
  const bool shared_exponent = format->scale.kind == formats::ScaleFormat::Kind::e8m0;
  if (format->planes) throw InputError("--rule: found " + options.rule + ", but the scales of " + format->name + " are fitted; remove --rule");
  if (format->sub_block && rule != formats::ScaleRule::floor) throw InputError("--rule: found " + options.rule + ", microexponents accept floor alone");
  if (rule != formats::ScaleRule::mse && shared_exponent == (rule == formats::ScaleRule::absmax))
    throw InputError("--rule: found " + options.rule + ", the scales of " + format->name + " accept " + (shared_exponent ? "floor, ceil, nearest or mse" : "absmax or mse"));
  format->rule = rule;
  return *format;
}

void write_svg(const Element& element, const std::string& path) {
  if (element.bits() > 8) throw InputError("--svg: " + element.name() + " has " + std::to_string(element.bits()) + " bits, accepted are elements of at most 8");
  write_file_atomically(path, number_line_svg(element));
}

void run(const Options& options, Context& context) {
  const bool numbers = !options.numbers.empty() || !options.file.empty();
  nlohmann::json document{{"schema", "macroscope.formats/1"}, {"provenance", context.provenance()}};
  if (options.exhaustive) {
    if (numbers) throw InputError("--exhaustive encodes every FP32 number; remove --encode and --file");
    document["rows"] = exhaustive_rows(options, context);
  } else if (options.name.empty()) {
    if (numbers || !options.svg.empty()) throw InputError("--encode, --file and --svg need the NAME of a format, for example: macroscope formats e4m3 --encode 0.1");
    document["rows"] = list_rows(context.json);
  } else if (const auto element = find_element(options.name)) {
    if (element->is_fp32()) throw InputError("formats: fp32 operands are not quantized and have no codes here; name another format, such as e8m23 or bf16");
    if (!options.rule.empty()) throw InputError("--rule: " + options.name + " is an element without a scale; accepted with block formats such as mxfp8_e4m3");
    if (!options.svg.empty()) write_svg(*element, options.svg);
    document["rows"] = numbers ? encode_rows(*element, options, context.json) : element_page(*element, context.json);
  } else {
    const BlockFormat format = block_format(options);
    if (!options.svg.empty()) throw InputError("--svg: " + options.name + " is a block format; accepted are elements, such as " + format.element.name());
    document["rows"] = numbers ? block_rows(format, options, context.json, document) : block_page(format, context.json);
  }
  if (context.json) Context::print(document);
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("NAME", options.name, "An element (intN, uintN, eXmY[ieee|fn|fnuz|none], bf16, nf4 ...) or a block format (mxfp8_e4m3, nvfp4, int4_g128 ...); without one, all are listed");
  verb.add_option("--encode", options.numbers, "Numbers to encode: code, bits and the value that the code stands for (--encode=-inf for what begins with a minus and a letter); to a block format they are one span")
      ->allow_extra_args();
  verb.add_option("--file", options.file, "The same of a text file's numbers, one a line");
  verb.add_option("--round", options.rounding, "Rounding of numbers")->check(CLI::IsMember(words(roundings)))->capture_default_str();
  verb.add_option("--seed", options.seed, "Seed of --round stochastic")->capture_default_str();
  verb.add_option("--overflow", options.overflow, "What becomes of numbers beyond the largest")->check(CLI::IsMember(words(overflows)))->capture_default_str();
  verb.add_option("--subnormals", options.subnormals, "What becomes of numbers below the smallest normal one")->check(CLI::IsMember(words(subnormal_words)))->capture_default_str();
  verb.add_option("--rule", options.rule, "How a block's scale follows from its numbers, in place of the format's own rule")->check(CLI::IsMember(words(rules)));
  verb.add_option("--svg", options.svg, "Writes the number line of an element as a picture to this file");
  verb.add_flag("--exhaustive", options.exhaustive, "Encode all 2^32 FP32 numbers in the formats that ml_dtypes has (or in NAME) and compare with its codes; takes minutes, exit 1 if any differs");
  context.add_json_option(verb);
  verb.footer("Example: macroscope formats e4m3 --encode 400 0.1 -- prints codes 0x7c and 0x1d");
  verb.callback([&context] { run(options, context); });
}

const Verb registered{"formats", "What a bit pattern means: ranges, codes and encodings of number formats", declare};

}  // namespace
}  // namespace macroscope::cli
