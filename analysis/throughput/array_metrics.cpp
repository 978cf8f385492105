// SPDX-License-Identifier: Apache-2.0
#include "analysis/throughput/array_metrics.hpp"

#include <algorithm>

#include "analysis/throughput/decoder_matmuls.hpp"
#include "formats/input_error.hpp"

namespace macroscope::throughput {
namespace {

constexpr double joules_per_picojoule = 1e-12;

Metric measured(double value, const char* unit, const std::string& method) { return {value, unit, std::nullopt, method}; }

std::string counted(std::int64_t number, const std::string& noun) { return std::to_string(number) + " " + noun + (number == 1 ? "" : "s"); }

}  // namespace

std::optional<hardware::Picojoules> array_energy(const system::ArrayRun& run, const UnitCost& cost) {
  if (!cost.operation || !cost.idle) return std::nullopt;
  return *cost.operation * static_cast<double>(run.unit_operations) + *cost.idle * static_cast<double>(run.unit_cycles - run.unit_operations);
}

std::map<std::string, Metric> phase_metrics(const std::string& prefix, std::int64_t tokens, const std::string& what, const system::ModelRun& run, const UnitCost& cost) {
  const system::ArrayRun& total = run.total;
  const std::string method = "SystemC, " + what + ", unit latency " + counted(cost.latency, "cycle");
  std::map<std::string, Metric> metrics;
  metrics[prefix + "_cycles"] = measured(static_cast<double>(total.cycles), "1", method);
  metrics[prefix + "_utilization"] = measured(total.utilization(), "1", method);
  metrics[prefix + "_dram_bytes"] = measured(static_cast<double>(total.traffic.total()), "B", method + "; weights, activations and results through the memory port");
  const std::pair<const char*, std::int64_t> stalls[] = {{"first_load", total.stalls.first_load}, {"weights", total.stalls.weights},
                                                         {"activations", total.stalls.activations}, {"partial_sums", total.stalls.partial_sums},
                                                         {"outputs", total.stalls.outputs}, {"drain", total.drain_cycles}};
  for (const auto& [reason, cycles] : stalls) metrics[prefix + "_stall_cycles/" + reason] = measured(static_cast<double>(cycles), "1", method);
  const std::string name = prefix + (tokens > 0 ? "_energy_per_token" : "_energy");
  if (const auto energy = array_energy(total, cost)) {
    const double joules = joules_per_picojoule * energy->value() / static_cast<double>(std::max<std::int64_t>(tokens, 1));
    metrics[name] = measured(joules, "J", "MAC array alone, idle clock included: " + cost.method + ", " + what);
  } else {
    metrics[name] = Metric::missing("J", cost.method);
  }
  return metrics;
}

system::UnitFormat unit_on_array(const datapath::MacSpec& spec, const system::ArrayConfig& array, const UnitCost& cost) {
  system::UnitFormat unit = system::unit_format(spec, cost.latency);
  if (spec.dot.lanes != array.lanes)
    throw InputError("mac '" + spec.name + "' has " + counted(spec.dot.lanes, "lane") + ", but array '" + array.name + "' is built of units of " +
                     counted(array.lanes, "lane") + "; give the array 'lanes: " + std::to_string(spec.dot.lanes) + "' or choose another MAC");
  return unit;
}

std::map<std::string, Metric> language_model_metrics(const workloads::LlamaConfig& model, const datapath::MacSpec& spec, const system::ArrayConfig& array,
                                                     const UnitCost& cost, const std::function<void(double)>& progress) {
  const system::UnitFormat unit = unit_on_array(spec, array, cost);
  const std::int64_t context = std::min(phase_tokens, model.context);
  const std::string on = " on " + std::to_string(array.rows) + "x" + std::to_string(array.columns) + " units";
  const auto half_done = [&](double begin) {
    return [&progress, begin](std::size_t done, std::size_t shapes) {
      if (progress) progress(begin + 0.5 * static_cast<double>(done) / static_cast<double>(shapes));
    };
  };
  auto metrics = phase_metrics("prefill", context, "prefill of " + counted(context, "token") + on,
                               system::simulate_sites(array, unit, decoder_matmuls(model, context, context), half_done(0)), cost);
  metrics.merge(phase_metrics("decode", 1, "decode of one token in a context of " + std::to_string(context) + on,
                              system::simulate_sites(array, unit, decoder_matmuls(model, 1, context), half_done(0.5)), cost));
  return metrics;
}

std::map<std::string, Metric> missing_language_model_metrics(const std::string& reason) {
  std::map<std::string, Metric> metrics;
  for (const std::string prefix : {"prefill_", "decode_"}) {
    metrics[prefix + "cycles"] = Metric::missing("1", reason);
    metrics[prefix + "utilization"] = Metric::missing("1", reason);
    metrics[prefix + "dram_bytes"] = Metric::missing("B", reason);
    metrics[prefix + "energy_per_token"] = Metric::missing("J", reason);
  }
  return metrics;
}

}  // namespace macroscope::throughput
