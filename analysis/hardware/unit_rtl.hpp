// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "analysis/hardware/synthesis.hpp"
#include "rtl/package_generator.hpp"

namespace macroscope::hardware {

/// The spec's unit with registers at `cuts`, ready to synthesise: its generated package and the sources below
/// `rtl_folder`. The spec's name is left out, so units that differ only in name are one design.
RtlDesign unit_design(const datapath::MacSpec& spec, rtl::Cuts cuts, const std::filesystem::path& rtl_folder);

}  // namespace macroscope::hardware
