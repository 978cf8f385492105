// SPDX-License-Identifier: Apache-2.0
// Codes and numbers: round trips, worked examples, and agreement with ml_dtypes.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <sstream>

#include "formats/code_digest.hpp"
#include "formats/element.hpp"
#include "formats/input_error.hpp"
#include "formats/scale.hpp"

namespace macroscope::formats {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Element element(const std::string& name) { return Element::parse(name, "test"); }

std::vector<std::string> every_small_element() {
  std::vector<std::string> names;
  for (int bits = 1; bits <= 8; ++bits) {
    if (bits > 1) names.push_back("int" + std::to_string(bits));
    if (bits > 1) names.push_back("pot" + std::to_string(bits));
    names.push_back("uint" + std::to_string(bits));
  }
  names.insert(names.end(), {"binary", "ternary", "nf4", "dint4", "pot2x1", "pot2x2", "pot2x3"});
  for (int e = 1; e <= 7; ++e)
    for (int m = 0; 1 + e + m <= 8; ++m)
      for (const char* specials : {"ieee", "fn", "fnuz", "none"})
        if (m > 0 || std::string(specials) != "ieee") names.push_back("e" + std::to_string(e) + "m" + std::to_string(m) + specials);
  return names;
}

/// The code that a redundant one must re-encode to.
Code canonical(const Element& e, Code code) {
  if (e.is_table()) {  // equal entries: the lowest code
    for (Code twin = 0;; ++twin)
      if (e.decode(twin) == e.decode(code)) return twin;
  }
  if (e.name() == "ternary" && code == 2) return 3;  // both mean -1
  if (e.is_integer()) {
    if (!e.is_two_complement()) return code;
    const auto most_negative = static_cast<Code>(1U << (e.bits() - 1));
    return code == most_negative ? static_cast<Code>(most_negative + 1U) : code;  // symmetric: -128 reads, -127 is written
  }
  return std::isnan(e.decode(code)) ? e.minifloat().nan_code() : code;
}

TEST(round_trip, every_code_of_every_format_of_at_most_8_bits) {
  for (const std::string& name : every_small_element()) {
    const Element e = element(name);
    for (unsigned code = 0; code < (1U << e.bits()); ++code)
      for (const Rounding rounding : {Rounding::rne, Rounding::half_away, Rounding::truncate}) {
        const auto c = static_cast<Code>(code);
        ASSERT_EQ(e.encode(e.decode(c), rounding, Overflow::inf), canonical(e, c)) << name << " code " << code << " is " << e.decode(c);
      }
  }
}

TEST(round_trip, every_code_of_bf16_fp16_and_the_wide_integers) {
  for (const std::string name : {"bf16", "fp16", "tf32", "e8m7fnuz", "e6m9fn", "int9", "int12", "int16", "uint9", "uint16"}) {
    const Element e = element(name);
    for (unsigned code = 0; code < (1U << e.bits()); ++code) {
      const auto c = static_cast<Code>(code);
      ASSERT_EQ(e.encode(e.decode(c), Rounding::rne, Overflow::inf), canonical(e, c)) << name << " code " << code;
    }
  }
}

/// All finite numbers of a format in ascending order, with their codes.
std::map<double, Code> number_line(const Element& e) {
  std::map<double, Code> line;
  for (unsigned code = 0; code < (1U << e.bits()); ++code) {
    const auto c = canonical(e, static_cast<Code>(code));
    const double value = e.decode(c);
    if (std::isfinite(value) && !(value == 0 && std::signbit(value))) line[value] = c;
  }
  return line;
}

TEST(encoding, takes_the_neighbour_that_the_rounding_says) {
  for (const std::string& name : every_small_element()) {
    const Element e = element(name);
    if (name == "binary") continue;  // takes the sign alone
    const auto line = number_line(e);
    for (auto low = line.begin(), high = std::next(low); high != line.end(); ++low, ++high) {
      const double middle = (low->first + high->first) / 2, quarter = low->first + (high->first - low->first) / 4;
      const double three_quarters = low->first + (high->first - low->first) * 3 / 4;
      const auto decoded = [&](double x, Rounding r) { return e.decode(e.encode(x, r, Overflow::saturate)); };
      const double toward_zero = std::fabs(low->first) < std::fabs(high->first) ? low->first : high->first;
      const double away = toward_zero == low->first ? high->first : low->first;
      for (const Rounding nearest : {Rounding::rne, Rounding::half_away}) {
        ASSERT_EQ(decoded(quarter, nearest), low->first) << name << ": " << quarter;
        ASSERT_EQ(decoded(three_quarters, nearest), high->first) << name << ": " << three_quarters;
      }
      ASSERT_EQ(decoded(middle, Rounding::half_away), away) << name << ": " << middle;
      ASSERT_EQ(decoded(three_quarters, Rounding::truncate), toward_zero) << name << ": " << three_quarters;
      const Code even = e.encode(middle, Rounding::rne, Overflow::saturate);
      ASSERT_TRUE(e.decode(even) == low->first || e.decode(even) == high->first) << name << ": " << middle;
      const bool choice = low->second % 2 != high->second % 2;  // tables may have neighbours of one parity
      ASSERT_TRUE(choice ? even % 2 == 0 : e.is_table() && e.decode(even) == toward_zero) << name << ": a tie goes to the even code, " << middle;
    }
  }
}

TEST(encoding, beyond_the_largest_number_follows_the_overflow_rule) {
  const Element e4m3 = element("e4m3"), e5m2 = element("e5m2"), e2m1 = element("e2m1");
  for (const double big : {465.0, 1e9, infinity}) {
    EXPECT_EQ(e4m3.decode(e4m3.encode(big, Rounding::rne, Overflow::saturate)), 448);
    EXPECT_EQ(e4m3.decode(e4m3.encode(-big, Rounding::rne, Overflow::saturate)), -448);
    EXPECT_EQ(e4m3.encode(big, Rounding::rne, Overflow::nan), 0x7f);
    EXPECT_EQ(e4m3.decode(e4m3.encode(big, Rounding::rne, Overflow::inf)), 448) << "E4M3 has no infinity";
  }
  EXPECT_EQ(e4m3.decode(e4m3.encode(464, Rounding::rne, Overflow::nan)), 448) << "464 ties with 480, which is NaN's place: down to the even code";
  EXPECT_EQ(e5m2.decode(e5m2.encode(-1e9, Rounding::rne, Overflow::inf)), -infinity);
  EXPECT_EQ(e2m1.decode(e2m1.encode(infinity, Rounding::rne, Overflow::nan)), 6) << "E2M1 has neither";
}

TEST(encoding, mx_conversion_examples_depend_on_the_rounding) {
  // arXiv 2310.10537's reference library rounds half away from zero, ONNX to nearest even: 400 lies between 384 and 416.
  const Element e4m3 = element("e4m3");
  const auto to = [&](double x, Rounding r) { return e4m3.decode(e4m3.encode(x, r, Overflow::saturate)); };
  EXPECT_EQ(to(400, Rounding::half_away), 416);
  EXPECT_EQ(to(400, Rounding::rne), 384);
  EXPECT_EQ(to(432, Rounding::rne), 448);
  EXPECT_EQ(to(368, Rounding::rne), 384);
  EXPECT_EQ(to(304, Rounding::rne), 320);
  EXPECT_EQ(to(100, Rounding::rne), 96);
}

TEST(formats, have_the_ranges_that_their_standards_print) {
  EXPECT_EQ(element("e4m3").max_finite(), 448);         // OCP FP8
  EXPECT_EQ(element("e5m2").max_finite(), 57344);       // OCP FP8
  EXPECT_EQ(element("e4m3fnuz").max_finite(), 240);     // arXiv 2206.02915
  EXPECT_EQ(element("e5m2fnuz").max_finite(), 57344);
  EXPECT_EQ(element("e2m3").max_finite(), 7.5);         // OCP MX
  EXPECT_EQ(element("e3m2").max_finite(), 28);
  EXPECT_EQ(element("e2m1").max_finite(), 6);
  EXPECT_EQ(element("e3m4").max_finite(), 15.5);
  EXPECT_EQ(element("fp16").max_finite(), 65504);       // IEEE 754 binary16
  EXPECT_EQ(element("bf16").max_finite(), 0x1.fep127);
  EXPECT_EQ(element("int8").max_finite(), 127);
  EXPECT_EQ(element("e4m3").decode(1), 0x1p-9);
  EXPECT_EQ(element("e5m2").decode(1), 0x1p-16);
  EXPECT_EQ(element("e2m1").decode(1), 0.5);
  EXPECT_EQ(element("int8").decode(0x80), -128);
}

TEST(formats, wide_ones_reach_from_tf32_to_fp32) {
  EXPECT_EQ(element("tf32").bits(), 19);
  EXPECT_EQ(element("fp22").bits(), 22);
  const Element e8m23 = element("e8m23");
  EXPECT_EQ(e8m23.bits(), 32);
  std::mt19937 random(5);
  for (int i = 0; i < 200000; ++i) {
    // FP32's own conversion from double is the reference; half of the numbers are subnormal or nearly so.
    const double x = std::ldexp(static_cast<double>(random()) + static_cast<double>(random()) * 0x1p-32, static_cast<int>(random() % (i % 2 ? 280 : 40)) - 180) * (i % 3 ? 1 : -1);
    const auto expected = static_cast<float>(x);
    Code bits = 0;
    std::memcpy(&bits, &expected, sizeof bits);
    ASSERT_EQ(e8m23.encode(x, Rounding::rne, Overflow::inf), bits) << x;
    ASSERT_EQ(e8m23.decode(bits), static_cast<double>(expected)) << x;
  }
}

TEST(formats, tables_hold_what_their_papers_say) {
  EXPECT_EQ(element("nf4").decode(7), 0);
  EXPECT_EQ(element("nf4").decode(0), -1);
  EXPECT_EQ(element("nf4").decode(8), static_cast<double>(0.07958029955625534F));
  EXPECT_EQ(element("dint4").decode(7), 0.5);
  EXPECT_EQ(element("dint4").decode(8), -0.5);
  EXPECT_EQ(element("dint4").decode(9), -7);
  // Additive powers of two of 5 bits: p0 in {0, 1, 1/4, 1/16}, p1 in {0, 1/2, 1/8, 1/32}; all 31 numbers differ.
  const Element pot = element("pot2x2");
  EXPECT_EQ(pot.max_finite(), 1.5);
  EXPECT_EQ(pot.decode(0b0'10'11), 0.25 + 0.03125);
  EXPECT_EQ(pot.table().ascending.size(), 31U);
  EXPECT_EQ(element("pot2x3").table().ascending.size(), 127U);
  EXPECT_EQ(element("pot4").decode(7), 16) << "e3m0: 2^(7 - 3)";
  EXPECT_EQ(element("pot4").decode(9), -0.25);
  EXPECT_EQ(element("pot4").decode(0), 0);
}

TEST(formats, a_table_is_made_of_exact_cells) {
  const Element fitted = Element::table("fitted", {-1.5, 0.25, 0, 3, 0.25}, element("e3m2"));
  EXPECT_EQ(fitted.bits(), 3);
  EXPECT_EQ(fitted.decode(7), 0.25) << "the last entry fills up";
  EXPECT_EQ(fitted.encode(0.25, Rounding::rne, Overflow::saturate), 1U) << "the lowest of equal codes";
  EXPECT_EQ(fitted.encode(9, Rounding::rne, Overflow::saturate), 3U);
  EXPECT_EQ(fitted.encode(std::nan(""), Rounding::rne, Overflow::saturate), 2U);
  EXPECT_NE(fitted.name(), Element::table("fitted", {-1.5, 0.25, 0, 3, 0.5}, element("e3m2")).name());
  EXPECT_THROW(Element::table("t", {0.1, 1}, element("e3m2")), InputError) << "0.1 is no E3M2";
  EXPECT_THROW(Element::table("t", {1}, element("e3m2")), InputError);
  EXPECT_THROW(Element::table("t", std::vector<double>(257, 1.0), element("e3m2")), InputError);
  EXPECT_THROW(Element::table("t", {0, 1}, element("nf4")), InputError);
  EXPECT_THROW(Element::table("t", {0, infinity}, element("e5m2")), InputError);
}

TEST(unpacking, gives_the_fields_that_a_multiplier_reads) {
  auto names = every_small_element();
  names.insert(names.end(), {"int16", "uint16", "fp16", "bf16", "tf32"});
  for (const std::string& name : names) {
    const Element e = element(name);
    for (Code code = 0; code < (1U << e.bits()); ++code) {
      const Unpacked u = e.unpack(code);
      const double value = e.decode(code);
      ASSERT_EQ(u.kind, std::isnan(value) ? Unpacked::Kind::nan : std::isinf(value) ? Unpacked::Kind::infinity : Unpacked::Kind::finite) << name << " " << code;
      ASSERT_LT(u.significand, 1U << e.significand_bits()) << name << " " << code;
      if (!std::isfinite(value)) continue;
      ASSERT_EQ((u.negative ? -1 : 1) * std::ldexp(u.significand, u.exponent - e.fraction_bits()), value) << name << " " << code;
    }
  }
  EXPECT_EQ(element("int8").fraction_bits(), 6);
  EXPECT_EQ(element("int8").unpack(0x80).significand, 128U);
  EXPECT_EQ(element("uint4").fraction_bits(), 3);
  EXPECT_EQ(element("binary").significand_bits(), 1);
}

TEST(subnormals, are_flushed_to_zero_of_their_sign) {
  for (const std::string name : {"e4m3", "e5m2", "e2m1", "e4m3fnuz", "fp16", "tf32"}) {
    const Element e = element(name);
    const Minifloat& m = e.minifloat();
    for (Code code = 0; code < (1U << e.bits()); ++code) {
      const double value = e.decode(code), flushed = e.decode(code, Subnormals::flush);
      if (std::isnan(value)) continue;
      const double expected = std::fabs(value) < std::ldexp(1.0, m.min_exponent()) ? std::copysign(0.0, value) : value;
      ASSERT_EQ(flushed, expected) << name << " " << code;
      const Code written = e.encode(value, Rounding::rne, Overflow::inf, Subnormals::flush);
      ASSERT_EQ(e.decode(written), expected) << name << " " << code;
      ASSERT_EQ(std::signbit(e.decode(written)), std::signbit(value) && !(expected == 0 && m.specials == Specials::fnuz)) << name << " " << code;
    }
  }
  // After rounding: just below E4M3's smallest normal number 2^-6, what rounds up to it stays.
  EXPECT_EQ(element("e4m3").encode(0x1.fp-7, Rounding::rne, Overflow::saturate, Subnormals::flush), 8U);
  EXPECT_EQ(element("e4m3").encode(0x1.fp-7, Rounding::truncate, Overflow::saturate, Subnormals::flush), 0U);
}

TEST(stochastic_rounding, steps_with_the_probability_of_the_fraction) {
  for (const std::string name : {"e4m3", "e2m1", "int8", "uint4", "nf4", "dint4", "ternary", "fp16", "e8m23"}) {
    const Element e = element(name);
    const double low_value = name == "nf4" ? e.decode(9) : 0.5;
    for (const double part : {0.0, 0.125, 0.3, 0.75}) {
      const Code low = e.encode(low_value, Rounding::truncate, Overflow::saturate);
      Code high = low + 1;
      if (name == "dint4") high = 1;
      const double a = e.decode(low), b = e.decode(high);
      double sum = 0;
      constexpr int draws = 40000;
      for (int i = 0; i < draws; ++i) {
        const double found = e.decode(e.encode(a + part * (b - a), Rounding::stochastic, Overflow::saturate, Subnormals::keep, random_word(7, static_cast<std::uint64_t>(i))));
        ASSERT_TRUE(found == a || found == b) << name;
        sum += found;
      }
      // Five standard deviations of a Bernoulli mean.
      EXPECT_NEAR((sum / draws - a) / (b - a), part, 5 * std::sqrt(part * (1 - part) / draws) + 1e-9) << name << " " << part;
    }
  }
  const Element binary = element("binary");
  EXPECT_EQ(binary.encode(-0.01, Rounding::rne, Overflow::saturate), 1U);
  EXPECT_EQ(binary.encode(0.5, Rounding::stochastic, Overflow::saturate, Subnormals::keep, 0xbfffffff), 0U) << "+1 for 3 of 4 words";
  EXPECT_EQ(binary.encode(0.5, Rounding::stochastic, Overflow::saturate, Subnormals::keep, 0xc0000000), 1U);
}

TEST(stochastic_rounding, has_exact_thresholds_and_reproducible_words) {
  const Element e = element("e4m3");
  // 1 + 1/32 lies a quarter of the way from 1 (0x38) to 1.125: words below 2^30 step.
  EXPECT_EQ(e.encode(1.03125, Rounding::stochastic, Overflow::saturate, Subnormals::keep, 0x3fffffff), 0x39U);
  EXPECT_EQ(e.encode(1.03125, Rounding::stochastic, Overflow::saturate, Subnormals::keep, 0x40000000), 0x38U);
  EXPECT_EQ(e.encode(-1.03125, Rounding::stochastic, Overflow::saturate, Subnormals::keep, 0x3fffffff), 0xb9U) << "symmetric in sign";
  EXPECT_EQ(e.encode(0x1p-41, Rounding::stochastic, Overflow::saturate, Subnormals::keep, 0), 1U) << "2^-32 of the smallest number: one word of all";
  EXPECT_EQ(e.encode(0x1p-41, Rounding::stochastic, Overflow::saturate, Subnormals::keep, 1), 0U);
  EXPECT_EQ(e.encode(0x1p-200, Rounding::stochastic, Overflow::saturate, Subnormals::keep, 0), 0U);
  // Worked by hand from SplitMix64's published constants (its mixing of 0 is 0, so seed 0 gives its classic first output).
  EXPECT_EQ(random_word(0, 0), 0xe220a839U);
  EXPECT_NE(random_word(1, 0), random_word(0, 1));
}

TEST(formats, unknown_names_are_refused_with_the_nearest_known_one) {
  for (const char* name : {"int0", "int17", "uint17", "e4m", "e9m2", "e8m24", "e4m3fnz", "", "float8", "e5m0ieee", "pot1", "pot10", "pot2x4", "nf5"}) EXPECT_THROW(element(name), InputError) << name;
  try {
    element("e4m3fnz");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'e4m3'"), std::string::npos) << error.what();
  }
}

// --- ml_dtypes -------------------------------------------------------------------------------------------------------

float float_of(const std::string& hex) {
  const auto bits = static_cast<std::uint32_t>(std::stoul(hex, nullptr, 16));
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Its own overflow rule: NaN for formats without infinity (fn, fnuz), saturation for FP6 and FP4, else infinity.
Overflow overflow_of(const std::string& name) {
  if (name == "e4m3" || name == "e4m3fnuz" || name == "e5m2fnuz") return Overflow::nan;
  return name == "e2m3" || name == "e3m2" || name == "e2m1" ? Overflow::saturate : Overflow::inf;
}

TEST(ml_dtypes, makes_the_same_of_codes_and_numbers) {
  std::ifstream file(MACROSCOPE_SOURCE_DIR "/tests/formats/ml_dtypes_vectors.csv");
  ASSERT_TRUE(file) << "tests/formats/ml_dtypes_vectors.csv is missing; make_ml_dtypes_vectors.py writes it";
  std::map<std::string, int> seen;
  for (std::string line; std::getline(file, line);) {
    if (line[0] == '#') continue;
    std::istringstream fields(line);
    std::string name, what, from, to;
    std::getline(fields, name, ',');
    std::getline(fields, what, ',');
    std::getline(fields, from, ',');
    std::getline(fields, to, ',');
    ++seen[name + " " + what];
    if (what == "decode") {
      const auto code = static_cast<Code>(std::stoul(from, nullptr, 16));
      const double found = name == "e8m0" ? decode_e8m0(static_cast<std::uint8_t>(code)) : element(name).decode(code);
      const auto expected = static_cast<double>(float_of(to));
      ASSERT_TRUE(found == expected || (std::isnan(found) && std::isnan(expected))) << line << ": we say " << found;
      ASSERT_TRUE(std::isnan(found) || std::signbit(found) == std::signbit(expected)) << line;
    } else {
      const Element e = element(name);
      const Code found = e.encode(static_cast<double>(float_of(from)), Rounding::rne, overflow_of(name));
      const auto expected = static_cast<Code>(std::stoul(to, nullptr, 16));
      const bool both_nan = std::isnan(e.decode(found)) && std::isnan(e.decode(expected));
      ASSERT_TRUE(found == expected || both_nan) << line << " (" << float_of(from) << "): we say " << std::hex << found;
    }
  }
  for (const char* name : {"e4m3", "e4m3ieee", "e5m2", "e3m4", "e4m3fnuz", "e5m2fnuz"}) {
    EXPECT_EQ(seen[std::string(name) + " decode"], 256);
    EXPECT_GE(seen[std::string(name) + " encode"], 1500);
  }
  EXPECT_EQ(seen["e2m3 decode"] + seen["e3m2 decode"] + seen["e2m1 decode"], 64 + 64 + 16);
  EXPECT_EQ(seen["e8m0 decode"], 256);
  EXPECT_GE(seen["bf16 encode"], 1500);
}

// Chunks of all FP32 numbers, by what `macroscope formats --exhaustive` compares in full: subnormals, the binades where 4-bit
// and 8-bit formats have their codes, underflow and overflow, infinities and NaNs, of both signs.
TEST(ml_dtypes, makes_the_same_of_whole_binades) {
  std::ifstream file(MACROSCOPE_SOURCE_DIR "/formats/ml_dtypes_digests.csv");
  ASSERT_TRUE(file) << "formats/ml_dtypes_digests.csv is missing; make_ml_dtypes_digests.py writes it";
  std::map<std::string, std::map<int, std::uint32_t>> digests;
  for (std::string line; std::getline(file, line);) {
    if (line[0] == '#') continue;
    const auto first = line.find(','), second = line.find(',', first + 1);
    digests[line.substr(0, first)][std::stoi(line.substr(first + 1))] = static_cast<std::uint32_t>(std::stoul(line.substr(second + 1), nullptr, 16));
  }
  ASSERT_EQ(digests.size(), 9U);
  for (const SharedFormat& format : formats_shared_with_ml_dtypes()) {
    ASSERT_EQ(digests[format.name].size(), static_cast<std::size_t>(digest_chunks)) << format.name;
    for (const int chunk : {0, 112, 120, 126, 129, 135, 142, 254, 255, 256 + 119, 256 + 128, 511})
      EXPECT_EQ(code_digest(format, chunk), digests[format.name][chunk]) << format.name << ", upper nine bits " << chunk;
  }
}

// --- Scales ----------------------------------------------------------------------------------------------------------

TEST(e8m0, is_an_exponent_alone) {
  EXPECT_EQ(decode_e8m0(127), 1);
  EXPECT_EQ(decode_e8m0(0), 0x1p-127);
  EXPECT_EQ(decode_e8m0(254), 0x1p127);
  EXPECT_TRUE(std::isnan(decode_e8m0(255)));
}

TEST(block_scale, floor_follows_ocp_and_may_clip) {
  const Element e4m3 = element("e4m3"), int8 = element("int8");
  // emax of E4M3 is 8: absmax 448 to 511 still has scale 2^0, and what exceeds 448 saturates.
  EXPECT_EQ(e8m0_scale(448, e4m3, ScaleRule::floor), 127);
  EXPECT_EQ(e8m0_scale(511, e4m3, ScaleRule::floor), 127);
  EXPECT_EQ(e8m0_scale(512, e4m3, ScaleRule::floor), 128);
  EXPECT_EQ(e8m0_scale(1, e4m3, ScaleRule::floor), 127 - 8);
  // An MX INT8 element reaches 127/64 = 1.98; its emax is 0.
  EXPECT_EQ(e8m0_scale(1.99F, int8, ScaleRule::floor), 127);
  EXPECT_EQ(e8m0_scale(2, int8, ScaleRule::floor), 128);
}

TEST(block_scale, ceil_never_clips) {
  std::mt19937 random(1);
  for (const std::string name : {"e4m3", "e5m2", "e2m1", "int8", "int4"}) {
    const Element e = element(name);
    const double largest = std::ldexp(e.max_finite(), -e.block_fraction_bits());
    for (int i = 0; i < 20000; ++i) {
      const float absmax = std::ldexp(1.0F + static_cast<float>(random() % 4096) / 4096.0F, static_cast<int>(random() % 200) - 100);
      const double scale = decode_e8m0(e8m0_scale(absmax, e, ScaleRule::ceil));
      ASSERT_GE(largest * scale, absmax) << name;
      ASSERT_LT(largest * scale / 2, absmax) << name << ": half the scale would do";
      const double floor_scale = decode_e8m0(e8m0_scale(absmax, e, ScaleRule::floor));
      ASSERT_TRUE(scale == floor_scale || scale == 2 * floor_scale) << name;
    }
  }
  EXPECT_EQ(e8m0_scale(448, element("e4m3"), ScaleRule::ceil), 127);
  EXPECT_EQ(e8m0_scale(449, element("e4m3"), ScaleRule::ceil), 128);
}

TEST(block_scale, is_clamped_at_its_ends_and_nan_for_nan) {
  for (const ScaleRule rule : {ScaleRule::floor, ScaleRule::ceil}) {
    EXPECT_EQ(e8m0_scale(0, element("e4m3"), rule), 0);
    EXPECT_EQ(e8m0_scale(1e-45F, element("e4m3"), rule), 0);
    EXPECT_EQ(e8m0_scale(3.4e38F, element("e4m3"), rule), rule == ScaleRule::floor ? 127 + 119 : 127 + 120);
    EXPECT_EQ(e8m0_scale(3.4e38F, element("int8"), rule), 254) << "ceil would need 2^128: clamped, and the largest codes clip";
    EXPECT_EQ(e8m0_scale(std::nanf(""), element("e4m3"), rule), e8m0_nan);
    EXPECT_EQ(e8m0_scale(std::numeric_limits<float>::infinity(), element("e4m3"), rule), e8m0_nan);
  }
}

TEST(fp32_scale, is_absmax_over_the_largest_code) {
  EXPECT_EQ(fp32_scale(127, element("int8")), 1.0F);
  EXPECT_EQ(fp32_scale(1, element("int8")), 1.0F / 127);
  EXPECT_EQ(fp32_scale(0, element("e4m3")), 1.0F);
  EXPECT_EQ(fp32_scale(1e-45F, element("e4m3")), 1.0F) << "a quotient that underflows to zero counts as zero";
  EXPECT_TRUE(std::isnan(fp32_scale(std::numeric_limits<float>::infinity(), element("int8"))));
}

}  // namespace
}  // namespace macroscope::formats
