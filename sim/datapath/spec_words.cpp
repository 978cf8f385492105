// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/spec_words.hpp"

namespace macroscope::datapath {

using formats::Overflow;
using formats::Rounding;
using formats::ScaleRule;

const Words<Rounding>& rounding_words() {
  static const Words<Rounding> words{{"rne", Rounding::rne}, {"half_away", Rounding::half_away}, {"truncate", Rounding::truncate}, {"stochastic", Rounding::stochastic}};
  return words;
}
const Words<Overflow>& overflow_words() {
  static const Words<Overflow> words{{"saturate", Overflow::saturate}, {"nan", Overflow::nan}, {"inf", Overflow::inf}};
  return words;
}
const Words<ScaleRule>& scale_rule_words() {
  static const Words<ScaleRule> words{{"absmax", ScaleRule::absmax}, {"floor", ScaleRule::floor}, {"ceil", ScaleRule::ceil},
                                      {"nearest", ScaleRule::nearest}, {"mse", ScaleRule::mse}};
  return words;
}
const Words<ScaleEncoding>& scale_encoding_words() {
  static const Words<ScaleEncoding> words{{"fp32", ScaleEncoding::fp32}, {"e8m0", ScaleEncoding::e8m0}};
  return words;
}
const Words<Granularity>& granularity_words() {
  static const Words<Granularity> words{{"tensor", Granularity::tensor}, {"token", Granularity::token},
                                        {"channel", Granularity::channel}, {"block", Granularity::block}};
  return words;
}
const Words<Multiplier>& multiplier_words() {
  static const Words<Multiplier> words{{"array", Multiplier::array}, {"add_sub", Multiplier::add_sub},
                                       {"lut", Multiplier::lut}, {"shift_add", Multiplier::shift_add}};
  return words;
}
const Words<int>& fit_words() {
  static const Words<int> words{{"greedy", greedy_rounds}, {"alternating", alternating_rounds}};
  return words;
}
const Words<Reduction>& reduction_words() {
  static const Words<Reduction> words{{"integer", Reduction::integer}, {"exact", Reduction::exact},       {"aligned", Reduction::aligned},
                                      {"sequential", Reduction::sequential}, {"tree", Reduction::tree}, {"reference", Reduction::reference}};
  return words;
}
const Words<Magnitude>& magnitude_words() {
  static const Words<Magnitude> words{{"sign_magnitude", Magnitude::sign_magnitude}, {"twos_complement", Magnitude::twos_complement}};
  return words;
}
const Words<bool>& product_words() {
  static const Words<bool> words{{"exact", false}, {"rounded", true}};
  return words;
}
const Words<bool>& flush_words() {
  static const Words<bool> words{{"keep", false}, {"flush", true}};
  return words;
}
const Words<AccumulatorOverflow>& accumulator_overflow_words() {
  static const Words<AccumulatorOverflow> words{{"wrap", AccumulatorOverflow::wrap}, {"saturate", AccumulatorOverflow::saturate}};
  return words;
}

}  // namespace macroscope::datapath
