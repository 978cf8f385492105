// SPDX-License-Identifier: Apache-2.0
// The embedded model against what Hugging Face's libraries made of the same files (models/bookworm/reference.json).
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "workloads/file_bytes.hpp"
#include "workloads/heldout_text.hpp"
#include "workloads/language_model.hpp"
#include "workloads/reference_matmul.hpp"
#include "workloads/vector_math.hpp"

namespace macroscope::workloads {
namespace {

const std::filesystem::path root = MACROSCOPE_SOURCE_DIR;

class Bookworm : public testing::Test {
 protected:
  static const LanguageModel& model() {
    static const LanguageModel loaded = load_language_model(root / "models/bookworm");
    return loaded;
  }
  static nlohmann::json reference() { return nlohmann::json::parse(std::ifstream(root / "models/bookworm/reference.json")); }

  static std::string heldout() {
    try {
      return heldout_text(root / "models/bookworm/heldout.json", root / "build/texts").bytes;
    } catch (const std::exception&) {
      return "";
    }
  }

  /// Mean over the predictions of one window from an empty context.
  static double mean_nll(const std::vector<Token>& tokens) {
    ReferenceMatmul matmul;
    const auto length = static_cast<std::int64_t>(tokens.size());
    const Matrix logits = model().network->logits({tokens, 1, length}, matmul);
    double sum = 0;
    for (std::int64_t r = 0; r + 1 < length; ++r)
      sum += log_sum_exp(logits.row(r), logits.cols()) - static_cast<double>(logits.row(r)[tokens[static_cast<std::size_t>(r) + 1]]);
    return sum / static_cast<double>(length - 1);
  }
};

TEST_F(Bookworm, GivesTheTokensLogitsAndLikelihoodOfTransformers) {
  const auto expected = reference();
  const auto tokens = model().tokenizer.encode(expected.at("prompt").get<std::string>());
  ASSERT_EQ(tokens, expected.at("prompt_ids").get<std::vector<Token>>());
  EXPECT_NEAR(mean_nll(tokens), expected.at("prompt_mean_nll").get<double>(), 1e-5);
  ReferenceMatmul matmul;
  const Matrix logits = model().network->logits({tokens, 1, static_cast<std::int64_t>(tokens.size())}, matmul);
  const auto last = expected.at("prompt_last_logits").get<std::vector<double>>();
  ASSERT_EQ(static_cast<std::int64_t>(last.size()), logits.cols());
  for (std::size_t i = 0; i < last.size(); ++i) ASSERT_NEAR(logits.row(logits.rows() - 1)[i], last[i], 2e-4) << "token " << i;
}

TEST_F(Bookworm, ReadsTheHeldOutTextAsTransformersDoes) {
  const std::string text = heldout();
  if (text.empty()) GTEST_SKIP() << "the packages bible-kjv and r-cran-janeaustenr are not here";
  const auto expected = reference();
  const auto tokens = model().tokenizer.encode(text);
  EXPECT_EQ(tokens.size(), expected.at("heldout_tokens").get<std::size_t>());
  const std::vector<std::uint16_t> narrow(tokens.begin(), tokens.end());
  EXPECT_EQ(sha256(narrow.data(), narrow.size() * 2), expected.at("heldout_ids_sha256").get<std::string>());
  EXPECT_NEAR(mean_nll({tokens.begin(), tokens.begin() + 512}), expected.at("heldout_first_window_mean_nll").get<double>(), 1e-5);
}

TEST_F(Bookworm, IsSmallAndItsWeightsAreFp16) {
  EXPECT_EQ(model().storage, "F16");
  EXPECT_FALSE(model().arrived_quantized);
  EXPECT_LE(model().network->config().parameters(), 4'000'000);
  EXPECT_GE(model().network->config().parameters(), 1'000'000);
}

}  // namespace
}  // namespace macroscope::workloads
