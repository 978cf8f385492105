// SPDX-License-Identifier: Apache-2.0
// SmolLM2-135M from its GGUF file against transformers (workloads/reference/smollm2_reference.py); skipped until the model has
// been fetched with `macroscope fetch smollm2`, or MACROSCOPE_SMOLLM2 names the file.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "workloads/language_model.hpp"
#include "workloads/reference_matmul.hpp"
#include "workloads/vector_math.hpp"

namespace macroscope::workloads {
namespace {

std::filesystem::path fetched_model() {
  const auto variable = [](const char* name) { const char* value = std::getenv(name); return std::string(value ? value : ""); };
  if (const auto own = variable("MACROSCOPE_SMOLLM2"); !own.empty()) return own;
  std::filesystem::path data = variable("MACROSCOPE_DATA");
  if (data.empty()) data = variable("XDG_DATA_HOME").empty() ? std::filesystem::path(variable("HOME")) / ".local/share/macroscope"
                                                             : std::filesystem::path(variable("XDG_DATA_HOME")) / "macroscope";
  return data / "models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
}

class SmolLM2 : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (std::filesystem::exists(fetched_model())) model().emplace(load_language_model(fetched_model()));
  }
  static void TearDownTestSuite() { model().reset(); }
  void SetUp() override {
    if (!model()) GTEST_SKIP() << "not fetched: " << fetched_model();
    ASSERT_EQ(model()->sha256, reference().at("gguf_sha256").get<std::string>());
  }
  static std::optional<LanguageModel>& model() {
    static std::optional<LanguageModel> loaded;
    return loaded;
  }
  static nlohmann::json reference() {
    return nlohmann::json::parse(std::ifstream(std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "tests/workloads/data/smollm2_reference.json"));
  }
};

TEST_F(SmolLM2, TokenizesTrickyTextsAsTransformersDoes) {
  const auto expected = reference();
  for (const auto& row : expected.at("tokenized"))
    EXPECT_EQ(model()->tokenizer.encode(row.at("text").get<std::string>()), row.at("tokens").get<std::vector<Token>>()) << row.at("text");
}

TEST_F(SmolLM2, GivesTheLogitsAndLikelihoodOfTransformers) {
  const auto expected = reference();
  const auto tokens = model()->tokenizer.encode(expected.at("prompt").get<std::string>());
  ASSERT_EQ(tokens, expected.at("tokens").get<std::vector<Token>>());
  ReferenceMatmul matmul;
  const auto length = static_cast<std::int64_t>(tokens.size());
  const Matrix logits = model()->network->logits({tokens, 1, length}, matmul);
  double nll = 0;
  for (std::int64_t r = 0; r < length; ++r) {
    const float* row = logits.row(r);
    EXPECT_EQ(std::max_element(row, row + logits.cols()) - row, expected.at("argmax").at(static_cast<std::size_t>(r)).get<std::int64_t>());
    if (r + 1 < length) nll += log_sum_exp(row, logits.cols()) - static_cast<double>(row[tokens[static_cast<std::size_t>(r) + 1]]);
  }
  EXPECT_NEAR(nll / static_cast<double>(length - 1), expected.at("mean_nll").get<double>(), 3e-6);
  for (const auto& probe : expected.at("logits"))
    for (std::size_t i = 0; i < probe.at("tokens").size(); ++i)
      EXPECT_NEAR(logits.row(probe.at("position").get<std::int64_t>())[probe.at("tokens")[i].get<std::size_t>()],
                  probe.at("values")[i].get<double>(), 1e-3);
}

TEST_F(SmolLM2, SaysThatItsWeightsArrivedQuantized) {
  EXPECT_TRUE(model()->arrived_quantized);
  EXPECT_EQ(model()->storage, "F32 x 61, Q4_1 x 210, Q8_0 x 1");
  EXPECT_FALSE(model()->tokenizer.begin_token());
}

}  // namespace
}  // namespace macroscope::workloads
