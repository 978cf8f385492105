// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "formats/code.hpp"

namespace macroscope::datapath::test {

/// A two's-complement code's number.
inline int signed_code(formats::Code code, int bits) { return static_cast<int>(code) - (code >> (bits - 1) ? 1 << bits : 0); }

/// Operands as a MacSpec writes them: weights in planes, and activations under one FP32 scale a token.
inline std::string planes_weight(int planes, bool offset, const std::string& cover, const std::string& fit = "greedy", const std::string& encoding = "fp32") {
  return "{element: binary, planes: " + std::to_string(planes) + ", offset: " + (offset ? "true" : "false") + ", fit: " + fit + ", scale: {encoding: " + encoding + ", " + cover + "}}";
}
inline std::string by_token(const std::string& element) { return "{element: " + element + ", scale: {encoding: fp32, granularity: token, rule: absmax}}"; }

}  // namespace macroscope::datapath::test
