// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/traced_stream.hpp"

#include <algorithm>

#include "formats/input_error.hpp"
#include "sim/datapath/unit_stream.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::hardware {
namespace {

workloads::Matrix spread_rows(const workloads::Matrix& m, int64_t count) {
  workloads::Matrix out(count, m.cols());
  for (int64_t r = 0; r < count; ++r) std::copy_n(m.row(r * m.rows() / count), m.cols(), out.row(r));
  return out;
}

}  // namespace

std::vector<datapath::UnitInput> traced_stream(const datapath::MacSpec& spec, const workloads::Trace& trace, const StreamRecipe& recipe) {
  std::vector<datapath::UnitInput> stream;
  const auto tokens = static_cast<int64_t>(recipe.tokens);
  const int64_t batches_per_site = std::max<int64_t>(1, static_cast<int64_t>(recipe.cycles / recipe.tokens / trace.sites.size()));
  for (const workloads::TracedSite& site : trace.sites) {
    if (site.activation.rows() < tokens) {
      throw InputError("The trace has only " + std::to_string(site.activation.rows()) + " tokens of the site " + site.name + "; an energy measurement streams " +
                       std::to_string(tokens) + ". Record more with 'macroscope trace'.");
    }
    const int64_t groups = (site.activation.cols() + spec.dot.lanes - 1) / spec.dot.lanes;
    const int64_t channels = std::clamp<int64_t>((batches_per_site + groups - 1) / groups, 1, site.weight.rows());
    const workloads::Matrix weight = spread_rows(site.weight, channels);
    const auto a = datapath::quantize(spec.activation, site.activation.data(), tokens, site.activation.cols(), site.activation.cols());
    const auto b = datapath::quantize(spec.weight, weight.data(), channels, weight.cols(), weight.cols());
    auto part = datapath::weight_stationary_stream(spec, a, b, std::min(batches_per_site, channels * groups) * tokens);
    std::move(part.begin(), part.end(), std::back_inserter(stream));
  }
  return stream;
}

std::string stimulus_hash(const std::filesystem::path& trace, const StreamRecipe& recipe) {
  const std::string identity = workloads::sha256_of_file(trace) + " cycles " + std::to_string(recipe.cycles) + " tokens " + std::to_string(recipe.tokens);
  return workloads::sha256(identity.data(), identity.size());
}

}  // namespace macroscope::hardware
