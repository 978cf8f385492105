// SPDX-License-Identifier: Apache-2.0
#include "reports/published.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "formats/input_error.hpp"

namespace macroscope::reports {
namespace {

using testing::HasSubstr;

const PublishedRatio& figure(const Published& published, const std::string& id) {
  for (const PublishedRatio& ratio : published.ratios)
    if (ratio.id == id) return ratio;
  throw InputError("no figure " + id);
}

TEST(Published, TheShippedFileHoldsTheFiguresThatTheReportIsJudgedBy) {
  const Published published = load_published(MACROSCOPE_SOURCE_DIR "/reports/published/int-versus-fp.yaml");
  // arXiv 2510.25602, Table 5, MXINT8 over MXFP8 at the same throughput
  EXPECT_DOUBLE_EQ(figure(published, "chen-area").low, 0.79);
  EXPECT_DOUBLE_EQ(figure(published, "chen-energy").low, 0.63);
  // arXiv 2303.17951: +53 % and +183 %; its abstract: 50 to 180 %
  EXPECT_DOUBLE_EQ(figure(published, "vanbaalen-fp16").low, 1.53);
  EXPECT_DOUBLE_EQ(figure(published, "vanbaalen-fp32").low, 2.83);
  EXPECT_TRUE(figure(published, "vanbaalen-efficiency").is_range());
  EXPECT_FALSE(figure(published, "vanbaalen-fp32").read_in.empty()) << "it was read in another text, which must be said";
  for (const PublishedSource& source : published.sources) EXPECT_THAT(source.citation, HasSubstr("arXiv 2"));
}

TEST(Published, KlRatiosFollowFromTheDirectCastTable) {
  const Published published = load_published(MACROSCOPE_SOURCE_DIR "/reports/published/int-versus-fp.yaml");
  for (const auto& [id, model] : {std::pair{"chen-kl-qwen3", "Qwen3-0.6B"}, std::pair{"chen-kl-llama", "Llama-3.2-1B"}}) {
    double kl_int = 0, kl_fp = 0;
    for (const PublishedAccuracy& entry : published.direct_cast)
      if (entry.model == model && entry.kl_top25) (entry.mac == "mxint8_ceil" ? kl_int : kl_fp) = *entry.kl_top25;
    EXPECT_NEAR(figure(published, id).low, kl_int / kl_fp, 0.0005) << id;
  }
}

std::string refusal(const std::string& yaml) {
  const std::string file = testing::TempDir() + "published-" + std::to_string(getpid()) + ".yaml";
  std::ofstream(file) << yaml;
  std::string message = "accepted";
  try {
    load_published(file);
  } catch (const InputError& error) {
    message = error.what();
  }
  unlink(file.c_str());
  return message;
}

const std::string source = "sources: [{id: s, short: S, citation: C, method: M, scale_rule: none}]\n";

TEST(Published, AnUnknownKeyNamesTheNearestOne) {
  EXPECT_THAT(refusal(source + "figures: [{id: f, source: s, where: w, quantity: area, of: a, to: b, ration: 2}]"), HasSubstr("'ratio'"));
}

TEST(Published, AFigureWithoutItsSourceIsRefused) {
  EXPECT_THAT(refusal(source + "figures: [{id: f, source: t, where: w, quantity: area, of: a, to: b, ratio: 2}]"), HasSubstr("'t'"));
}

TEST(Published, AFigureWithoutANumberIsRefused) {
  EXPECT_THAT(refusal(source + "figures: [{id: f, source: s, where: w, quantity: area, of: a, to: b}]"), HasSubstr("'ratio'"));
  EXPECT_THAT(refusal(source + "figures: [{id: f, source: s, where: w, quantity: area, of: a, to: b, ratio: more}]"), HasSubstr("not a number"));
  EXPECT_THAT(refusal(source + "figures: [{id: f, source: s, where: w, quantity: area, of: a, to: b, low: 3, high: 2}]"), HasSubstr("in that order"));
}

}  // namespace
}  // namespace macroscope::reports
