// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "analysis/accuracy/token_scores.hpp"
#include "analysis/result.hpp"
#include "sim/datapath/mac_spec.hpp"
#include "workloads/datapath_matmul.hpp"
#include "workloads/llama.hpp"
#include "workloads/vector_math.hpp"

namespace macroscope::accuracy {

struct EvaluationOptions {
  workloads::SitesPolicy sites = workloads::SitesPolicy::linear;
  int threads = 1;
  std::int64_t sqnr_tokens = 2048;  ///< SQNR is measured on the windows that begin within the first so many tokens
};

/// What one MAC did to one model on one text.
struct MacAccuracy {
  datapath::MacSpec spec;
  TokenScores scores;
  std::map<std::string, workloads::SquaredError> site_errors;  ///< by site; empty for a reference spec
  double bits_per_weight = 0;      ///< scales included, over the weights on the datapath
  double bits_per_activation = 0;  ///< likewise
};

/// All MACs on the same text; every score is paired by token with every other MAC's.
struct Evaluation {
  std::int64_t windows;
  std::int64_t window_length;
  std::int64_t sqnr_windows;
  workloads::SitesPolicy sites;
  std::vector<double> reference_nll;
  std::vector<MacAccuracy> macs;
};

/// Fraction of the work done and what is being done.
using EvaluationProgress = std::function<void(double fraction, const std::string& what)>;

/// Runs the model on all windows in FP32 once and with every MAC. Logits are kept for a few windows at a time only. Throws
/// InputError as Llama::logits does.
Evaluation evaluate(const workloads::Llama& model, const workloads::TokenWindows& windows,
                    const std::vector<datapath::MacSpec>& specs, const EvaluationOptions& options,
                    const EvaluationProgress& progress = {});

/// One row a MAC with the metrics perplexity, kl, kl_top25, top1_agreement, sqnr, sqnr/SITE, bits_per_weight and
/// bits_per_activation, and perplexity_difference/OTHER and kl_difference/OTHER, this MAC's minus each other's, with the error
/// of the paired difference.
std::vector<ResultRow> result_rows(const Evaluation& evaluation, const std::string& workload);

}  // namespace macroscope::accuracy
