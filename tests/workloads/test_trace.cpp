// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/workloads/scratch_folder.hpp"
#include "workloads/safetensors.hpp"
#include "workloads/trace.hpp"

namespace macroscope::workloads {
namespace {

using testing::HasSubstr;
using tests::refusal;

Matrix counting(std::int64_t rows, std::int64_t cols, float first) {
  Matrix matrix(rows, cols);
  for (std::int64_t i = 0; i < rows * cols; ++i) matrix.data()[i] = first + static_cast<float>(i);
  return matrix;
}

class TraceFile : public tests::WithScratchFolder {
 protected:
  std::filesystem::path with(const std::vector<FloatTensor>& tensors, const std::map<std::string, std::string>& metadata = {}) {
    write_safetensors(folder_ / "t.safetensors", tensors, metadata);
    return folder_ / "t.safetensors";
  }
};

TEST_F(TraceFile, WhatIsWrittenIsReadInTheSameOrder) {
  Trace trace;
  trace.metadata = {{"model", "a test"}};
  trace.sites.push_back({"layers.9.z", counting(2, 3, 0), counting(4, 3, 10), 100, 200, 3});
  trace.sites.push_back({"layers.1.a", counting(1, 5, 20), counting(1, 5, 30), 1, 1, 5});
  trace.write(folder_ / "t.safetensors");
  const Trace read = Trace::read(folder_ / "t.safetensors");
  ASSERT_EQ(read.sites.size(), 2u);
  EXPECT_EQ(read.sites[0].name, "layers.9.z");
  EXPECT_EQ(read.sites[0].m, 100);
  EXPECT_EQ(read.sites[0].n, 200);
  EXPECT_EQ(read.sites[0].k, 3);
  EXPECT_EQ(read.sites[0].weight.row(3)[2], 21.0f);
  EXPECT_EQ(read.metadata.at("model"), "a test");
  EXPECT_EQ(read.site("layers.1.a").activation.row(0)[4], 24.0f);
  EXPECT_THAT(refusal([&] { read.site("layers.1.b"); }), HasSubstr("layers.1.a"));
}

TEST_F(TraceFile, ATraceMadeElsewhereNeedsNoMetadata) {
  const Trace trace = Trace::read(with({{"conv/weight", {2, 2}, {1, 2, 3, 4}}, {"conv/activation", {1, 2}, {5, 6}}}));
  EXPECT_EQ(trace.sites.at(0).name, "conv");
  EXPECT_EQ(trace.sites.at(0).m, 1);
  EXPECT_EQ(trace.sites.at(0).n, 2);
}

TEST_F(TraceFile, HalvesThatDoNotFitAreRefused) {
  const auto refused = [&](const std::filesystem::path& path) { return refusal([&] { Trace::read(path); }); };
  EXPECT_THAT(refused(with({{"x/activation", {1, 2}, {1, 2}}})), HasSubstr("no tensor x/weight"));
  EXPECT_THAT(refused(with({{"x/weight", {1, 2}, {1, 2}}})), HasSubstr("no tensor x/activation"));
  EXPECT_THAT(refused(with({{"x/activation", {1, 2}, {1, 2}}, {"x/weight", {2, 1}, {1, 2}}})), HasSubstr("K = 2 and weights of K = 1"));
  EXPECT_THAT(refused(with({{"x/activation", {2}, {1, 2}}, {"x/weight", {1, 2}, {1, 2}}})), HasSubstr("two dimensions"));
  EXPECT_THAT(refused(with({{"weight", {2}, {1, 2}}})), HasSubstr("neither SITE/activation nor SITE/weight"));
  EXPECT_THAT(refused(with({})), HasSubstr("holds no tensors"));
  EXPECT_THAT(refused(with({{"x/activation", {1, 1}, {1}}, {"x/weight", {1, 1}, {1}}}, {{"schema", "other/9"}})), HasSubstr("other/9"));
}

TEST(Stimulus, TheCommittedTraceIsReadAndFollowsFromDifferentDepthsOfTheModel) {
  const std::filesystem::path path = std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "analysis/hardware/stimulus/bookworm.safetensors";
  EXPECT_LE(std::filesystem::file_size(path), 400'000u);
  const Trace trace = Trace::read(path);
  EXPECT_GE(trace.sites.size(), 4u);
  for (const TracedSite& site : trace.sites) {
    EXPECT_EQ(site.activation.rows(), 64);
    EXPECT_EQ(site.weight.rows(), 8);
  }
}

}  // namespace
}  // namespace macroscope::workloads
