// SPDX-License-Identifier: Apache-2.0
// The golden unit against the slow oracle on vectors that are mostly corners.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

#include "sim/datapath/accumulation.hpp"
#include "sim/datapath/gemm.hpp"
#include "sim/datapath/has_rtl.hpp"
#include "sim/datapath/unit_stream.hpp"
#include "tests/datapath/operands.hpp"
#include "tests/datapath/oracle.hpp"

namespace macroscope::datapath::test {
namespace {

/// Codes that break things: zeros, the smallest and largest, neighbours of binade borders, NaN and infinity.
std::vector<formats::Code> corner_codes(const formats::Element& element) {
  std::vector<formats::Code> corners;
  const unsigned all = 1U << element.bits(), sign = all / 2;
  if (element.is_integer()) {
    for (const unsigned c : {0U, 1U, all - 1U, sign - 1U, sign, sign + 1U}) corners.push_back(static_cast<formats::Code>(c & (all - 1U)));
    return corners;
  }
  const auto& m = element.minifloat();
  const unsigned binade = 1U << m.mantissa_bits;
  for (const unsigned c : {0U, 1U, binade - 1U, binade, binade + 1U, 2 * binade, unsigned{m.max_code()}, m.max_code() - 1U, m.max_code() + 1U, sign - 1U})
    for (const unsigned s : {0U, sign}) corners.push_back(static_cast<formats::Code>((c & (sign - 1U)) | s));
  return corners;
}

bool special(const formats::Element& element, formats::Code code) { return !std::isfinite(element.decode(code)); }

/// How the vectors of one test are drawn: a few styles, so that sums cancel, align apart, or hold one special code.
class VectorSource {
 public:
  VectorSource(const MacSpec& spec, std::uint64_t seed) : spec_(spec), random_(seed), a_(corner_codes(spec.activation.element)), w_(corner_codes(spec.weight.element)) {}

  UnitInput next() {
    const unsigned style = random_() % 8;
    UnitInput in{side(spec_.activation.element, a_, style), side(spec_.weight.element, w_, style), 127, 127, 0};
    if (style == 7) cancel(in);
    if (spec_.has_block_scales()) {
      in.activation_scale = scale(spec_.activation);
      in.weight_scale = scale(spec_.weight);
    }
    in.psum = psum();
    return in;
  }

 private:
  std::vector<formats::Code> side(const formats::Element& element, const std::vector<formats::Code>& corners, unsigned style) {
    std::vector<formats::Code> codes(static_cast<std::size_t>(spec_.dot.lanes));
    const auto any = [&] { return static_cast<formats::Code>(random_() & ((1U << element.bits()) - 1U)); };
    for (formats::Code& code : codes) {
      code = style == 0 || (style < 4 && random_() % 4 == 0) ? corners[random_() % corners.size()] : any();
      if (style == 5 && random_() % 2) code = 0;
      if (style == 6 && random_() % 8 && element.bits() >= 3) code = static_cast<formats::Code>(code & ~(3U << (element.bits() - 3)));  // small ones
      // Specials decide whole groups: keep them rare, except in the first style.
      while (style != 0 && special(element, code) && random_() % 200) code = any();
    }
    return codes;
  }

  /// The second half of the lanes repeats the first with the other sign, but for one lane.
  void cancel(UnitInput& in) {
    const std::size_t half = in.activation.size() / 2;
    const unsigned sign = 1U << (spec_.activation.element.bits() - 1);
    for (std::size_t i = 0; i < half; ++i) {
      in.weight[half + i] = in.weight[i];
      in.activation[half + i] = static_cast<formats::Code>(spec_.activation.element.is_integer() ? (2 * sign - in.activation[i]) & (2 * sign - 1) : in.activation[i] ^ sign);
    }
    if (random_() % 2) in.activation[random_() % in.activation.size()] = 1;
  }

