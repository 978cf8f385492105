// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace macroscope::workloads {

/// Lines of the six novels of the R package janeaustenr by name (emma, mansfieldpark, northangerabbey, persuasion,
/// prideprejudice, sensesensibility), out of its data/Rdata.rdb: a row of records, each a 4-byte big-endian length and a zlib
/// stream, which holds an R character vector in XDR (R Internals, section 1.8). Throws InputError naming the file if it is
/// missing, truncated or something else.
std::map<std::string, std::vector<std::string>> read_novels(const std::filesystem::path& rdata);

/// Where the file is: in `texts` (a folder into which the package r-cran-janeaustenr was unpacked) or installed. Throws
/// InputError naming both places if it is in neither.
std::filesystem::path find_novels(const std::filesystem::path& texts);

}  // namespace macroscope::workloads
