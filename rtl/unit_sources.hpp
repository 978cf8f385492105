// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/datapath/mac_spec.hpp"

namespace macroscope::rtl {

/// The SystemVerilog files that the spec's unit is made of, below `rtl_folder` (the repository's rtl/), in an order in which
/// no module comes before those it instantiates; the last one holds the top, `mac_unit`. The generated package is not among
/// them and must be read first. Throws InputError with the reason for a spec that has no RTL (has_rtl.hpp).
std::vector<std::filesystem::path> unit_sources(const datapath::MacSpec& spec, const std::filesystem::path& rtl_folder);

/// SHA-256 (hexadecimal) over names and contents of unit_sources and the generated package without registers: it changes
/// whenever the unit's hardware may have changed. Throws InputError for a file that cannot be read.
std::string rtl_hash(const datapath::MacSpec& spec, const std::filesystem::path& rtl_folder);

/// SHA-256 (hexadecimal) of several texts, each ended by a zero byte.
std::string content_hash(const std::vector<std::string>& texts);

}  // namespace macroscope::rtl
