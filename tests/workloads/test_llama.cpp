// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <complex>
#include <set>

#include "tests/workloads/scratch_folder.hpp"
#include "tests/workloads/small_llama.hpp"
#include "workloads/reference_matmul.hpp"

namespace macroscope::workloads {
namespace {

using testing::HasSubstr;
using tests::refusal;
using Row = std::vector<double>;

/// The model once more, from the papers, in double, one token and one head at a time; RoPE as multiplication by a complex number.
class NaiveLlama {
 public:
  NaiveLlama(const LlamaConfig& config, const LlamaWeights& weights) : config_(config), weights_(weights) {}

  std::vector<Row> logits(const std::vector<Token>& tokens) const {
    std::vector<Row> stream;
    for (const Token token : tokens) {
      const float* row = weights_.embedding.row(token);
      stream.emplace_back(row, row + config_.width);
    }
    for (const auto& layer : weights_.layers) {
      attend(layer, stream);
      for (Row& x : stream) {
        const Row h = normed(x, layer.mlp_norm), gate = product(layer.gate, h), up = product(layer.up, h);
        Row inner(gate.size());
        for (std::size_t i = 0; i < gate.size(); ++i) inner[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
        add(x, product(layer.down, inner));
      }
    }
    std::vector<Row> all;
    for (const Row& x : stream) all.push_back(product(config_.tied_head ? weights_.embedding : weights_.head, normed(x, weights_.norm)));
    return all;
  }

 private:
  static Row product(const Matrix& weight, const Row& x) {
    Row y(static_cast<std::size_t>(weight.rows()), 0.0);
    for (std::size_t r = 0; r < y.size(); ++r)
      for (std::size_t k = 0; k < x.size(); ++k) y[r] += static_cast<double>(weight.row(static_cast<std::int64_t>(r))[k]) * x[k];
    return y;
  }

  static void add(Row& x, const Row& y) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }

  Row normed(const Row& x, const std::vector<float>& weight) const {
    double squares = 0;
    for (const double v : x) squares += v * v;
    const double rms = std::sqrt(squares / static_cast<double>(x.size()) + static_cast<double>(config_.norm_epsilon));
    Row y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] / rms * static_cast<double>(weight[i]);
    return y;
  }

  /// Elements i and i + width / 2 of a head are one complex number, turned by position * base^(-2 i / width).
  void turn(Row& heads, std::size_t position) const {
    const auto width = static_cast<std::size_t>(config_.head_width);
    for (std::size_t head = 0; head < heads.size(); head += width)
      for (std::size_t i = 0; i < width / 2; ++i) {
        const double angle = static_cast<double>(position) *
                             std::pow(static_cast<double>(config_.rope_base), -2.0 * static_cast<double>(i) / static_cast<double>(width));
        const auto turned = std::complex<double>(heads[head + i], heads[head + i + width / 2]) * std::polar(1.0, angle);
        heads[head + i] = turned.real();
        heads[head + i + width / 2] = turned.imag();
      }
  }

  void attend(const LlamaWeights::Layer& layer, std::vector<Row>& stream) const {
    std::vector<Row> q, k, v;
    for (std::size_t t = 0; t < stream.size(); ++t) {
      const Row h = normed(stream[t], layer.attention_norm);
      q.push_back(product(layer.q, h));
      k.push_back(product(layer.k, h));
      v.push_back(product(layer.v, h));
      turn(q.back(), t);
      turn(k.back(), t);
    }
    const auto width = static_cast<std::size_t>(config_.head_width);
    for (std::size_t t = 0; t < stream.size(); ++t) {
      Row context(static_cast<std::size_t>(config_.heads) * width, 0.0);
      for (std::size_t head = 0; head < static_cast<std::size_t>(config_.heads); ++head) {
        const std::size_t kv = head / static_cast<std::size_t>(config_.heads / config_.kv_heads);
        Row weight;
        double sum = 0;
        for (std::size_t s = 0; s <= t; ++s) {
          double score = 0;
          for (std::size_t i = 0; i < width; ++i) score += q[t][head * width + i] * k[s][kv * width + i];
          weight.push_back(std::exp(score / std::sqrt(static_cast<double>(width))));
          sum += weight.back();
        }
        for (std::size_t s = 0; s <= t; ++s)
          for (std::size_t i = 0; i < width; ++i) context[head * width + i] += weight[s] / sum * v[s][kv * width + i];
      }
      add(stream[t], product(layer.o, context));
    }
  }

