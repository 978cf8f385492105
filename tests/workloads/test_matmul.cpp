// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "formats/input_error.hpp"
#include "sim/datapath/gemm.hpp"
#include "sim/datapath/quantized_matrix.hpp"
#include "sim/datapath/unit.hpp"
#include "workloads/datapath_matmul.hpp"
#include "workloads/recording_matmul.hpp"
#include "workloads/reference_matmul.hpp"

namespace macroscope::workloads {
namespace {

const std::filesystem::path macs = std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "configs" / "mac";

Matrix gaussian(std::int64_t rows, std::int64_t cols, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> gauss;
  Matrix matrix(rows, cols);
  for (std::int64_t i = 0; i < rows * cols; ++i) matrix.data()[i] = gauss(random);
  return matrix;
}

const MatmulSite projection{"layers.0.mlp.up", SiteKind::projection};
const MatmulSite attention_scores{"layers.0.attn.qk", SiteKind::query_key};
const MatmulSite weighted_values{"layers.0.attn.pv", SiteKind::weighted_sum};
const MatmulSite head{"head", SiteKind::head};

/// A Matmul that marks what reached it.
class Marker : public Matmul {
 public:
  void multiply(const MatmulSite& site, MatrixView, MatrixView, MutableMatrixView) override { met.push_back(site.name); }
  std::vector<std::string> met;
};

TEST(ReferenceMatmul, IsTheProductInFp32ForEverySiteAndStride) {
  ReferenceMatmul reference;
  Matrix a = gaussian(7, 50, 1), b = gaussian(11, 50, 2);
  for (const MatmulSite& site : {projection, attention_scores, projection}) {  // the second projection uses the kept copy
    Matrix c(7, 13);
    const MutableMatrixView part{c.data(), 7, 11, 13};
    reference.multiply(site, MatrixView{a.data(), 7, 48, 50}, MatrixView{b.data(), 11, 48, 50}, part);
    for (std::int64_t m = 0; m < 7; ++m)
      for (std::int64_t n = 0; n < 11; ++n) {
        double sum = 0;
        for (std::int64_t k = 0; k < 48; ++k) sum += static_cast<double>(a.row(m)[k]) * static_cast<double>(b.row(n)[k]);
        EXPECT_NEAR(part.row(m)[n], sum, 2e-5);
      }
    EXPECT_EQ(c.row(0)[11], 0.0f) << "nothing is written beside the result";
  }
}

TEST(DatapathMatmul, LinearPolicyLeavesAttentionAndHeadToTheReference) {
  Marker reference;
  DatapathMatmul matmul(datapath::load_mac_spec("int8", macs), SitesPolicy::linear, reference, 1);
  const Matrix a = gaussian(3, 32, 1), b = gaussian(4, 32, 2);
  Matrix c(3, 4);
  for (const MatmulSite& site : {projection, attention_scores, weighted_values, head}) matmul.multiply(site, a, b, c);
  EXPECT_THAT(reference.met, testing::ElementsAre("layers.0.attn.qk", "layers.0.attn.pv", "head"));
}

TEST(DatapathMatmul, AReferenceSpecSendsEverySiteToTheReference) {
  Marker reference;
  DatapathMatmul matmul(datapath::load_mac_spec("fp32", macs), SitesPolicy::all, reference, 1);
  const Matrix a = gaussian(3, 32, 1), b = gaussian(4, 32, 2);
  Matrix c(3, 4);
  matmul.multiply(projection, a, b, c);
  EXPECT_EQ(reference.met.size(), 1u);
}

TEST(DatapathMatmul, EveryPresetMultipliesEverySiteBitForBitAsItsUnit) {
  const Matrix a = gaussian(5, 70, 3), b = gaussian(6, 70, 4);
  for (const std::string& name : datapath::preset_names(macs)) {
    const datapath::MacSpec spec = datapath::load_mac_spec(name, macs);
    if (spec.is_reference()) continue;
    Marker reference;
    if (spec.side) continue;  // what stands beside the unit
    const bool fitted = spec.weight.is_fitted();
    if (fitted) {
      EXPECT_THROW(DatapathMatmul(spec, SitesPolicy::all, reference, 2), InputError) << "attention has no weights to fit";
    }
    DatapathMatmul matmul(spec, fitted ? SitesPolicy::linear : SitesPolicy::all, reference, 2);
    for (const MatmulSite& site : {projection, projection, attention_scores, weighted_values, head}) {
      if (fitted && site.name != projection.name) continue;
      const int block = site.kind == SiteKind::weighted_sum ? 32 : 0;
      Matrix expected(5, 6), found(5, 6);
      datapath::gemm_by_unit(spec, datapath::quantize(spec.activation, a.data(), 5, 70, 70),
                             datapath::quantize(spec.weight, b.data(), 6, 70, 70, block), expected.data(), 6);
      matmul.multiply(site, a, b, found);
      for (int i = 0; i < 30; ++i)  // as bits: an FP16 accumulator overflows into NaN here
        ASSERT_EQ(datapath::fp32_bits(found.data()[i]), datapath::fp32_bits(expected.data()[i])) << name << " at " << site.name;
    }
    EXPECT_TRUE(reference.met.empty());
  }
}

TEST(DatapathMatmul, ValuesHaveAScaleForEach32TokensOfAChannel) {
  const datapath::MacSpec spec = datapath::load_mac_spec("int8", macs);
  Marker reference;
  DatapathMatmul matmul(spec, SitesPolicy::all, reference, 1);
  Matrix probabilities(1, 64), values(1, 64), c(1, 1);
  std::fill_n(probabilities.data(), 64, 1.0f);
  std::fill_n(values.data(), 32, 1000.0f);
  std::fill_n(values.data() + 32, 32, 0.5f);
  matmul.multiply(weighted_values, probabilities, values, c);
  EXPECT_NEAR(c.data()[0], 32 * 1000.0 + 32 * 0.5, 0.01) << "under one scale for all tokens the 0.5 would round to 0";
}

TEST(RecordingMatmul, KeepsTheFirstTokensAndSpreadRowsOfChosenSites) {
  Marker inner;
  RecordingMatmul recorder(inner, {"layers.*.mlp.up", "head"}, {2, 3});
  const Matrix a = gaussian(5, 8, 1), b = gaussian(9, 8, 2);
  Matrix c(5, 9);
  for (const MatmulSite& site : {projection, attention_scores, projection, head}) recorder.multiply(site, a, b, c);
  EXPECT_EQ(inner.met.size(), 4u) << "what is recorded is multiplied all the same";
  ASSERT_EQ(recorder.sites().size(), 2u);
  const TracedSite& site = recorder.sites()[0];
  EXPECT_EQ(site.name, "layers.0.mlp.up");
  EXPECT_EQ(site.m, 5);
  EXPECT_EQ(site.n, 9);
  ASSERT_EQ(site.activation.rows(), 2);
  ASSERT_EQ(site.weight.rows(), 3);
  for (std::int64_t k = 0; k < 8; ++k) {
    EXPECT_EQ(site.activation.row(1)[k], a.row(1)[k]);
    EXPECT_EQ(site.weight.row(1)[k], b.row(3)[k]) << "rows 0, 3, 6 of 9";
    EXPECT_EQ(site.weight.row(2)[k], b.row(6)[k]);
  }
}

}  // namespace
}  // namespace macroscope::workloads
