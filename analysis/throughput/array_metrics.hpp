// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "analysis/hardware/units.hpp"
#include "analysis/result.hpp"
#include "analysis/throughput/unit_cost.hpp"
#include "sim/datapath/mac_spec.hpp"
#include "sim/system/model_run.hpp"
#include "workloads/llama_config.hpp"

namespace macroscope::throughput {

/// Tokens of a prefill, and of the context in which decode's one token stands.
inline constexpr std::int64_t phase_tokens = 512;

/// Energy of the array alone over a run: units at work pay for an operation (of all their lanes, used or not), all others
/// for a clocked cycle at rest. Nothing where the cost has no energies.
std::optional<hardware::Picojoules> array_energy(const system::ArrayRun& run, const UnitCost& cost);

/// PREFIX_cycles, PREFIX_utilization, PREFIX_dram_bytes, PREFIX_stall_cycles/REASON, and PREFIX_energy_per_token, in joules,
/// when `tokens` > 0, else PREFIX_energy of the whole run.
std::map<std::string, Metric> phase_metrics(const std::string& prefix, std::int64_t tokens, const std::string& what, const system::ModelRun& run, const UnitCost& cost);

/// The unit's view of an array: refuses (InputError) a MAC of another number of lanes than the array is built of, and the
/// reference.
system::UnitFormat unit_on_array(const datapath::MacSpec& spec, const system::ArrayConfig& array, const UnitCost& cost);

/// prefill_ (512 tokens, or the model's context if it is shorter) and decode_ (one token in that context) of a model.
/// `progress` hears the fraction done.
std::map<std::string, Metric> language_model_metrics(const workloads::LlamaConfig& model, const datapath::MacSpec& spec, const system::ArrayConfig& array,
                                                     const UnitCost& cost, const std::function<void(double)>& progress = {});

/// The same names without values, for a row that has no hardware.
std::map<std::string, Metric> missing_language_model_metrics(const std::string& reason);

}  // namespace macroscope::throughput
