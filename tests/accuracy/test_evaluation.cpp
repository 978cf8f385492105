// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>

#include "analysis/accuracy/evaluation.hpp"
#include "analysis/accuracy/sqnr_meter.hpp"
#include "sim/datapath/quantized_matrix.hpp"
#include "tests/workloads/small_llama.hpp"
#include "workloads/reference_matmul.hpp"

namespace macroscope::accuracy {
namespace {

const std::filesystem::path macs = std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "configs" / "mac";

std::vector<datapath::MacSpec> specs(const std::vector<std::string>& names) {
  std::vector<datapath::MacSpec> all;
  for (const std::string& name : names) all.push_back(datapath::load_mac_spec(name, macs));
  return all;
}

class SmallEvaluation : public testing::Test {
 protected:
  const workloads::LlamaConfig config_ = tests::small_config();
  const workloads::Llama model_{config_, tests::random_weights(config_)};
  const workloads::TokenWindows windows_ = tests::random_windows(config_, 11, 20);
};

TEST_F(SmallEvaluation, PerplexityIsTheExponentialOfTheMeanNegativeLogLikelihood) {
  const auto rows = result_rows(evaluate(model_, windows_, specs({"fp32", "mxfp8_e4m3"}), {}), "small");
  workloads::ReferenceMatmul reference;
  double nll = 0;
  for (std::int64_t w = 0; w < 11; ++w) {  // one window at a time, softmax written out
    const auto logits = model_.logits(windows_.slice(w, 1), reference);
    for (std::int64_t r = 0; r < 19; ++r) {
      double sum = 0;
      for (std::int64_t c = 0; c < 37; ++c) sum += std::exp(static_cast<double>(logits.row(r)[c]));
      nll -= std::log(std::exp(static_cast<double>(logits.row(r)[windows_.tokens[static_cast<std::size_t>(w * 20 + r + 1)]])) / sum);
    }
  }
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_NEAR(*rows[0].metrics.at("perplexity").value, std::exp(nll / (11 * 19)), 1e-4);
  EXPECT_EQ(*rows[0].metrics.at("kl").value, 0.0);
  EXPECT_EQ(*rows[0].metrics.at("top1_agreement").value, 1.0);
  EXPECT_FALSE(rows[0].metrics.at("sqnr").value);
  EXPECT_EQ(rows[1].mac, "mxfp8_e4m3");
  EXPECT_GT(*rows[1].metrics.at("kl").value, 0.0);
  EXPECT_TRUE(rows[1].metrics.at("kl").ci95);
}

TEST_F(SmallEvaluation, DifferencesOfMacsArePairedAndAntisymmetric) {
  const auto rows = result_rows(evaluate(model_, windows_, specs({"fp32", "int8", "mxfp8_e4m3"}), {}), "small");
  const auto& there = rows[1].metrics.at("kl_difference/mxfp8_e4m3");
  const auto& back = rows[2].metrics.at("kl_difference/int8");
  EXPECT_DOUBLE_EQ(*there.value, -*back.value);
  EXPECT_DOUBLE_EQ(*there.ci95, *back.ci95);
  EXPECT_NEAR(*there.value, *rows[1].metrics.at("kl").value - *rows[2].metrics.at("kl").value, 1e-12);
  EXPECT_NEAR(*rows[1].metrics.at("perplexity_difference/fp32").value,
              *rows[1].metrics.at("perplexity").value - *rows[0].metrics.at("perplexity").value, 1e-9);
  EXPECT_NEAR(*rows[1].metrics.at("perplexity_difference/fp32").ci95, *rows[1].metrics.at("perplexity").ci95,
              0.01 * *rows[1].metrics.at("perplexity").ci95)
      << "the interval of the perplexity is that of its difference to fp32";
}

TEST_F(SmallEvaluation, EverySiteOnTheDatapathHasASqnr) {
  EvaluationOptions options;
  const auto linear = evaluate(model_, windows_, specs({"int8"}), options);
  EXPECT_EQ(linear.macs[0].site_errors.size(), 2u * 7);
  options.sites = workloads::SitesPolicy::all;
  const auto all = evaluate(model_, windows_, specs({"int8"}), options);
  EXPECT_EQ(all.macs[0].site_errors.size(), 2u * 9 + 1);
  const auto row = result_rows(all, "small")[0];
  for (const char* site : {"layers.0.attn.q", "layers.1.attn.pv", "head"}) {
    const double sqnr = *row.metrics.at(std::string("sqnr/") + site).value;
    EXPECT_GT(sqnr, 25) << site;
    EXPECT_LT(sqnr, 60) << site;
  }
}

TEST_F(SmallEvaluation, ScoresDoNotDependOnHowManyWindowsRunTogether) {
  const auto together = evaluate(model_, windows_, specs({"mxint8"}), {});
  std::vector<double> alone;
  for (std::int64_t w = 0; w < 11; ++w) {
    const auto one = evaluate(model_, windows_.slice(w, 1), specs({"mxint8"}), {});
    alone.insert(alone.end(), one.macs[0].scores.kl.begin(), one.macs[0].scores.kl.end());
  }
  ASSERT_EQ(alone.size(), together.macs[0].scores.kl.size());
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(alone[i], together.macs[0].scores.kl[i], 1e-6 + 1e-3 * alone[i]);
}

TEST_F(SmallEvaluation, ProgressGrowsToOne) {
  std::vector<double> fractions;
  evaluate(model_, windows_, specs({"fp32", "int8"}), {}, [&](double fraction, const std::string&) { fractions.push_back(fraction); });
  EXPECT_TRUE(std::is_sorted(fractions.begin(), fractions.end()));
  EXPECT_DOUBLE_EQ(fractions.back(), 1.0);
}

TEST(SqnrMeter, ComparesWithTheProductOfTheUnquantizedOperands) {
  const auto spec = datapath::load_mac_spec("int8", macs);
  workloads::ReferenceMatmul reference;
  workloads::DatapathMatmul matmul(spec, workloads::SitesPolicy::linear, reference, 1);
  SqnrMeter meter(matmul, reference);
  workloads::Matrix a(1, 2), b(1, 2), c(1, 1);
  a.row(0)[0] = 127.0f;  // scale 1: 127 and 0.6, which rounds to 1
  a.row(0)[1] = 0.6f;
  b.row(0)[0] = 127.0f;  // scale 1, exact
  b.row(0)[1] = 100.0f;
  meter.multiply({"x", workloads::SiteKind::projection}, a, b, c);
  EXPECT_FLOAT_EQ(c.row(0)[0], 127 * 127 + 100);
  const double exact = 127.0 * 127 + 60;
  EXPECT_NEAR(decibels(meter.errors().at("x")), 10 * std::log10(exact * exact / (40.0 * 40.0)), 1e-3);
  meter.multiply({"y", workloads::SiteKind::head}, a, b, c);
  EXPECT_EQ(meter.errors().count("y"), 0u) << "the head stays in FP32: nothing to measure";
}

TEST(Evaluation, ADatapathThatOverflowsIsReportedAsSuch) {
  const auto config = tests::small_config();
  auto weights = tests::random_weights(config);
  for (std::int64_t i = 0; i < config.width; ++i) weights.layers[0].up.row(0)[i] = std::numeric_limits<float>::infinity();
  const workloads::Llama model(config, std::move(weights));
  const auto rows = result_rows(evaluate(model, tests::random_windows(config, 1, 8), specs({"mxint8"}), {}), "broken");
  EXPECT_FALSE(rows[0].metrics.at("kl").value);
  EXPECT_THAT(rows[0].metrics.at("kl").method, testing::HasSubstr("not a finite number"));
}

}  // namespace
}  // namespace macroscope::accuracy
