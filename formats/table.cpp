// SPDX-License-Identifier: Apache-2.0
#include "formats/table.hpp"

#include <algorithm>
#include <cmath>

namespace macroscope::formats {
namespace {

std::vector<double> normal_float4() {
  std::vector<double> values;
  for (const float v : {-1.0F, -0.6961928009986877F, -0.5250730514526367F, -0.39491748809814453F, -0.28444138169288635F, -0.18477343022823334F,
                        -0.09105003625154495F, 0.0F, 0.07958029955625534F, 0.16093020141124725F, 0.24611230194568634F, 0.33791524171829224F,
                        0.44070982933044434F, 0.5626170039176941F, 0.7229568362236023F, 1.0F})
    values.push_back(static_cast<double>(v));
  return values;
}

std::vector<double> integers_with_halves() {
  std::vector<double> values;
  for (int code = 0; code < 16; ++code) values.push_back((code ^ 8) - 8);
  values[7] = 0.5;
  values[8] = -0.5;
  return values;
}

std::vector<double> two_powers(int bits_a_term) {
  const int choices = 1 << bits_a_term;
  std::vector<double> values;
  for (const double sign : {1.0, -1.0})
    for (int p0 = 0; p0 < choices; ++p0)
      for (int p1 = 0; p1 < choices; ++p1)
        values.push_back(sign * ((p0 ? std::ldexp(1.0, 2 - 2 * p0) : 0.0) + (p1 ? std::ldexp(1.0, 1 - 2 * p1) : 0.0)));
  return values;
}

/// Between two neighbours, low < value < high: the higher one?
bool takes_high(const Table& t, Code low, Code high, double value, Rounding rounding, std::uint32_t random) {
  const double below = value - t.values[low];
  const double above = t.values[high] - value;
  const bool high_is_outer = std::fabs(t.values[high]) > std::fabs(t.values[low]);
  if (rounding == Rounding::truncate) return !high_is_outer;
  if (rounding == Rounding::stochastic) return static_cast<double>(random) < std::floor(std::ldexp(below / (below + above), 32));
  if (below != above) return above < below;
  if (rounding == Rounding::half_away) return high_is_outer;
  return low % 2 == high % 2 ? !high_is_outer : high % 2 == 0;
}

}  // namespace

int table_bits(std::size_t entries) {
  int bits = 1;
  while ((std::size_t{1} << bits) < entries) ++bits;
  return bits;
}

std::optional<NamedTable> named_table(std::string_view name) {
  if (name == "nf4") return NamedTable{normal_float4(), "e8m23", 0};
  if (name == "dint4") return NamedTable{integers_with_halves(), "int5", -1};
  if (name == "pot2x1") return NamedTable{two_powers(1), "int3", -1};
  if (name == "pot2x2") return NamedTable{two_powers(2), "int7", -5};
  if (name == "pot2x3") return NamedTable{two_powers(3), "int15", -13};
  return std::nullopt;
}

Code encode(const Table& t, double value, Rounding rounding, std::uint32_t random) {
  if (std::isnan(value)) value = 0;
  const auto above = std::lower_bound(t.ascending.begin(), t.ascending.end(), value, [&](Code code, double x) { return t.values[code] < x; });
  if (above == t.ascending.end()) return t.ascending.back();
  if (above == t.ascending.begin() || t.values[*above] == value) return *above;
  const Code low = *std::prev(above);
  return takes_high(t, low, *above, value, rounding, random) ? *above : low;
}

}  // namespace macroscope::formats
