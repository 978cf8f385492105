// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::datapath {

// Weights that are held as what was fitted to them (StoredSpec::is_fitted). r() rounds to the stored element and e() to the operand's, each
// once, to nearest even and saturating; RN is one FP32 rounding to nearest even; a row or block with a NaN or an infinity has a NaN scale
// and codes 0, or, where the decoder applies the scale, NaNs. The result does not depend on the number of threads.

/// lookup, L entries (SqueezeLLM, arXiv 2306.07629, without its weights): each row of w has a table t = r(formats::fit_table(row, L, 50));
/// code = e(the entry nearest to w).
QuantizedMatrix quantize_by_lookup(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int threads);

/// codebooks of vectors (AQLM, arXiv 2401.06118): a row's scale s in its encoding (encoded_scale), one for all rows with granularity tensor:
///   minifloat entries:  s = sqrt(mean of w^2), in double, then RN;   code = e(s * sum), in double
///   integer entries:    s = RN(absmax / largest entry);              code = sum, an integer, under scale s at the drain
/// w / s (FP32 division), groups of `group` along K, zeros after the last, is what the books are fitted to (formats::fit_additive_codebooks, 5
/// rounds, entries r()); sum is that of a group's entries.
QuantizedMatrix quantize_by_codebooks(const OperandSpec& operand, const float* data, std::int64_t rows, std::int64_t cols, std::int64_t ld, int threads);

/// Points of the pyramid lattice P(D, pulses), D the scale's block: codes are the coordinates p of formats::PyramidLattice::nearest_point of
/// each D elements (zeros after the last), under the scale of least squares s = <w, p> / <p, p> / t (in double), to nearest even in the scale's
/// encoding, saturating; it may be zero. t = absmax of the matrix / the encoding's largest number (FP32; 1 if zero) with 'tensor', else 1. PVQ's
/// gain is t s |p|.
QuantizedMatrix nearest_lattice_points(const formats::Element& element, int pulses, const ScaleSpec& scale, const float* data, std::int64_t rows,
                                       std::int64_t cols, std::int64_t ld, int threads);

}  // namespace macroscope::datapath
