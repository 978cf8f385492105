// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/progress.hpp"
#include "cli/verb.hpp"
#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"
#include "sim/datapath/encode_speed.hpp"
#include "sim/datapath/gemm.hpp"
#include "sim/datapath/gemm_speed.hpp"
#include "sim/datapath/gemv_speed.hpp"

namespace macroscope::cli {
namespace {

using datapath::GemmShape;

struct Options {
  std::string pattern;
  std::vector<std::string> macs;
  std::vector<std::string> shapes{"1024x1024x1024", "512x1536x576"};
  std::string instruction_set;
  std::string explained;
  double seconds = 0.5;
};

GemmShape parse_shape(const std::string& text) {
  GemmShape shape;
  int used = 0;
  const int found = std::sscanf(text.c_str(), "%ldx%ldx%ld%n", &shape.m, &shape.n, &shape.k, &used);
  constexpr std::int64_t largest = 16384;
  const bool in_range = std::min({shape.m, shape.n, shape.k}) >= 1 && std::max({shape.m, shape.n, shape.k}) <= largest;
  if (found != 3 || static_cast<std::size_t>(used) != text.size() || !in_range)
    throw InputError("--shape: found '" + text + "', accepted is MxNxK with numbers from 1 to " + std::to_string(largest) + ", such as 512x1536x576");
  return shape;
}

/// One thing to measure; its name is what PATTERN is looked for in.
struct Measurement {
  enum class Kind { gemm, gemv, encode };
  Kind kind;
  std::string name;
  datapath::MacSpec spec;
  GemmShape shape;  ///< of gemm and gemv
};

std::vector<Measurement> choose(const Options& options, const Context& context) {
  std::vector<std::string> macs = options.macs.empty() ? datapath::preset_names(context.mac_folder()) : options.macs;
  std::vector<GemmShape> shapes;
  for (const std::string& text : options.shapes) shapes.push_back(parse_shape(text));
  std::vector<Measurement> all, chosen;
  for (const std::string& name : macs) {
    const datapath::MacSpec spec = context.mac(name);
    if (spec.is_reference()) continue;
    for (const GemmShape& shape : shapes) all.push_back({Measurement::Kind::gemm, "gemm/" + spec.name + "/" + shape.text(), spec, shape});
    const GemmShape one_token{1, 4096, 4096};
    if (spec.weight.planes) all.push_back({Measurement::Kind::gemv, "gemv/" + spec.name + "/" + one_token.text(), spec, one_token});
    all.push_back({Measurement::Kind::encode, "encode/" + spec.name, spec, {}});
  }
  for (const Measurement& m : all)
    if (m.name.find(options.pattern) != std::string::npos) chosen.push_back(m);
  if (!chosen.empty()) return chosen;
  std::vector<std::string> names;
  for (const Measurement& m : all) names.push_back(m.name);
  throw InputError("no benchmark has '" + options.pattern + "' in its name" + accepted_words(options.pattern, names));
}

nlohmann::json measure_gemm(const Measurement& m, const Options& options, const Context& context) {
  const datapath::GemmSpeed speed = datapath::measure_gemm(m.spec, m.shape, context.threads, options.seconds);
  if (!context.json)
    fmt::print("{:<40} {:>9.1f} GMAC/s   FP32 {:>7.1f} GMAC/s   ratio {:>5.2f}   {}, {}\n", m.name, speed.gmacs, speed.fp32_gmacs, speed.ratio(), speed.kernel, speed.instruction_set);
  return {{"mac", speed.mac}, {"isa", speed.instruction_set}, {"threads", speed.threads}, {"shape", speed.shape.text()}, {"gmacs", speed.gmacs},
          {"fp32_gmacs", speed.fp32_gmacs}, {"ratio", speed.ratio()}, {"kernel", speed.kernel}};
}

/// Planes of +-1 against FP32's matrix-vector product, in milliseconds.
nlohmann::json measure_gemv(const Measurement& m, const Options& options, const Context& context) {
  const datapath::GemvSpeed speed = datapath::measure_gemv(m.spec, m.shape.n, m.shape.k, context.threads, options.seconds);
  if (!context.json)
    fmt::print("{:<40} {:>9.3f} ms       FP32 {:>7.3f} ms       ratio {:>5.2f}   binary_coding, {}\n", m.name, speed.seconds * 1e3, speed.fp32_seconds * 1e3, speed.ratio(),
               datapath::gemm_instruction_set());
  return {{"mac", m.spec.name}, {"isa", datapath::gemm_instruction_set()}, {"threads", context.threads}, {"shape", m.shape.text()}, {"milliseconds", speed.seconds * 1e3},
          {"fp32_milliseconds", speed.fp32_seconds * 1e3}, {"ratio", speed.ratio()}, {"kernel", "binary_coding"}};
}

/// 64 MiB of FP32 numbers, which no cache holds, and 3 MiB.
nlohmann::json measure_encode(const Measurement& m, const Options& options, const Context& context) {
  nlohmann::json rows = nlohmann::json::array();
  if (!context.json) fmt::print("{:<40}", m.name);
  for (const auto& [tokens, width] : {std::pair{4096, 4096}, std::pair{512, 1536}}) {
    const datapath::EncodeSpeed speed = datapath::measure_encode(m.spec.activation, tokens, width, context.threads, options.seconds);
    const std::string shape = fmt::format("{}x{}", tokens, width);
    if (!context.json) fmt::print(" {}: {:>6.2f} Gelement/s, read alone {:>6.2f}  ", shape, speed.elements / 1e9, speed.elements_read / 1e9);
    rows.push_back({{"mac", m.spec.name}, {"isa", datapath::gemm_instruction_set()}, {"threads", context.threads}, {"shape", shape},
                    {"gelements", speed.elements / 1e9}, {"read_gelements", speed.elements_read / 1e9}, {"kernel", "encode"}});
  }
  if (!context.json) fmt::print("\n");
  return rows;
}

/// Which kernel each shape takes, and why those before it cannot.
void explain(const Options& options, Context& context) {
  const datapath::MacSpec spec = context.mac(options.explained);
  if (spec.is_reference()) throw InputError("--explain: '" + spec.name + "' is the FP32 reference; oneDNN multiplies it");
  nlohmann::json rows = nlohmann::json::array();
  for (const std::string& text : options.shapes) {
    const GemmShape shape = parse_shape(text);
    if (!context.json) fmt::print("{} on {}, instruction set {}:\n", spec.name, shape.text(), datapath::gemm_instruction_set());
    for (const datapath::KernelVerdict& v : datapath::explain_gemm(spec, shape)) {
      const bool taken = v.objection.empty();
      if (!context.json) fmt::print("  {:<15} {}{}\n", v.kernel, taken ? "taken: " : "no: ", taken ? v.what : v.objection);
      rows.push_back({{"mac", spec.name}, {"shape", shape.text()}, {"isa", datapath::gemm_instruction_set()}, {"kernel", v.kernel},
                      {"what", v.what}, {"taken", taken}, {"objection", v.objection}});
    }
  }
  if (context.json) Context::print({{"schema", "macroscope.bench/1"}, {"provenance", context.provenance()}, {"rows", rows}});
}

void run(const Options& options, Context& context) {
  if (!options.instruction_set.empty()) datapath::limit_instruction_set(options.instruction_set);
  if (!options.explained.empty()) return explain(options, context);
  const std::vector<Measurement> measurements = choose(options, context);
  nlohmann::json rows = nlohmann::json::array();
  Progress progress("Measuring speed");
  for (const Measurement& m : measurements) {
    progress.update(static_cast<double>(rows.size()) / static_cast<double>(measurements.size()), m.name);
    switch (m.kind) {
      case Measurement::Kind::gemm: rows.push_back(measure_gemm(m, options, context)); break;
      case Measurement::Kind::gemv: rows.push_back(measure_gemv(m, options, context)); break;
      case Measurement::Kind::encode:
        for (nlohmann::json& row : measure_encode(m, options, context)) rows.push_back(std::move(row));
    }
  }
  if (context.json) Context::print({{"schema", "macroscope.bench/1"}, {"provenance", context.provenance()}, {"rows", rows}});
}

void declare(CLI::App& verb, Context& context) {
  static Options options;
  verb.add_option("PATTERN", options.pattern, "Measure only what has this in its name (gemm, gemv, encode, int8, 1024x1024x1024 ...)");
  verb.add_option("--mac", options.macs, "Preset name or YAML file; repeatable. Default: every preset");
  verb.add_option("--shape", options.shapes, "MxNxK of the multiplications; repeatable")->capture_default_str();
  verb.add_option("--isa", options.instruction_set, "Use no wider instructions than these (scalar, avx2, avx512), for oneDNN's FP32 too");
  verb.add_option("--explain", options.explained, "Measure nothing: say which kernel this preset or YAML file takes for each shape, and why not a faster one");
  verb.add_option("--seconds", options.seconds, "Time for each measurement; the best run counts")->check(CLI::Range(0.01, 60.0))->capture_default_str();
  context.add_json_option(verb);
  verb.footer("Example: macroscope bench gemm --mac mxint8 --shape 512x1536x576");
  verb.callback([&context] { run(options, context); });
}

const Verb registered{"bench", "Speed of the bit-exact multiplications on this machine", declare};

}  // namespace
}  // namespace macroscope::cli
