// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/pipeline.hpp"

#include <algorithm>

namespace macroscope::hardware {
namespace {

PipelineChoice expected(const Segments& segments, uint32_t cuts) {
  PipelineChoice choice{cuts, Nanoseconds(0), 0};
  Nanoseconds stage;
  for (size_t i = 0; i < segments.delay.size(); ++i) {
    stage += segments.delay[i];
    choice.period = std::max(choice.period, stage);
    if (i < segments.register_bits.size() && (cuts >> i) & 1) {
      choice.register_bits += segments.register_bits[i];
      stage = Nanoseconds(0);
    }
  }
  choice.period += segments.overhead;
  return choice;
}

// At most 11 boundaries and 3 cuts: 165 choices, so all of them are looked at.
std::vector<PipelineChoice> all_choices(const Segments& segments, int stages) {
  std::vector<PipelineChoice> choices;
  for (uint32_t cuts = 0; cuts < (1U << segments.register_bits.size()); ++cuts) {
    if (__builtin_popcount(cuts) == stages - 1) choices.push_back(expected(segments, cuts));
  }
  return choices;
}

}  // namespace

std::optional<PipelineChoice> fastest(const Segments& segments, int stages) {
  const auto choices = all_choices(segments, stages);
  if (choices.empty()) return std::nullopt;
  const auto best = std::min_element(choices.begin(), choices.end(), [](const auto& a, const auto& b) { return a.period < b.period; });
  return smallest(segments, stages, best->period * 1.01);
}

std::optional<PipelineChoice> smallest(const Segments& segments, int stages, Nanoseconds period) {
  std::optional<PipelineChoice> best;
  for (const PipelineChoice& choice : all_choices(segments, stages)) {
    if (choice.period > period) continue;
    if (!best || choice.register_bits < best->register_bits || (choice.register_bits == best->register_bits && choice.period < best->period)) best = choice;
  }
  return best;
}

}  // namespace macroscope::hardware
