// SPDX-License-Identifier: Apache-2.0
#include "workloads/llama.hpp"

#include <cmath>
#include <cstring>

#include "formats/input_error.hpp"
#include "workloads/vector_math.hpp"

namespace macroscope::workloads {
namespace {

/// The same function of each row of `from`, on all cores.
Matrix normalize(const Matrix& from, const std::vector<float>& weight, float epsilon) {
  Matrix to = Matrix::unset(from.rows(), from.cols());
#pragma omp parallel for
  for (std::int64_t r = 0; r < from.rows(); ++r)
    rms_norm(from.row(r), weight.data(), epsilon, from.cols(), to.row(r));
  return to;
}

void add(Matrix& stream, const Matrix& update) {
  float* to = stream.data();
  const float* from = update.data();
  const std::int64_t size = stream.rows() * stream.cols();
#pragma omp parallel for simd
  for (std::int64_t i = 0; i < size; ++i) to[i] += from[i];
}

Matrix multiply(Matmul& matmul, const MatmulSite& site, const Matrix& a, const Matrix& b) {
  Matrix c = Matrix::unset(a.rows(), b.rows());
  matmul.multiply(site, a, b, c);
  return c;
}

/// Operands and results of attention for the query heads that share one KV head, in one window.
struct HeadGroup {
  HeadGroup(std::int64_t heads, std::int64_t length, std::int64_t width)
      : queries(Matrix::unset(heads * length, width)), keys(Matrix::unset(length, width)), values(Matrix::unset(width, length)),
        scores(Matrix::unset(heads * length, length)), context(Matrix::unset(heads * length, width)) {}

  Matrix queries;  ///< head by head
  Matrix keys;
  Matrix values;  ///< transposed: K runs over tokens
  Matrix scores;
  Matrix context;
};

}  // namespace

Llama::Llama(const LlamaConfig& config, LlamaWeights weights)
    : config_(config),
      weights_(std::move(weights)),
      cosine_(config.context, config.head_width / 2),
      sine_(config.context, config.head_width / 2) {
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const auto site = [&](const char* part, SiteKind kind = SiteKind::projection) {
      return MatmulSite{"layers." + std::to_string(layer) + "." + part, kind};
    };
    sites_.push_back({site("attn.q"), site("attn.k"), site("attn.v"), site("attn.qk", SiteKind::query_key),
                      site("attn.pv", SiteKind::weighted_sum), site("attn.o"), site("mlp.gate"), site("mlp.up"),
                      site("mlp.down")});
  }
  // Su et al., arXiv 2104.09864, eq. 15; angles in FP32 as transformers computes them.
  for (std::int64_t pair = 0; pair < config.head_width / 2; ++pair) {
    const auto exponent = static_cast<float>(2 * pair) / static_cast<float>(config.head_width);
    const float frequency = 1.0f / std::pow(config.rope_base, exponent);
    for (std::int64_t position = 0; position < config.context; ++position) {
      const float angle = static_cast<float>(position) * frequency;
      cosine_.row(position)[pair] = std::cos(angle);
      sine_.row(position)[pair] = std::sin(angle);
    }
  }
}

std::vector<MatmulSite> Llama::sites() const {
  std::vector<MatmulSite> all;
  for (const LayerSites& s : sites_)
    for (const MatmulSite* site : {&s.q, &s.k, &s.v, &s.qk, &s.pv, &s.o, &s.gate, &s.up, &s.down}) all.push_back(*site);
  all.push_back(head_site_);
  return all;
}

Matrix Llama::embed(const TokenWindows& input) const {
  if (input.length < 1 || input.length > config_.context)
    throw InputError("A window of " + std::to_string(input.length) + " tokens does not fit the model's context of " +
                     std::to_string(config_.context) + " tokens.");
  Matrix stream = Matrix::unset(input.windows * input.length, config_.width);
  for (std::int64_t r = 0; r < stream.rows(); ++r) {
    const Token token = input.tokens.at(static_cast<std::size_t>(r));
    if (token < 0 || token >= config_.vocabulary)
      throw InputError("Token " + std::to_string(token) + " is outside the model's vocabulary of " +
                       std::to_string(config_.vocabulary) + ". Do tokenizer and model belong together?");
    std::memcpy(stream.row(r), weights_.embedding.row(token), sizeof(float) * static_cast<std::size_t>(config_.width));
  }
  return stream;
}

