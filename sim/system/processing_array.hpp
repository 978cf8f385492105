// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/system/activation_buffer.hpp"
#include "sim/system/array_run.hpp"
#include "sim/system/cycle_clock.hpp"
#include "sim/system/output_drain.hpp"
#include "sim/system/tile_plan.hpp"
#include "sim/system/weight_loader.hpp"

namespace macroscope::system {

/// Feeds tokens, at most one a cycle, into the skewed array and follows their wave through it. Because the array never
/// stops once a token is in, a token's way is known when it enters: its results are complete in the buffers in cycle
/// entry + R*L + C. So tokens that nothing holds up are one event together, whatever their number.
class ProcessingArray : public ClockedModule {
 public:
  ProcessingArray(const sc_core::sc_module_name& name, const CycleClock& clock, WeightLoader& weights, ActivationBuffer& activations,
                  OutputDrain& outputs);

  void begin(const TilePlan& plan);

  /// All tokens of all tiles have entered.
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] Cycle last_entry() const { return now_; }
  [[nodiscard]] std::int64_t entered() const { return entered_; }
  [[nodiscard]] const StallCycles& stalls() const { return stalls_; }

 private:
  void compute();
  void stream(const Tile& tile);
  bool held_up(const Tile& tile, std::int64_t token);
  std::int64_t run_length(const Tile& tile, std::int64_t token);
  void enter(const Tile& tile, std::int64_t token, std::int64_t tokens);
  void stall_until(Cycle cycle, std::int64_t& reason);

  WeightLoader& weights_;
  ActivationBuffer& activations_;
  OutputDrain& outputs_;
  const TilePlan* plan_ = nullptr;

  Cycle now_ = 0;
  std::int64_t entered_ = 0;
  std::int64_t slice_begin_ = 0;      ///< bytes of the activation stream before the current slice
  std::vector<Cycle> entry_;          ///< of each token of the block in the tile before, or in this one
  StallCycles stalls_;
  bool finished_ = false;
  sc_core::sc_event start_;
};

}  // namespace macroscope::system
