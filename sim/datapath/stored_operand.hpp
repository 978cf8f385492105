// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath {

/// quantize() for operands that memory holds in another form than the multiplier takes (OperandSpec::stored): quantizes to the
/// stored form and decodes it, so what leaves is an ordinary matrix of the operand's element. RN is one FP32 rounding to nearest
/// even; round is the operand's rounding (encode_at), z always to nearest even; a region is what one scale covers (row, tensor, block
/// of K).
///   zero_point, uintN to int(N+1):  lo = min(0, least), hi = max(0, largest of the region);
///                s = RN(RN(hi - lo) / (2^N - 1)) in the scale's encoding, 1 if zero; z = round(RN(-lo / s)),
///                q = clamp(round(RN(x / s)) + z, 0, 2^N - 1), z clamped alike; code = q - z, exactly, under scale s
///   microexponent: n, int(m+1) to int(m+2) under E8M0 blocks (SMX, arXiv 2302.08007):  E = floor(log2 absmax of the block),
///                t = min(1, E - floor(log2 absmax of the n elements)), q = sat(round(x * 2^(m - 1 + t - E))), code = q * 2^(1 - t)
///   a scale of its own:  code = encode(RN-even of stored value * scale, in the operand's element), the scale's NaN included; the
///                product is formed exactly in double (under a tensor scale too: rounded once to double)
///   lookup, codebooks, pulses:  fitted_operand.hpp
///   otherwise:   the stored element's codes under the operand's scale, each entry a code of the operand's element: entry times
///                2^decoded_shift for an integer, the scale divided by as much
QuantizedMatrix quantize_stored(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld,
                                int fp32_block, int threads);

/// Binary places by which a stored element's entries are shifted to become integers; 0 for a minifloat. Empty when some entry is
/// no code of the operand's element.
std::optional<int> decoded_shift(const formats::Element& stored, const formats::Element& element);

}  // namespace macroscope::datapath
