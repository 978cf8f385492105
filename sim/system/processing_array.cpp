// SPDX-License-Identifier: Apache-2.0
#include "sim/system/processing_array.hpp"

#include <algorithm>

namespace macroscope::system {

ProcessingArray::ProcessingArray(const sc_core::sc_module_name& name, const CycleClock& clock, WeightLoader& weights,
                                 ActivationBuffer& activations, OutputDrain& outputs)
    : ClockedModule(name, clock), weights_(weights), activations_(activations), outputs_(outputs) {
  SC_HAS_PROCESS(ProcessingArray);
  SC_THREAD(compute);
}

void ProcessingArray::begin(const TilePlan& plan) {
  plan_ = &plan;
  entered_ = slice_begin_ = 0;
  entry_.assign(static_cast<std::size_t>(plan.block_tokens()), 0);
  stalls_ = StallCycles();
  finished_ = false;
  start_.notify(sc_core::SC_ZERO_TIME);
}

void ProcessingArray::compute() {
  for (;;) {
    sc_core::wait(start_);
    // Cycle -1 stands for the last token of a tile before the first: the earliest swap of tile i is in the cycle of the
    // last token of tile i-1, and the first token follows the swap by one cycle.
    now_ = -1;
    for (std::int64_t index = 0; index < plan_->tiles(); ++index) {
      const Cycle swap = std::max(now_, weights_.await_full(index));
      stall_until(swap, index == 0 ? stalls_.first_load : stalls_.weights);
      weights_.swapped(index, swap);
      stream(plan_->tile(index));
    }
    finished_ = true;
  }
}

/// Moves from now_, the last cycle accounted for, to `cycle`; the cycles passed over and `cycle` itself are stalls.
void ProcessingArray::stall_until(Cycle cycle, std::int64_t& reason) {
  reason += cycle - now_;
  now_ = cycle;
  wait_until(cycle);
}

void ProcessingArray::stream(const Tile& tile) {
  std::int64_t token = 0;
  while (token < tile.tokens) {
    while (held_up(tile, token)) {}
    const std::int64_t tokens = run_length(tile, token);
    enter(tile, token, tokens);
    token += tokens;
  }
  const std::int64_t slice = tile.tokens * plan_->activation_bytes(tile.k);
  if (tile.first_n) slice_begin_ += slice;
  if (tile.last_n) activations_.release(now_, slice);
}

/// Stalls for one reason that keeps `token` from entering in the cycle after now_; false when there is none.
bool ProcessingArray::held_up(const Tile& tile, std::int64_t token) {
  const Cycle next = now_ + 1;
  if (tile.first_n) {
    const Cycle there = activations_.available(slice_begin_ + (token + 1) * plan_->activation_bytes(tile.k));
    if (there > next) {
      stall_until(there - 1, stalls_.activations);
      return true;
    }
  }
  if (!tile.first_k) {
    const Cycle there = entry_[static_cast<std::size_t>(token)] + plan_->chain_distance();
    if (there > next) {
      stall_until(there - 1, stalls_.partial_sums);
      return true;
    }
  }
  if (tile.last_k) {
    wait_until(next);
    if (outputs_.room(next) < plan_->output_bytes(tile.n)) {
      stall_until(outputs_.await_room() - 1, stalls_.outputs);
      return true;
    }
  }
  return false;
}

/// Tokens that can enter in successive cycles from the one after now_ on, as far as is known in that cycle; at least one.
std::int64_t ProcessingArray::run_length(const Tile& tile, std::int64_t token) {
  const Cycle first = now_ + 1;
  wait_until(first);
  std::int64_t most = tile.tokens - token;
  if (tile.last_k) most = std::min(most, outputs_.room(first) / plan_->output_bytes(tile.n));
  std::int64_t tokens = 1;
  for (; tokens < most; ++tokens) {
    const Cycle cycle = first + tokens;
    if (tile.first_n) {
      const Cycle there = activations_.available_if_granted(slice_begin_ + (token + tokens + 1) * plan_->activation_bytes(tile.k));
      if (there < 0 || there > cycle) break;
    }
    if (!tile.first_k && entry_[static_cast<std::size_t>(token + tokens)] + plan_->chain_distance() > cycle) break;
  }
  return tokens;
}

void ProcessingArray::enter(const Tile& tile, std::int64_t token, std::int64_t tokens) {
  const Cycle first = now_ + 1;
  for (std::int64_t i = 0; i < tokens; ++i) entry_[static_cast<std::size_t>(token + i)] = first + i;
  if (tile.last_k) outputs_.collect(tokens, plan_->output_bytes(tile.n), first + plan_->chain_distance());
  entered_ += tokens;
  now_ = first + tokens - 1;
  wait_until(now_);
}

}  // namespace macroscope::system
