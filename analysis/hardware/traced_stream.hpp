// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/datapath/unit.hpp"
#include "workloads/trace.hpp"

namespace macroscope::hardware {

/// How operands of a trace become what a unit sees, in cycles. Part of the provenance of every energy.
struct StreamRecipe {
  std::size_t cycles = 4096;  ///< of all sites together, as near as whole batches allow
  std::size_t tokens = 32;    ///< consecutive tokens that stream past one weight vector: one batch
};

/// Weight-stationary operation of one unit on the traced operands: each site of the trace gets an equal share of the
/// cycles; its first `tokens` tokens stream past each group of K of some of its output channels (evenly spread), with the
/// golden partial sum of the groups before. Batches of recipe.tokens cycles follow each other.
std::vector<datapath::UnitInput> traced_stream(const datapath::MacSpec& spec, const workloads::Trace& trace, const StreamRecipe& recipe);

/// SHA-256 over the trace file and the recipe: the identity of a stimulus.
std::string stimulus_hash(const std::filesystem::path& trace, const StreamRecipe& recipe);

}  // namespace macroscope::hardware