  std::uint32_t scale(const OperandSpec& side) {
    const auto r = static_cast<std::uint32_t>(random_() % 16);
    const auto any = static_cast<std::uint32_t>(random_());
    if (side.has_unit_scale() && side.scale->format) {
      const formats::Minifloat& format = *side.scale->format;
      if (r == 0) return any % 8 ? 0U : format.nan_code();
      if (r == 1) return format.max_code();
      return r < 4 ? any & ((1U << format.bits()) - 1U) : any % (format.max_code() + 1U);
    }
    if (r == 0) return any % 8 ? 0 : 255;
    if (r == 1) return 254;
    return r < 6 ? any % 255 : 110 + any % 34;
  }

  PsumBits psum() {
    const int bits = psum_bits(spec_);
    const PsumBits all = (static_cast<PsumBits>(1) << bits) - 1;
    if (!spec_.accumulate.format.is_floating()) {
      const PsumBits value = ((static_cast<PsumBits>(random_()) << 64) | random_()) & all;
      const PsumBits nan = spec_.accumulate.format.is_kulisch() ? static_cast<PsumBits>(1) << (bits - 1) : 0;
      switch (random_() % 6) {
        case 0: return 0;
        case 1: return (all >> 1) & ~nan;                                     // near the top
        case 2: return nan ? nan : static_cast<PsumBits>(1) << (bits - 1);    // the flag, or the most negative number
        case 3: return (nan ? nan >> 1 : static_cast<PsumBits>(1) << (bits - 1));
        default: return value & ~nan;
      }
    }
    return floating_psum(spec_.accumulate.format.number());
  }

  /// Corners of the format, or a number whose exponent is near those of products.
  std::uint32_t floating_psum(const formats::Minifloat& f) {
    const std::uint32_t sign = 1U << (f.bits() - 1), binade = 1U << f.mantissa_bits, infinity = sign - binade;
    const std::array<std::uint32_t, 14> corners{0, sign, 1, sign + 1, binade - 1, binade, infinity - 1, sign + infinity - 1, infinity, sign + infinity, infinity + binade / 2,
                                                sign - 1, static_cast<std::uint32_t>(f.bias) * binade, sign + static_cast<std::uint32_t>(f.bias) * binade + 1};
    if (random_() % 3 == 0) return corners[random_() % corners.size()];
    const auto fields = static_cast<unsigned>(sign / binade - 1);
    const auto near = static_cast<unsigned>(std::clamp(f.bias - 17 + static_cast<int>(random_() % 34), 0, static_cast<int>(fields)));
    const unsigned field = random_() % 3 ? near : static_cast<unsigned>(random_() % fields);
    return (static_cast<std::uint32_t>(random_()) & (sign | (binade - 1))) | (field << f.mantissa_bits);
  }

