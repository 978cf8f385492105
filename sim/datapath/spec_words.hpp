// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::datapath {

/// The words of the YAML vocabulary and the values they stand for: one table serves reading, writing and error messages.
template <class Enum>
using Words = std::vector<std::pair<std::string, Enum>>;

const Words<formats::Rounding>& rounding_words();
const Words<formats::Overflow>& overflow_words();
const Words<formats::ScaleRule>& scale_rule_words();
const Words<ScaleEncoding>& scale_encoding_words();
const Words<Granularity>& granularity_words();
const Words<Reduction>& reduction_words();
const Words<Multiplier>& multiplier_words();
inline constexpr int greedy_rounds = 0, alternating_rounds = 15;
const Words<int>& fit_words();  ///< rounds of alternating least squares
const Words<Magnitude>& magnitude_words();
const Words<bool>& product_words();  ///< is a product rounded before it is added?
const Words<bool>& flush_words();    ///< are subnormals flushed?
const Words<AccumulatorOverflow>& accumulator_overflow_words();

template <class Enum>
const std::string& word(const Words<Enum>& words, Enum value) {
  for (const auto& [name, meaning] : words)
    if (meaning == value) return name;
  static const std::string unnamed = "?";
  return unnamed;
}

template <class Enum>
std::vector<std::string> names(const Words<Enum>& words) {
  std::vector<std::string> all;
  for (const auto& entry : words) all.push_back(entry.first);
  return all;
}

}  // namespace macroscope::datapath
