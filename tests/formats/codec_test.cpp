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

#include "formats/element.hpp"
#include "formats/input_error.hpp"
#include "formats/scale.hpp"

namespace macroscope::formats {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Element element(const std::string& name) { return Element::parse(name, "test"); }

std::vector<std::string> every_small_element() {
  std::vector<std::string> names;
  for (int bits = 2; bits <= 8; ++bits) names.push_back("int" + std::to_string(bits));
  for (int e = 1; e <= 7; ++e)
    for (int m = 0; 1 + e + m <= 8; ++m)
      for (const char* specials : {"ieee", "fn", "fnuz", "none"})
        if (m > 0 || std::string(specials) != "ieee") names.push_back("e" + std::to_string(e) + "m" + std::to_string(m) + specials);
  return names;
}

/// The code that a redundant one must re-encode to.
std::uint16_t canonical(const Element& e, std::uint16_t code) {
  if (e.is_integer()) {
    const auto most_negative = static_cast<std::uint16_t>(1U << (e.bits() - 1));
    return code == most_negative ? static_cast<std::uint16_t>(most_negative + 1U) : code;  // symmetric: -128 reads, -127 is written
  }
  return std::isnan(e.decode(code)) ? e.minifloat().nan_code() : code;
}

TEST(round_trip, every_code_of_every_format_of_at_most_8_bits) {
  for (const std::string& name : every_small_element()) {
    const Element e = element(name);
    for (unsigned code = 0; code < (1U << e.bits()); ++code)
      for (const Rounding rounding : {Rounding::rne, Rounding::half_away, Rounding::truncate}) {
        const auto c = static_cast<std::uint16_t>(code);
        ASSERT_EQ(e.encode(e.decode(c), rounding, Overflow::inf), canonical(e, c)) << name << " code " << code << " is " << e.decode(c);
      }
  }
}

TEST(round_trip, every_code_of_bf16_fp16_and_the_wide_integers) {
  for (const std::string name : {"bf16", "fp16", "e8m7fnuz", "e6m9fn", "int9", "int12", "int16"}) {
    const Element e = element(name);
    for (unsigned code = 0; code < (1U << e.bits()); ++code) {
      const auto c = static_cast<std::uint16_t>(code);
      ASSERT_EQ(e.encode(e.decode(c), Rounding::rne, Overflow::inf), canonical(e, c)) << name << " code " << code;
    }
  }
}

/// All finite numbers of a format in ascending order, with their codes.
std::map<double, std::uint16_t> number_line(const Element& e) {
  std::map<double, std::uint16_t> line;
  for (unsigned code = 0; code < (1U << e.bits()); ++code) {
    const auto c = canonical(e, static_cast<std::uint16_t>(code));
    const double value = e.decode(c);
    if (std::isfinite(value) && !(value == 0 && c != 0)) line[value] = c;
  }
  return line;
}

TEST(encoding, takes_the_neighbour_that_the_rounding_says) {
  for (const std::string& name : every_small_element()) {
    const Element e = element(name);
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
      const std::uint16_t even = e.encode(middle, Rounding::rne, Overflow::saturate);
      ASSERT_TRUE(e.decode(even) == low->first || e.decode(even) == high->first) << name << ": " << middle;
      ASSERT_EQ(even & 1U, 0U) << name << ": a tie goes to the even code, " << middle;
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

TEST(formats, unknown_names_are_refused_with_the_nearest_known_one) {
  for (const char* name : {"int1", "int17", "e4m", "e9m2", "e8m8", "e4m3fnz", "", "float8", "e5m0ieee"}) EXPECT_THROW(element(name), InputError) << name;
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
      const auto code = static_cast<std::uint16_t>(std::stoul(from, nullptr, 16));
      const double found = name == "e8m0" ? decode_e8m0(static_cast<std::uint8_t>(code)) : element(name).decode(code);
      const auto expected = static_cast<double>(float_of(to));
      ASSERT_TRUE(found == expected || (std::isnan(found) && std::isnan(expected))) << line << ": we say " << found;
      ASSERT_TRUE(std::isnan(found) || std::signbit(found) == std::signbit(expected)) << line;
    } else {
      const Element e = element(name);
      const std::uint16_t found = e.encode(static_cast<double>(float_of(from)), Rounding::rne, overflow_of(name));
      const auto expected = static_cast<std::uint16_t>(std::stoul(to, nullptr, 16));
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
