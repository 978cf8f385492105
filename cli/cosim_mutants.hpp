// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/context.hpp"
#include "rtl/mutation/mutation_run.hpp"

namespace macroscope::cli {

/// `cosim --mutants`: mutates the RTL of each spec and prints what became of the mutants, as text or JSON. Exit code 1 when fewer than
/// 98 % of those not proved equivalent are killed. `cuts` are each spec's registers.
void print_mutation_runs(Context& context, const std::vector<datapath::MacSpec>& specs, const std::vector<rtl::Cuts>& cuts, const rtl::MutationPlan& plan);

/// The same MAC with another number of lanes. Throws InputError when the spec allows no such number.
datapath::MacSpec with_lanes(const datapath::MacSpec& spec, int lanes);

}  // namespace macroscope::cli