  const MacSpec& spec_;
  Random random_;
  std::vector<formats::Code> a_, w_;
};

std::string describe(const MacSpec& spec, const UnitInput& in) {
  std::string text = canonical_yaml(spec) + "lanes (activation, weight):";
  for (std::size_t i = 0; i < in.activation.size(); ++i)
    text += " (" + std::to_string(spec.activation.element.decode(in.activation[i])) + ", " + std::to_string(spec.weight.element.decode(in.weight[i])) + ")";
  return text + "\nscales " + std::to_string(in.activation_scale) + " " + std::to_string(in.weight_scale) + ", psum_i " + hex(in.psum, psum_bits(spec));
}

/// Vectors of one spec, split over two threads. Each thread has its own source.
void expect_unit_equals_oracle(const MacSpec& spec, int vectors, std::uint64_t seed) {
  const int bits = psum_bits(spec);
  oracle_step(spec, VectorSource(spec, 1).next());  // fills the oracle's tables before threads share them
  std::vector<std::string> failures(2);
  const auto run = [&](std::size_t part) {
    VectorSource source(spec, seed * 2 + part);
    for (int i = 0; i < vectors / 2; ++i) {
      const UnitInput in = source.next();
      const PsumBits golden = unit_step(spec, in), expected = oracle_step(spec, in);
      if (golden != expected) {
        failures[part] = "psum_o is " + hex(golden, bits) + ", the oracle says " + hex(expected, bits) + "\n" + describe(spec, in);
        return;
      }
    }
  };
  std::thread other([&] { run(1); });
  run(0);
  other.join();
  for (const std::string& failure : failures) ASSERT_TRUE(failure.empty()) << failure;
}

class EveryPresetUnit : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryPresetUnit, equals_the_oracle_on_corner_weighted_vectors) {
  const MacSpec spec = preset(GetParam());
  expect_unit_equals_oracle(spec, has_rtl(spec) ? 200000 : 10000, 42);
}

/// Presets with one unit (their hardware keys are equal) are tested once.
std::vector<std::string> distinct_presets() {
  std::vector<std::string> names, keys;
  for (const std::string& name : preset_names(MACROSCOPE_SOURCE_DIR "/configs/mac")) {
    const MacSpec spec = preset(name);
    const std::string key = hardware_key(spec);
    if (spec.is_reference() || std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    keys.push_back(key);
    names.push_back(name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(unit, EveryPresetUnit, ::testing::ValuesIn(distinct_presets()), [](const auto& test) { return test.param; });

TEST(unit, equals_the_oracle_for_every_window) {
  for (int window = 4; window <= 40; ++window)
    expect_unit_equals_oracle(spec_from("{element: e4m3}", "{element: e5m2}", "{lanes: 16, reduction: aligned, window: " + std::to_string(window) + "}", "{format: fp32}"), 4000, 7);
}

TEST(unit, equals_the_oracle_for_every_element_format) {
  for (const std::string element : {"e4m3", "e5m2", "e4m3fnuz", "e5m2fnuz", "e3m4", "e2m1", "e2m3", "e3m2", "e1m6", "fp16", "bf16", "e8m7fnuz", "e6m9"}) {
    const std::string plain = "{element: " + element + "}", mx = "{element: " + element + ", scale: {encoding: e8m0, block: 8, rule: floor}}";
    for (const int window : {4, 12, 24, 40}) {
      const std::string dot = "{lanes: 8, reduction: aligned, window: " + std::to_string(window) + "}";
      expect_unit_equals_oracle(spec_from(plain, plain, dot, "{format: fp32}"), 4000, 8);
      expect_unit_equals_oracle(spec_from(mx, mx, dot, "{format: fp32}"), 4000, 9);
    }
    if (element != "fp16" && element != "bf16" && element != "e8m7fnuz" && element != "e6m9")
      expect_unit_equals_oracle(spec_from(mx, mx, "{lanes: 8, reduction: exact}", "{format: fp32}"), 4000, 10);
  }
}

std::string under(const std::string& element, const std::string& encoding, int block) {
  return "{element: " + element + ", scale: {encoding: " + encoding + ", block: " + std::to_string(block) + ", rule: " + (encoding == "e8m0" ? "floor" : "absmax") + "}}";
}

TEST(unit, equals_the_oracle_for_block_scales_of_every_encoding) {
  for (const std::string scale : {"e4m3", "e5m2", "e4m3fnuz", "fp16", "bf16", "e5m3"}) {
    for (const std::string element : {"e2m1", "e4m3", "e5m2"})
      for (const std::string dot : {"{lanes: 8, reduction: exact}", "{lanes: 8, reduction: aligned, window: 11}", "{lanes: 8, reduction: aligned, window: 40}"})
        expect_unit_equals_oracle(spec_from(under(element, scale, 16), under(element, scale, 16), dot, "{format: fp32}"), 4000, 17);
    for (const std::string element : {"int4", "int8", "int16"})
      expect_unit_equals_oracle(spec_from(under(element, scale, 16), under(element, scale, 32), "{lanes: 8, reduction: integer}", "{format: fp32}"), 4000, 18);
  }
}

TEST(unit, equals_the_oracle_for_integers_that_are_no_twos_complement) {
  const auto scaled = [](const std::string& element) { return "{element: " + element + ", scale: {encoding: fp32, granularity: tensor, rule: mse}}"; };
  for (const std::string weight : {"ternary", "uint1", "uint4", "uint8", "uint16", "int2"})
    for (const std::string activation : {"int8", "uint8", "int16"})
      expect_unit_equals_oracle(spec_from(scaled(activation), scaled(weight), "{lanes: 16, reduction: integer}", "{format: int32}"), 10000, 22);
}

TEST(unit, equals_the_oracle_where_the_operands_scales_differ) {
  const std::string by_row = "{element: int8, scale: {encoding: fp32, granularity: token, rule: absmax}}";
  for (const std::string scale : {"e8m0", "e4m3", "bf16"}) {
    expect_unit_equals_oracle(spec_from(by_row, under("int4", scale, 32), "{lanes: 16, reduction: integer}", "{format: fp32}"), 10000, 19);
    expect_unit_equals_oracle(spec_from(under("int6", scale, 32), under("int4", "e8m0", 16), "{lanes: 16, reduction: integer}", "{format: fp32}"), 10000, 20);
    expect_unit_equals_oracle(spec_from("{element: e4m3}", under("e2m1", scale, 32), "{lanes: 16, reduction: exact}", "{format: fp32}"), 10000, 21);
  }
}

TEST(unit, equals_the_oracle_for_integers_of_every_width) {
  for (int bits = 2; bits <= 16; ++bits) {
    const std::string element = "int" + std::to_string(bits), dot = "{lanes: 8, reduction: integer}";
    const std::string scaled = "{element: " + element + ", scale: {encoding: fp32, granularity: tensor, rule: absmax}}";
    const std::string mx = "{element: " + element + ", scale: {encoding: e8m0, block: 8, rule: floor}}";
    for (const std::string overflow : {"wrap", "saturate"}) expect_unit_equals_oracle(spec_from(scaled, scaled, dot, "{format: int32, overflow: " + overflow + "}"), 10000, 11);
    expect_unit_equals_oracle(spec_from(mx, mx, dot, "{format: fp32}"), 10000, 12);
  }
}

TEST(unit, equals_the_oracle_for_kulisch_registers_that_wrap_or_saturate) {
  for (const std::string element : {"e4m3", "e4m3fnuz", "e5m2fnuz", "e2m1", "e3m4fn"})
    for (const std::string overflow : {"wrap", "saturate"}) {
      MacSpec spec = spec_from("{element: " + element + "}", "{element: " + element + "}", "{lanes: 32, reduction: exact}", "{format: kulisch, bits: 100, overflow: " + overflow + "}");
      for (const int spare : {0, 1, 7}) {
        spec.accumulate.bits = exact_sum_bits(spec) + spare;
        expect_unit_equals_oracle(spec, 10000, 13);
      }
    }
}

const std::vector<std::string>& floating_accumulators() {
  static const std::vector<std::string> formats{"fp32", "fp22", "tf32", "bf16", "fp16", "e5m2", "e4m3", "e4m3fnuz", "e6m9", "e8m20"};
  return formats;
}

/// Every accumulator format and both its roundings, for one way to reduce, on elements with and without infinities, with and
/// without block scales.
void expect_reduction_equals_the_oracle(const std::string& reduction, int vectors) {
  std::uint64_t seed = 20;
  for (const std::string& format : floating_accumulators())
    for (const std::string round : {"rne", "truncate"})
      for (const std::string element : {"e4m3", "e5m2", "e2m1", "e3m4"})
        for (const int lanes : {1, 5, 8}) {
          const std::string accumulate = "{format: " + format + ", round: " + round + "}", dot = "{lanes: " + std::to_string(lanes) + ", " + reduction + "}";
          const std::string plain = "{element: " + element + "}", mx = "{element: " + element + ", scale: {encoding: e8m0, block: " + std::to_string(lanes) + ", rule: floor}}";
          expect_unit_equals_oracle(spec_from(plain, plain, dot, accumulate), vectors, ++seed);
          expect_unit_equals_oracle(spec_from(mx, mx, dot, accumulate), vectors, ++seed);
        }
}

TEST(unit, equals_the_oracle_for_sums_exact_in_the_block_in_every_accumulator) { expect_reduction_equals_the_oracle("reduction: exact", 120); }
TEST(unit, equals_the_oracle_for_exact_sums_fused_with_every_accumulator) { expect_reduction_equals_the_oracle("reduction: exact, fused: true", 120); }
TEST(unit, equals_the_oracle_for_windows_in_every_accumulator) {
  for (const char* window : {"window: 7", "window: 24", "window: 14, round: rne", "window: 25, magnitude: twos_complement"})
    expect_reduction_equals_the_oracle(std::string("reduction: aligned, ") + window, 40);
}
TEST(unit, equals_the_oracle_for_windows_fused_with_every_accumulator) {
  for (const char* window : {"window: 14", "window: 24", "window: 26, round: rne", "window: 40", "window: 12, magnitude: twos_complement"})
    expect_reduction_equals_the_oracle(std::string("reduction: aligned, fused: true, ") + window, 40);
}
TEST(unit, equals_the_oracle_for_chains_of_additions) {
  for (const char* product : {"exact", "rounded"}) expect_reduction_equals_the_oracle(std::string("reduction: sequential, product: ") + product, 60);
}
TEST(unit, equals_the_oracle_for_trees_of_additions) {
  for (const char* product : {"exact", "rounded"}) expect_reduction_equals_the_oracle(std::string("reduction: tree, product: ") + product, 60);
}
TEST(unit, equals_the_oracle_when_subnormals_are_flushed) {
  for (const char* reduction : {"reduction: sequential", "reduction: tree, product: rounded", "reduction: exact", "reduction: aligned, window: 14, fused: true"})
    expect_reduction_equals_the_oracle(std::string(reduction) + ", subnormals: flush", 40);
}
TEST(unit, equals_the_oracle_for_wide_elements_added_in_order) {
  for (const char* element : {"bf16", "fp16", "e6m9", "e8m7fnuz"})
    for (const std::string& format : floating_accumulators())
      for (const char* reduction : {"reduction: sequential", "reduction: tree", "reduction: aligned, window: 25, fused: true", "reduction: sequential, product: rounded, subnormals: flush"}) {
        const std::string side = std::string("{element: ") + element + "}";
        expect_unit_equals_oracle(spec_from(side, side, std::string("{lanes: 4, ") + reduction + "}", "{format: " + format + ", round: truncate}"), 100, 16);
      }
}

TEST(unit, equals_the_oracle_for_integers_in_every_register) {
  for (const char* element : {"int2", "int4", "int8", "int16"}) {
    const std::string scaled = std::string("{element: ") + element + ", scale: {encoding: fp32, granularity: tensor, rule: absmax}}";
    const std::string mx = std::string("{element: ") + element + ", scale: {encoding: e8m0, block: 6, rule: floor}}";
    for (const char* reduction : {"reduction: integer", "reduction: integer, fused: true", "reduction: sequential", "reduction: tree, product: rounded"})
      for (const char* format : {"fp32", "fp16", "fp22, round: truncate", "bf16"})
        for (const std::string& side : {scaled, mx})
          expect_unit_equals_oracle(spec_from(side, side, std::string("{lanes: 6, ") + reduction + "}", std::string("{format: ") + format + "}"), 200, 17);
    for (const char* format : {"int8", "int16", "int24", "int48", "int64"})
      for (const char* overflow : {"wrap", "saturate"})
        expect_unit_equals_oracle(spec_from(scaled, scaled, "{lanes: 6, reduction: integer}", std::string("{format: ") + format + ", overflow: " + overflow + "}"), 400, 18);
  }
}

/// Integer x minifloat, the integer on either side, with and without scales in the unit.
TEST(unit, equals_the_oracle_for_integers_times_minifloats) {
  std::uint64_t seed = 200;
  for (const std::string integer : {"int2", "int4", "int8", "int16", "uint1", "uint4", "uint8", "ternary", "binary"})
    for (const std::string minifloat : {"e4m3", "e5m2", "e2m1", "bf16", "fp16", "pot4", "e4m3fnuz"})
      for (const std::string dot : {"reduction: exact", "reduction: exact, fused: true", "reduction: aligned, window: 9", "reduction: aligned, window: 24, fused: true",
                                    "reduction: aligned, window: 12, round: rne", "reduction: aligned, window: 13, magnitude: twos_complement", "reduction: sequential",
                                    "reduction: sequential, product: rounded, subnormals: flush", "reduction: tree", "reduction: tree, product: rounded"}) {
        if (minifloat == "bf16" && dot.find("exact") != std::string::npos) continue;  // 250 bits and more
        const std::string lanes = "{lanes: 6, " + dot + "}", plain = "{element: " + minifloat + "}";
        const std::string scaled = "{element: " + integer + ", scale: {encoding: fp32, granularity: tensor, rule: absmax}}";
        const std::string accumulate = std::string("{format: ") + (seed % 2 ? "fp32" : seed % 3 ? "fp16" : "fp22, round: truncate") + "}";
        expect_unit_equals_oracle(spec_from(plain, scaled, lanes, accumulate), 40, ++seed);
        expect_unit_equals_oracle(spec_from(scaled, plain, lanes, accumulate), 40, ++seed);
        expect_unit_equals_oracle(spec_from(under(minifloat, "e8m0", 12), under(integer, "e8m0", 6), lanes, accumulate), 40, ++seed);
        expect_unit_equals_oracle(spec_from(under(integer, "e8m0", 6), plain, lanes, accumulate), 40, ++seed);
        expect_unit_equals_oracle(spec_from(plain, under(integer, "e4m3", 6), lanes, accumulate), 40, ++seed);
      }
}

TEST(unit, equals_the_oracle_for_integers_times_minifloats_in_kulisch_registers) {
  for (const std::string integer : {"int4", "int8", "uint4", "ternary"})
    for (const std::string minifloat : {"e4m3", "e2m1", "pot4", "e4m3fnuz"})
      for (const std::string overflow : {"wrap", "saturate"})
        for (const int spare : {0, 3}) {
          MacSpec spec = spec_from("{element: " + minifloat + "}", "{element: " + integer + ", scale: {encoding: fp32, granularity: channel, rule: absmax}}", "{lanes: 32, reduction: exact}",
                                   "{format: kulisch, bits: 100, overflow: " + overflow + "}");
          spec.accumulate.bits = exact_sum_bits(spec) + spare;
          expect_unit_equals_oracle(spec, 1000, 23);
        }
}

TEST(accumulation, equals_the_oracle_chunk_by_chunk) {
  const std::string int8 = "{element: int8, scale: {encoding: fp32, granularity: tensor, rule: absmax}}", e4m3 = "{element: e4m3}", bf16 = "{element: bf16}";
  const std::vector<MacSpec> specs{
      spec_from(int8, int8, "{lanes: 4, reduction: integer}", "{format: int16, overflow: saturate, chunk: {length: 8, into: fp32}}"),
      spec_from(int8, int8, "{lanes: 4, reduction: integer}", "{format: int32, chunk: {length: 4, into: bf16}}"),
      spec_from(e4m3, e4m3, "{lanes: 4, reduction: aligned, window: 14, fused: true}", "{format: fp22, round: truncate, chunk: {length: 16, into: fp32}}"),
      spec_from(e4m3, e4m3, "{lanes: 4, reduction: sequential}", "{format: fp16, chunk: {length: 12, into: fp22, round: truncate}}"),
      spec_from(e4m3, e4m3, "{lanes: 4, reduction: exact}", "{format: kulisch, bits: 60, chunk: {length: 8, into: fp16}}"),
      spec_from(bf16, bf16, "{lanes: 4, reduction: tree, subnormals: flush}", "{format: fp32, chunk: {length: 8, into: fp32, round: truncate}}")};
  for (const MacSpec& spec : specs) {
    VectorSource source(spec, 19);
    for (int i = 0; i < 2000; ++i) {
      std::vector<UnitInput> groups(static_cast<std::size_t>(i % 9));
      Accumulation accumulation(spec);
      for (UnitInput& in : groups) {
        in = source.next();
        accumulation.add(in.activation.data(), in.activation_scale, in.weight.data(), in.weight_scale);
      }
      const PsumBits found = accumulation.finish(), expected = oracle_chain(spec, groups);
      ASSERT_EQ(hex(found, 64), hex(expected, 64)) << groups.size() << " groups\n" << canonical_yaml(spec);
      ASSERT_EQ(fp32_bits(drain(spec, found, 0.75F, 3)), fp32_bits(oracle_drain(spec, expected, 0.75F, 3))) << canonical_yaml(spec);
    }
  }
}

TEST(drain, equals_the_oracle) {
  for (const std::string& name : distinct_presets()) {
    const MacSpec spec = preset(name);
    VectorSource source(spec, 14);
    Random random(15);
    for (int i = 0; i < 20000; ++i) {
      const PsumBits psum = source.next().psum;
      const float a = fp32_from_bits(static_cast<std::uint32_t>(random() % 4 ? 0x38000000U + random() % 0x10000000U : random()));
      const float w = fp32_from_bits(static_cast<std::uint32_t>(random() % 4 ? 0x38000000U + random() % 0x10000000U : random()));
      const float found = drain(spec, psum, a, w), expected = oracle_drain(spec, psum, a, w);
      ASSERT_EQ(fp32_bits(found), fp32_bits(expected)) << name << ": psum " << hex(psum, psum_bits(spec)) << " times " << show(a) << " times " << show(w);
    }
  }
}

TEST(multiplication, equals_the_oracle_output_by_output) {
  for (const std::string& name : distinct_presets()) {
    const MacSpec spec = preset(name);
    Random random(16);
    for (const Data data : {Data::gaussian, Data::any_code, Data::extreme_scales}) {
      const auto a = make_operand(spec, spec.activation, data, 5, 100, random);
      const auto b = make_operand(spec, spec.weight, data, 7, 100, random);
      std::vector<float> c(35);
      gemm_by_unit(spec, a, b, c.data(), 7);
      for (std::int64_t m = 0; m < 5; ++m)
        for (std::int64_t n = 0; n < 7; ++n) {
          std::vector<UnitInput> groups;
          for (std::int64_t g = 0; g < (100 + spec.dot.lanes - 1) / spec.dot.lanes; ++g) groups.push_back(unit_input(spec, a, m, b, n, g));
          if (spec.weight.planes || b.fp32_scales.size() > 7) continue;  // drained more than once
          const float as = a.fp32_scales.empty() ? a.tensor_scale : a.fp32_scales[static_cast<std::size_t>(m)];
          const float bs = b.fp32_scales.empty() ? b.tensor_scale : b.fp32_scales[static_cast<std::size_t>(n)];
          ASSERT_EQ(fp32_bits(c[static_cast<std::size_t>(m * 7 + n)]), fp32_bits(oracle_output(spec, groups, as, bs))) << name << " " << test::name(data);
        }
    }
  }
}

}  // namespace
}  // namespace macroscope::datapath::test
