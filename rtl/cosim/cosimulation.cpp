// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/cosimulation.hpp"

#include <algorithm>

#include "formats/atomic_file.hpp"
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

/// Calls work(batch) for all of a plan's vectors and then the traced ones, until `stopped`, keeping count.
template <class Work, class Stopped>
CosimResult walk(const datapath::MacSpec& spec, const CosimPlan& plan, const UnitVectors& traced, const Advance& advance, CosimResult& result, const Work& work, const Stopped& stopped) {
  result.seed = plan.seed;
  RandomBits random(plan.seed);
  const auto pairs = plan.all_pairs ? operand_pairs(spec) : std::vector<std::pair<formats::Code, formats::Code>>{};
  const double total = static_cast<double>(2 * pairs.size() + plan.random_vectors + traced.size());
  const auto tell = [&] {
    if (advance) advance(static_cast<double>(2 * result.lane_pairs + result.random_vectors + result.traced_vectors) / total);
  };

  for (std::size_t at = 0; at < pairs.size() && !stopped(); at += batch_size) {
    const std::size_t end = std::min(pairs.size(), at + batch_size);
    work(lane_pair_vectors(spec, {pairs.begin() + static_cast<std::ptrdiff_t>(at), pairs.begin() + static_cast<std::ptrdiff_t>(end)}, random.word()));
    result.lane_pairs = end;
    tell();
  }
  while (result.random_vectors < plan.random_vectors && !stopped()) {
    const std::size_t count = std::min<std::uint64_t>(batch_size, plan.random_vectors - result.random_vectors);
    work(random_vectors(spec, count, random));
    result.random_vectors += count;
    tell();
  }
  if (traced.size() && !stopped()) {
    work(traced);
    result.traced_vectors = traced.size();
    tell();
  }
  return result;
}

std::string field(const char* name, int low, int bits) { return "//   [" + std::to_string(low + bits - 1) + ":" + std::to_string(low) + "]  " + name + "\n"; }

/// How a line's bits divide, as comments.
std::string header(const datapath::MacSpec& spec, const CosimPlan& plan) {
  const int lanes = spec.dot.lanes, psum = datapath::psum_bits(spec);
  const int activation = lanes * spec.activation.element.bits(), weight = lanes * spec.weight.element.bits();
  const int scales = activation + weight, sums = scales + 16;
  std::string text = "// Vectors of the MAC '" + spec.name + "' by MACroscope, seed " + std::to_string(plan.seed) + ", for $readmemh. Each line has " + std::to_string(sums + 2 * psum) + " bits:\n";
  text += field("activation_i, lane 0 lowest", 0, activation) + field("weight_i, lane 0 lowest", activation, weight);
  text += field("activation_scale_i", scales, 8) + field("weight_scale_i", scales + 8, 8);
  return text + field("psum_i", sums, psum) + field("psum_o, as the golden model has it", sums + psum, psum);
}

}  // namespace

CosimResult cosimulate(VerilatedUnit& unit, const datapath::MacSpec& spec, const CosimPlan& plan, const UnitVectors& traced, const Advance& advance) {
  CosimResult result;
  Comparison comparison(unit, result, plan.stop_after);
  return walk(spec, plan, traced, advance, result, [&](const UnitVectors& batch) { comparison.run(batch); }, [&] { return comparison.stopped(); });
}

CosimResult write_vectors(const std::filesystem::path& file, const datapath::MacSpec& spec, const CosimPlan& plan, const UnitVectors& traced, const Advance& advance) {
  std::string text = header(spec, plan);
  CosimResult result;
  walk(spec, plan, traced, advance, result, [&](const UnitVectors& batch) { batch.append_memory_lines(text); }, [] { return false; });
  write_file_atomically(file, text);
  return result;
}

}  // namespace macroscope::rtl
