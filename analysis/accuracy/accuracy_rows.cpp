// SPDX-License-Identifier: Apache-2.0
// An evaluation as result rows: which number is computed how.
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/accuracy/evaluation.hpp"
#include "analysis/accuracy/paired_statistics.hpp"
#include "analysis/accuracy/sqnr_meter.hpp"

namespace macroscope::accuracy {
namespace {

Metric metric(double value, const std::string& unit, std::optional<double> ci95, const std::string& method) {
  if (!std::isfinite(value)) return Metric::missing(unit, "not a finite number (the datapath overflowed or met a NaN): " + method);
  return {value, unit, ci95, method};
}

/// Turns the scores of one evaluation into metrics; `window` counts the predictions of a window.
class Rows {
 public:
  explicit Rows(const Evaluation& evaluation) : evaluation_(evaluation), window_(evaluation.window_length - 1) {
    sample_ = std::to_string(evaluation.windows * window_) + " predictions in " + std::to_string(evaluation.windows) +
              " windows of " + std::to_string(evaluation.window_length) + " tokens";
    error_ = error_method(evaluation.windows);
  }

  std::map<std::string, Metric> metrics(std::size_t index) const {
    const MacAccuracy& mac = evaluation_.macs[index];
    std::map<std::string, Metric> all;
    all["perplexity"] = perplexity(mac);
    all["kl"] = mean(mac.scores.kl, "nat", "mean KL(fp32 || mac), whole vocabulary");
    all["kl_top25"] = mean(mac.scores.kl_top25, "nat", "mean KL(fp32 || mac) among the 25 likeliest tokens of fp32, renormalized");
    all["top1_agreement"] = mean(mac.scores.agrees, "1", "share of positions with the same likeliest token as fp32");
    all["bits_per_weight"] = {mac.bits_per_weight, "1", std::nullopt, "element and its share of scales, over the weights on the datapath"};
    all["bits_per_activation"] = {mac.bits_per_activation, "1", std::nullopt, "element and its share of scales, over the inputs of those weights"};
    add_sqnr(mac, all);
    for (std::size_t other = 0; other < evaluation_.macs.size(); ++other)
      if (other != index) add_differences(mac, evaluation_.macs[other], all);
    return all;
  }

 private:
  Metric mean(const std::vector<double>& values, const char* unit, const std::string& what) const {
    const Estimate estimate = mean_over_windows(values, window_);
    return metric(estimate.mean, unit, estimate.ci95(), what + "; " + sample_ + "; " + error_);
  }

  /// exp of the mean NLL; its interval is that of the difference to fp32, to first order perplexity times the interval of the
  /// mean NLL difference.
  Metric perplexity(const MacAccuracy& mac) const {
    const double value = std::exp(mean_over_windows(mac.scores.nll, window_).mean);
    const std::string what = "exp of the mean NLL; " + sample_;
    if (mac.spec.is_reference()) return metric(value, "1", std::nullopt, what);
    const auto difference = mean_over_windows(paired_difference(mac.scores.nll, evaluation_.reference_nll), window_);
    return metric(value, "1", scaled(difference.ci95(), value), what + "; ci95 of the difference to fp32 paired by token; " + error_);
  }

  void add_differences(const MacAccuracy& mac, const MacAccuracy& other, std::map<std::string, Metric>& all) const {
    const auto nll = mean_over_windows(paired_difference(mac.scores.nll, other.scores.nll), window_);
    const double own = std::exp(mean_over_windows(mac.scores.nll, window_).mean);
    const double others = std::exp(mean_over_windows(other.scores.nll, window_).mean);
    const std::string paired = "minus " + other.spec.name + ", paired by token; " + sample_ + "; " + error_;
    all["perplexity_difference/" + other.spec.name] =
        metric(own - others, "1", scaled(nll.ci95(), std::sqrt(own * others)), "perplexity " + paired);
    const auto kl = mean_over_windows(paired_difference(mac.scores.kl, other.scores.kl), window_);
    all["kl_difference/" + other.spec.name] = metric(kl.mean, "nat", kl.ci95(), "mean KL to fp32 " + paired);
  }

  void add_sqnr(const MacAccuracy& mac, std::map<std::string, Metric>& all) const {
    const std::string how = "10 log10(sum C_ref^2 / sum (C - C_ref)^2), C_ref the FP32 product of the unquantized operands "
                            "that the site received; " + std::to_string(evaluation_.sqnr_windows) + " windows";
    if (mac.site_errors.empty()) {
      all["sqnr"] = Metric::missing("dB", "the reference itself has no quantization error");
      return;
    }
    double sum = 0;
    for (const auto& [site, errors] : mac.site_errors) {
      all["sqnr/" + site] = metric(decibels(errors), "dB", std::nullopt, how);
      sum += decibels(errors);
    }
    all["sqnr"] = metric(sum / static_cast<double>(mac.site_errors.size()), "dB", std::nullopt,
                         "mean over " + std::to_string(mac.site_errors.size()) + " sites of " + how);
  }

  static std::optional<double> scaled(std::optional<double> interval, double factor) {
    if (!interval) return std::nullopt;
    return *interval * factor;
  }

  const Evaluation& evaluation_;
  std::int64_t window_;
  std::string sample_, error_;
};

}  // namespace

std::vector<ResultRow> result_rows(const Evaluation& evaluation, const std::string& workload) {
  const Rows rows(evaluation);
  std::vector<ResultRow> all;
  for (std::size_t i = 0; i < evaluation.macs.size(); ++i) {
    const datapath::MacSpec& spec = evaluation.macs[i].spec;
    all.push_back({spec.name, datapath::canonical_json(spec), workload, "", "", rows.metrics(i)});
  }
  return all;
}

}  // namespace macroscope::accuracy
