// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analysis/hardware/netlist.hpp"

namespace macroscope::hardware {

/// A bit per cycle, 64 cycles a word, cycle 0 in the lowest bit of the first word.
class BitSequence {
 public:
  explicit BitSequence(size_t cycles = 0) : words_((cycles + 63) / 64, 0) {}
  void set(size_t cycle, bool value) {
    const uint64_t bit = uint64_t{1} << (cycle % 64);
    words_[cycle / 64] = value ? words_[cycle / 64] | bit : words_[cycle / 64] & ~bit;
  }
  void set_word(size_t word, uint64_t value) { words_[word] = value; }
  [[nodiscard]] bool at(size_t cycle) const { return (words_[cycle / 64] >> (cycle % 64)) & 1; }
  [[nodiscard]] const std::vector<uint64_t>& words() const { return words_; }

 private:
  std::vector<uint64_t> words_;
};

/// What a netlist's inputs do, cycle by cycle, in batches whose energies are averaged as independent samples. Before cycle
/// 0 the first cycle's values have been held for ever.
struct Stimulus {
  size_t cycles = 0;
  std::vector<NetId> nets;             ///< driven inputs
  std::vector<BitSequence> values;     ///< of each of `nets`
  std::vector<size_t> batch_begins;    ///< first cycle of each batch, ascending from 0

  [[nodiscard]] size_t batches() const { return batch_begins.size(); }
  [[nodiscard]] size_t batch_end(size_t batch) const { return batch + 1 < batches() ? batch_begins[batch + 1] : cycles; }
};

}  // namespace macroscope::hardware
