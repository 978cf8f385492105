// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "workloads/llama.hpp"

namespace macroscope::tests {

/// A tiny model of Llama type with random weights, for oracles that loop over everything.
inline workloads::LlamaConfig small_config() {
  workloads::LlamaConfig config{};
  config.vocabulary = 37;
  config.width = 24;
  config.ffn_width = 40;
  config.layers = 2;
  config.heads = 6;
  config.kv_heads = 2;
  config.head_width = 8;  // not width / heads
  config.context = 48;
  config.norm_epsilon = 1e-5f;
  config.rope_base = 100.0f;
  config.tied_head = false;
  return config;
}

inline workloads::LlamaWeights random_weights(const workloads::LlamaConfig& config, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> gauss(0.0f, 0.3f);
  const auto matrix = [&](std::int64_t rows, std::int64_t cols) {
    workloads::Matrix m(rows, cols);
    for (std::int64_t i = 0; i < rows * cols; ++i) m.data()[i] = gauss(random);
    return m;
  };
  const auto vector = [&](std::int64_t size) {
    std::vector<float> v(static_cast<std::size_t>(size));
    for (float& x : v) x = 1.0f + gauss(random);
    return v;
  };
  workloads::LlamaWeights weights;
  weights.embedding = matrix(config.vocabulary, config.width);
  const std::int64_t q_width = config.heads * config.head_width, kv_width = config.kv_heads * config.head_width;
  for (std::int64_t n = 0; n < config.layers; ++n)
    weights.layers.push_back({matrix(q_width, config.width), matrix(kv_width, config.width), matrix(kv_width, config.width),
                              matrix(config.width, q_width), matrix(config.ffn_width, config.width),
                              matrix(config.ffn_width, config.width), matrix(config.width, config.ffn_width),
                              vector(config.width), vector(config.width)});
  weights.norm = vector(config.width);
  if (!config.tied_head) weights.head = matrix(config.vocabulary, config.width);
  return weights;
}

inline workloads::TokenWindows random_windows(const workloads::LlamaConfig& config, std::int64_t windows, std::int64_t length) {
  std::mt19937 random(5);
  workloads::TokenWindows input{{}, windows, length};
  for (std::int64_t i = 0; i < windows * length; ++i)
    input.tokens.push_back(static_cast<workloads::Token>(random() % static_cast<unsigned>(config.vocabulary)));
  return input;
}

}  // namespace macroscope::tests
