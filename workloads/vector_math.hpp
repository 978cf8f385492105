// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace macroscope::workloads {

/// What a language model computes between its multiplications, in FP32 on the widest vectors of the machine (Highway). Results
/// may differ in the last bits between instruction sets.

/// out[i] = weight[i] * (x[i] / sqrt(mean(x^2) + epsilon)); Zhang and Sennrich, arXiv 1910.07467, eq. 4.
void rms_norm(const float* x, const float* weight, float epsilon, std::int64_t size, float* out);

/// gate[i] = silu(gate[i]) * up[i] with silu(x) = x / (1 + exp(-x)); Shazeer, arXiv 2002.05202, eq. 6.
void swiglu(float* gate, const float* up, std::int64_t size);

/// Softmax of scale * row[0..valid), the rest of the `size` elements becomes 0 (causal mask). valid >= 1.
void causal_softmax(float* row, std::int64_t valid, std::int64_t size, float scale);

/// log(sum_i exp(row[i])), accumulated in double.
double log_sum_exp(const float* row, std::int64_t size);

/// KL(p || q) = sum_i p_i (log p_i - log q_i) in nats, in double, of two rows of logits whose log_sum_exp is known.
double kl_divergence(const float* p_logits, double p_log_sum, const float* q_logits, double q_log_sum, std::int64_t size);

/// sum_i (a[i] - b[i])^2 and sum_i a[i]^2, in double.
struct SquaredError {
  double error = 0;
  double signal = 0;
};
SquaredError squared_error(const float* a, const float* b, std::int64_t size);

}  // namespace macroscope::workloads