  const LlamaConfig& config_;
  const LlamaWeights& weights_;
};

void expect_equal(const Matrix& found, std::int64_t first_row, const std::vector<Row>& expected) {
  double largest = 0, error = 0;
  for (std::size_t r = 0; r < expected.size(); ++r)
    for (std::size_t c = 0; c < expected[r].size(); ++c) {
      largest = std::max(largest, std::abs(expected[r][c]));
      error = std::max(error, std::abs(expected[r][c] - static_cast<double>(found.row(first_row + static_cast<std::int64_t>(r))[c])));
    }
  EXPECT_LT(error, 2e-5 * largest) << "FP32 rounding of sums of some dozens of terms";
}

TEST(Llama, EveryWindowEqualsTheModelWrittenOutInDouble) {
  for (const bool tied : {false, true}) {
    LlamaConfig config = tests::small_config();
    config.tied_head = tied;
    const Llama model(config, tests::random_weights(config));
    const TokenWindows input = tests::random_windows(config, 3, 41);
    ReferenceMatmul matmul;
    const Matrix logits = model.logits(input, matmul);
    ASSERT_EQ(logits.rows(), 123);
    const NaiveLlama naive(config, model.weights());
    for (std::int64_t window = 0; window < 3; ++window) {
      const auto begin = input.tokens.begin() + window * 41;
      expect_equal(logits, window * 41, naive.logits({begin, begin + 41}));
    }
  }
}

TEST(Llama, ALaterTokenChangesNoEarlierLogits) {
  const LlamaConfig config = tests::small_config();
  const Llama model(config, tests::random_weights(config));
  TokenWindows input = tests::random_windows(config, 1, 20);
  ReferenceMatmul matmul;
  const Matrix before = model.logits(input, matmul);
  input.tokens[19] = (input.tokens[19] + 1) % 37;
  const Matrix after = model.logits(input, matmul);
  for (std::int64_t r = 0; r < 19; ++r)
    for (std::int64_t c = 0; c < 37; ++c) ASSERT_EQ(before.row(r)[c], after.row(r)[c]);
}

/// Notes which sites were met and with which shapes; the result is zero.
class SiteList : public Matmul {
 public:
  void multiply(const MatmulSite& site, MatrixView a, MatrixView b, MutableMatrixView c) override {
    names.push_back(site.name);
    EXPECT_EQ(a.cols, b.cols) << site.name;
    EXPECT_EQ(c.rows, a.rows) << site.name;
    EXPECT_EQ(c.cols, b.rows) << site.name;
    for (std::int64_t r = 0; r < c.rows; ++r) std::fill_n(c.row(r), c.cols, 0.0f);
  }
  std::vector<std::string> names;
};

TEST(Llama, EveryMultiplicationIsASiteOfTheList) {
  const LlamaConfig config = tests::small_config();
  const Llama model(config, tests::random_weights(config));
  SiteList list;
  model.logits(tests::random_windows(config, 1, 5), list);
  std::set<std::string> expected;
  for (const MatmulSite& site : model.sites()) expected.insert(site.name);
  EXPECT_EQ(std::set<std::string>(list.names.begin(), list.names.end()), expected);
  EXPECT_EQ(expected.size(), 2u * 9 + 1);
  EXPECT_TRUE(expected.count("layers.1.attn.pv") && expected.count("layers.0.mlp.down") && expected.count("head"));
}

TEST(Llama, RefusesTokensAndWindowsThatDoNotFit) {
  const LlamaConfig config = tests::small_config();
  const Llama model(config, tests::random_weights(config));
  ReferenceMatmul matmul;
  EXPECT_THAT(refusal([&] { model.logits({{1, 37}, 1, 2}, matmul); }), HasSubstr("Token 37 is outside"));
  EXPECT_THAT(refusal([&] { model.logits(tests::random_windows(config, 1, 49), matmul); }), HasSubstr("context of 48"));
}

using LlamaConfigFile = tests::WithScratchFolder;

TEST_F(LlamaConfigFile, RefusesWhatItCannotComputeNamingTheKey) {
  const std::string base = R"({"model_type":"llama","vocab_size":10,"hidden_size":8,"intermediate_size":8,"num_hidden_layers":1,)"
                           R"("num_attention_heads":2,"max_position_embeddings":16,"rms_norm_eps":1e-5)";
  const auto with = [&](const std::string& rest) { return write("config.json", base + rest + "}"); };
  EXPECT_EQ(LlamaConfig::from_json(with("")).head_width, 4);
  EXPECT_FLOAT_EQ(LlamaConfig::from_json(with(R"(,"rope_parameters":{"rope_type":"default","rope_theta":5e5})")).rope_base, 5e5f);
  const auto refused = [&](const std::string& rest) { return refusal([&] { LlamaConfig::from_json(with(rest)); }); };
  EXPECT_THAT(refused(R"(,"hidden_act":"gelu")"), HasSubstr("hidden_act"));
  EXPECT_THAT(refused(R"(,"attention_bias":true)"), HasSubstr("attention_bias"));
  EXPECT_THAT(refused(R"(,"rope_scaling":{"rope_type":"llama3","factor":8})"), HasSubstr("rope_scaling"));
  EXPECT_THAT(refused(R"(,"num_key_value_heads":3)"), HasSubstr("cannot share 3 KV heads"));
  EXPECT_THAT(refused(R"(,"head_dim":3)"), HasSubstr("odd"));
  EXPECT_THAT(refused(R"(,"num_key_value_heads":0)"), HasSubstr("KV heads is 0"));
  EXPECT_THAT(refused(R"(,"tie_word_embeddings":"yes")"), HasSubstr("another type"));
  EXPECT_THAT(refusal([&] { LlamaConfig::from_json(write("config.json", "{}")); }), HasSubstr("model_type is missing"));
}

}  // namespace
}  // namespace macroscope::workloads
