// SPDX-License-Identifier: Apache-2.0
#include "analysis/comparison/comparison.hpp"

#include <algorithm>

#include "analysis/throughput/array_metrics.hpp"
#include "formats/input_error.hpp"
#include "sim/datapath/has_rtl.hpp"

namespace macroscope::comparison {
namespace {

constexpr std::pair<const char*, const char*> hardware_metrics[] = {
    {"area", "um2"}, {"area_nand2", "1"}, {"area_flipflops", "um2"}, {"critical_path", "ns"}, {"clock", "ns"}, {"pipeline_stages", "1"},
    {"energy_per_mac_settled", "pJ"}, {"energy_per_mac_glitch", "pJ"}};

const hardware::Characterisation& unit_of(const Technology& technology, const std::string& mac) {
  const auto found = std::find_if(technology.units.begin(), technology.units.end(), [&](const auto& unit) { return unit.mac == mac; });
  if (found == technology.units.end()) throw InputError("MAC '" + mac + "' was not characterised in " + technology.name + ".");
  return *found;
}

void say_no_hardware(ResultRow& row, const std::string& reason) {
  for (const auto& [name, unit] : hardware_metrics) row.metrics.emplace(name, Metric::missing(unit, reason));
  row.metrics.merge(throughput::missing_language_model_metrics(reason));
}

}  // namespace

std::vector<datapath::MacSpec> with_hardware(const std::vector<datapath::MacSpec>& specs) {
  std::vector<datapath::MacSpec> kept;
  std::copy_if(specs.begin(), specs.end(), std::back_inserter(kept), [](const auto& spec) { return datapath::has_rtl(spec); });
  return kept;
}

std::vector<ResultRow> compare(const Workload& workload, const std::vector<datapath::MacSpec>& specs,
                               const std::vector<Technology>& technologies, const system::ArrayConfig& array,
                               const accuracy::EvaluationOptions& options, const ComparisonProgress& progress) {
  const accuracy::Evaluation evaluation = accuracy::evaluate(*workload.network, *workload.windows, specs, options,
                                                             [&](double fraction, const std::string& what) {
                                                               if (progress) progress(0.95 * fraction, "accuracy: " + what);
                                                             });
  const std::vector<ResultRow> accuracy_rows = accuracy::result_rows(evaluation, workload.name);
  std::vector<ResultRow> rows;
  for (std::size_t t = 0; t < std::max<std::size_t>(1, technologies.size()); ++t)
    for (std::size_t i = 0; i < specs.size(); ++i) {
      ResultRow row = accuracy_rows.at(i);
      if (specs[i].is_reference()) {
        if (t > 0) continue;  // it has no hardware: one row serves all technologies
        say_no_hardware(row, "the FP32 reference is accuracy alone: it has no hardware");
      } else if (const auto gap = datapath::missing_rtl(specs[i])) {
        if (t > 0) continue;
        say_no_hardware(row, *gap);
      } else if (technologies.empty()) {
        say_no_hardware(row, "no technology was given");
      } else {
        if (progress) progress(0.95 + 0.05 * static_cast<double>(i) / static_cast<double>(specs.size()), "array: " + row.mac);
        const hardware::Characterisation& unit = unit_of(technologies[t], row.mac);
        row.technology = technologies[t].name;
        row.stimulus = technologies[t].stimulus;
        row.metrics.merge(hardware::metrics(unit));
        row.metrics.merge(throughput::language_model_metrics(workload.network->config(), specs[i], array, throughput::unit_cost(unit)));
      }
      rows.push_back(std::move(row));
    }
  return rows;
}

}  // namespace macroscope::comparison
