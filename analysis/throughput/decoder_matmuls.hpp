// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/system/matmul_shape.hpp"
#include "workloads/llama_config.hpp"

namespace macroscope::throughput {

/// Every matrix product of one pass of a decoder over `tokens` new tokens that attend to `context` tokens (themselves
/// included). Layers are one entry each site, `count` = layers. With h heads of width w over g KV heads, as workloads/ runs
/// them:
///   attn.q  tokens x h*w x width          attn.k, attn.v  tokens x g*w x width       attn.o  tokens x width x h*w
///   attn.qk tokens*h/g x context x w      attn.pv  tokens*h/g x w x context          (g of each a layer; masked scores
///                                                                                     are computed like the others)
///   mlp.gate, mlp.up  tokens x ffn x width    mlp.down  tokens x width x ffn
///   head    1 x vocabulary x width: only the last token's logits are needed to go on
std::vector<system::MatmulShape> decoder_matmuls(const workloads::LlamaConfig& config, std::int64_t tokens, std::int64_t context);

}  // namespace macroscope::throughput
