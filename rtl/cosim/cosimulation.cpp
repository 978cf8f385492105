// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/cosimulation.hpp"

#include <algorithm>

#include "rtl/cosim/operand_pairs.hpp"
#include "rtl/cosim/random_vectors.hpp"

namespace macroscope::rtl {
namespace {

constexpr std::size_t batch_size = 16384;

/// Feeds batches to the unit and keeps the score.
class Comparison {
 public:
  Comparison(VerilatedUnit& unit, CosimResult& result, std::uint64_t stop_after) : unit_(unit), result_(result), stop_after_(stop_after) {}

  [[nodiscard]] bool stopped() const { return result_.mismatches >= stop_after_; }

  void run(const UnitVectors& vectors) {
    const auto actual = unit_.run(vectors);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      const datapath::PsumBits expected = vectors.expected(i);
      if (actual[i] == expected) continue;
      ++result_.mismatches;
      if (!result_.first) result_.first = Mismatch{vectors.only(i), expected, actual[i]};
    }
  }

 private:
  VerilatedUnit& unit_;
  CosimResult& result_;
  std::uint64_t stop_after_;
};

}  // namespace

CosimResult cosimulate(VerilatedUnit& unit, const datapath::MacSpec& spec, const CosimPlan& plan, const UnitVectors& traced, const Advance& advance) {
  CosimResult result;
  result.seed = plan.seed;
  Comparison comparison(unit, result, plan.stop_after);
  RandomBits random(plan.seed);
  const auto pairs = plan.all_pairs ? operand_pairs(spec) : std::vector<std::pair<formats::Code, formats::Code>>{};
  const double total = static_cast<double>(2 * pairs.size() + plan.random_vectors + traced.size());
  const auto tell = [&] {
    if (advance) advance(static_cast<double>(2 * result.lane_pairs + result.random_vectors + result.traced_vectors) / total);
  };

  for (std::size_t at = 0; at < pairs.size() && !comparison.stopped(); at += batch_size) {
    const std::size_t end = std::min(pairs.size(), at + batch_size);
    comparison.run(lane_pair_vectors(spec, {pairs.begin() + static_cast<std::ptrdiff_t>(at), pairs.begin() + static_cast<std::ptrdiff_t>(end)}, random.word()));
    result.lane_pairs = end;
    tell();
  }
  while (result.random_vectors < plan.random_vectors && !comparison.stopped()) {
    const std::size_t count = std::min<std::uint64_t>(batch_size, plan.random_vectors - result.random_vectors);
    comparison.run(random_vectors(spec, count, random));
    result.random_vectors += count;
    tell();
  }
  if (traced.size() && !comparison.stopped()) {
    comparison.run(traced);
    result.traced_vectors = traced.size();
    tell();
  }
  return result;
}

}  // namespace macroscope::rtl
