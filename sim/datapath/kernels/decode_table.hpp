// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "formats/element.hpp"

namespace macroscope::datapath::kernels {

/// The value of every code of an element as FP32, which holds each of them exactly (at most 16 bits, exponents of at most
/// 8). NaNs and infinities are 0: their rows are computed elsewhere. The table lives as long as the program.
const std::vector<float>& decode_table(const formats::Element& element);

}  // namespace macroscope::datapath::kernels