void Llama::attention(std::size_t layer, const TokenWindows& input, Matrix& stream, Matmul& matmul) const {
  const LlamaWeights::Layer& weights = weights_.layers[layer];
  const LayerSites& sites = sites_[layer];
  const Matrix normed = normalize(stream, weights.attention_norm, config_.norm_epsilon);
  const Matrix q = multiply(matmul, sites.q, normed, weights.q);
  const Matrix k = multiply(matmul, sites.k, normed, weights.k);
  const Matrix v = multiply(matmul, sites.v, normed, weights.v);
  Matrix context = Matrix::unset(stream.rows(), config_.heads * config_.head_width);

  const std::int64_t width = config_.head_width, half = width / 2, length = input.length;
  const std::int64_t group_heads = config_.heads / config_.kv_heads;
  const float scale = 1.0f / std::sqrt(static_cast<float>(width));
  HeadGroup group(group_heads, length, width);
  const auto rotate = [&](const float* from, std::int64_t position, float* to) {
    const float *cosine = cosine_.row(position), *sine = sine_.row(position);
    for (std::int64_t i = 0; i < half; ++i) {
      to[i] = from[i] * cosine[i] - from[i + half] * sine[i];
      to[i + half] = from[i + half] * cosine[i] + from[i] * sine[i];
    }
  };
  for (std::int64_t window = 0; window < input.windows; ++window)
    for (std::int64_t kv_head = 0; kv_head < config_.kv_heads; ++kv_head) {
      const std::int64_t first_row = window * length;
#pragma omp parallel for
      for (std::int64_t t = 0; t < length; ++t) {
        for (std::int64_t h = 0; h < group_heads; ++h)
          rotate(q.row(first_row + t) + (kv_head * group_heads + h) * width, t, group.queries.row(h * length + t));
        rotate(k.row(first_row + t) + kv_head * width, t, group.keys.row(t));
        for (std::int64_t i = 0; i < width; ++i) group.values.row(i)[t] = v.row(first_row + t)[kv_head * width + i];
      }
      matmul.multiply(sites.qk, group.queries, group.keys, group.scores);
#pragma omp parallel for schedule(dynamic, 32)
      for (std::int64_t r = 0; r < group.scores.rows(); ++r)
        causal_softmax(group.scores.row(r), r % length + 1, length, scale);
      matmul.multiply(sites.pv, group.scores, group.values, group.context);
#pragma omp parallel for
      for (std::int64_t r = 0; r < group.context.rows(); ++r)
        std::memcpy(context.row(first_row + r % length) + (kv_head * group_heads + r / length) * width, group.context.row(r),
                    sizeof(float) * static_cast<std::size_t>(width));
    }
  add(stream, multiply(matmul, sites.o, context, weights.o));
}

void Llama::mlp(std::size_t layer, Matrix& stream, Matmul& matmul) const {
  const LlamaWeights::Layer& weights = weights_.layers[layer];
  const LayerSites& sites = sites_[layer];
  const Matrix normed = normalize(stream, weights.mlp_norm, config_.norm_epsilon);
  Matrix gate = multiply(matmul, sites.gate, normed, weights.gate);
  const Matrix up = multiply(matmul, sites.up, normed, weights.up);
#pragma omp parallel for
  for (std::int64_t r = 0; r < gate.rows(); ++r) swiglu(gate.row(r), up.row(r), gate.cols());
  add(stream, multiply(matmul, sites.down, gate, weights.down));
}

Matrix Llama::logits(const TokenWindows& input, Matmul& matmul) const {
  Matrix stream = embed(input);
  for (std::size_t layer = 0; layer < weights_.layers.size(); ++layer) {
    attention(layer, input, stream, matmul);
    mlp(layer, stream, matmul);
  }
  const Matrix normed = normalize(stream, weights_.norm, config_.norm_epsilon);
  return multiply(matmul, head_site_, normed, config_.tied_head ? weights_.embedding : weights_.head);
}

}  // namespace macroscope::workloads
