// SPDX-License-Identifier: Apache-2.0
#include "analysis/accuracy/evaluation.hpp"

#include <algorithm>
#include <memory>

#include "analysis/accuracy/operand_bits.hpp"
#include "analysis/accuracy/sqnr_meter.hpp"
#include "workloads/reference_matmul.hpp"

namespace macroscope::accuracy {
namespace {

using workloads::Matrix;
using workloads::TokenWindows;

/// Windows run together: more rows a multiplication, but at most this much for one set of logits and so many windows.
constexpr std::int64_t most_logit_bytes = std::int64_t{128} << 20;
constexpr std::int64_t most_windows = 8;

std::int64_t windows_at_once(const workloads::Llama& model, std::int64_t length) {
  const std::int64_t bytes = length * model.config().vocabulary * static_cast<std::int64_t>(sizeof(float));
  return std::clamp(most_logit_bytes / bytes, std::int64_t{1}, most_windows);
}

/// One MAC under test: its datapath with the prepared weights, and the meter in front of it.
struct Station {
  Station(const datapath::MacSpec& spec, const EvaluationOptions& options, workloads::Matmul& reference)
      : datapath(spec, options.sites, reference, options.threads), meter(datapath, reference) {}

  workloads::DatapathMatmul datapath;
  SqnrMeter meter;
};

}  // namespace

Evaluation evaluate(const workloads::Llama& model, const TokenWindows& windows, const std::vector<datapath::MacSpec>& specs,
                    const EvaluationOptions& options, const EvaluationProgress& progress) {
  workloads::ReferenceMatmul reference;
  const std::int64_t sqnr_windows = std::min(windows.windows, (options.sqnr_tokens + windows.length - 1) / windows.length);
  Evaluation evaluation{windows.windows, windows.length, sqnr_windows, options.sites, {}, {}};
  std::vector<std::unique_ptr<Station>> stations;
  for (const datapath::MacSpec& spec : specs) {
    stations.push_back(std::make_unique<Station>(spec, options, reference));
    const OperandBits bits = operand_bits(spec, model, options.sites);
    evaluation.macs.push_back({spec, {}, {}, bits.weight, bits.activation});
  }
  const auto total = static_cast<double>(windows.windows) * static_cast<double>(specs.size() + 1);
  double done = 0;
  const auto report = [&](const std::string& what, std::int64_t finished) {
    done += static_cast<double>(finished);
    if (progress) progress(done / total, what);
  };
  TokenScores own;
  const std::int64_t batch = windows_at_once(model, windows.length);
  for (std::int64_t first = 0; first < windows.windows; first += batch) {
    const bool metered = first < sqnr_windows;
    const TokenWindows part = windows.slice(first, std::min(batch, windows.windows - first));
    report("fp32", 0);
    const ReferenceLogits judge(model.logits(part, reference), part);
    judge.score_itself(own);
    report("fp32", part.windows);
    for (std::size_t i = 0; i < stations.size(); ++i) {
      MacAccuracy& mac = evaluation.macs[i];
      if (mac.spec.is_reference()) {
        judge.score_itself(mac.scores);
      } else {
        workloads::Matmul& matmul = metered ? static_cast<workloads::Matmul&>(stations[i]->meter) : stations[i]->datapath;
        judge.score(model.logits(part, matmul), mac.scores);
      }
      report(mac.spec.name, part.windows);
    }
  }
  evaluation.sqnr_windows = std::min(windows.windows, (sqnr_windows + batch - 1) / batch * batch);
  evaluation.reference_nll = own.nll;
  for (std::size_t i = 0; i < stations.size(); ++i) evaluation.macs[i].site_errors = stations[i]->meter.errors();
  return evaluation;
}

}  // namespace macroscope::accuracy
