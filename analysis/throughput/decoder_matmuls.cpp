// SPDX-License-Identifier: Apache-2.0
#include "analysis/throughput/decoder_matmuls.hpp"

namespace macroscope::throughput {

std::vector<system::MatmulShape> decoder_matmuls(const workloads::LlamaConfig& config, std::int64_t tokens, std::int64_t context) {
  const std::int64_t queries = config.heads * config.head_width, keys = config.kv_heads * config.head_width;
  const std::int64_t group = tokens * config.heads / config.kv_heads, attentions = config.layers * config.kv_heads;
  return {{"layers.*.attn.q", tokens, queries, config.width, config.layers},
          {"layers.*.attn.k", tokens, keys, config.width, config.layers},
          {"layers.*.attn.v", tokens, keys, config.width, config.layers},
          {"layers.*.attn.qk", group, context, config.head_width, attentions},
          {"layers.*.attn.pv", group, config.head_width, context, attentions},
          {"layers.*.attn.o", tokens, config.width, queries, config.layers},
          {"layers.*.mlp.gate", tokens, config.ffn_width, config.width, config.layers},
          {"layers.*.mlp.up", tokens, config.ffn_width, config.width, config.layers},
          {"layers.*.mlp.down", tokens, config.width, config.ffn_width, config.layers},
          {"head", 1, config.vocabulary, config.width, 1}};
}

}  // namespace macroscope::throughput
