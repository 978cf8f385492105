// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/unit_rtl.hpp"

#include "rtl/unit_sources.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::hardware {

RtlDesign unit_design(const datapath::MacSpec& spec, rtl::Cuts cuts, const std::filesystem::path& rtl_folder) {
  datapath::MacSpec nameless = spec;
  nameless.name = "unit";
  RtlDesign design{{{"mac_pkg.sv", rtl::package_text(nameless, cuts)}}, "mac_unit"};
  for (const std::filesystem::path& path : rtl::unit_sources(spec, rtl_folder)) {
    design.sources.emplace_back(path.filename().string(), workloads::read_file_text(path));
  }
  return design;
}

}  // namespace macroscope::hardware
