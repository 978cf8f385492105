// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace macroscope::cli {

/// Version, commit and the versions of the libraries, for --version.
std::string version_text();

/// The part of every result's provenance that the program knows of itself: version, commit, compiler, build type,
/// libraries, processor and its vector instruction sets, date (UTC).
nlohmann::json build_provenance();

}  // namespace macroscope::cli
