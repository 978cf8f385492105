// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::rtl {

/// A set of internal boundaries that hold registers: bit i is boundary_names(spec)[i].
using Cuts = std::uint32_t;

/// Internal boundaries of the spec's unit, in the order that data passes them. For example an aligned minifloat unit:
///   product (magnitudes and exponent sums), exponent (shift distances), align (shifted, signed terms), group (four
///   carry-save pairs), tree (one pair), sum (two's complement), normalise, convert (FP32 value), add_align, add_sum,
///   add_normalise (the three inner boundaries of the FP32 adder).
/// The register rank of psum_o is always there and not among them.
std::vector<std::string> boundary_names(const datapath::MacSpec& spec);

/// boundary_names(spec).size().
int boundary_count(const datapath::MacSpec& spec);

/// Latency in cycles of the unit with these cuts: 1 + their number.
int stages(Cuts cuts);

/// Text of the SystemVerilog package `mac_pkg` that makes rtl/unit/mac_unit.sv the spec's unit, with registers at `cuts`.
/// Throws InputError for the FP32 reference, which has no hardware, and for a cut beyond boundary_count(spec).
std::string package_text(const datapath::MacSpec& spec, Cuts cuts);

}  // namespace macroscope::rtl
