// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "rtl/cosim/cosimulation.hpp"

namespace macroscope::rtl {

inline std::filesystem::path rtl_folder() { return std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "rtl"; }
inline std::filesystem::path cosim_cache() { return std::filesystem::path(MACROSCOPE_BINARY_DIR) / "cosim-cache"; }

inline datapath::MacSpec preset(const std::string& name) {
  return datapath::load_mac_spec(name, std::filesystem::path(MACROSCOPE_SOURCE_DIR) / "configs" / "mac");
}

/// A unit of few lanes, quick to compile: both operands alike, dot and accumulate as given.
inline datapath::MacSpec small_spec(const std::string& operand, const std::string& dot, const std::string& accumulate) {
  return datapath::parse_mac_spec("mac: small\nactivation: {" + operand + "}\nweight: {" + operand + "}\ndot: {" + dot + "}\naccumulate: {" + accumulate +
                                      "}\noutput: {format: fp32}\n",
                                  "test");
}

inline CosimResult compare(const datapath::MacSpec& spec, Cuts cuts, const CosimPlan& plan, const std::filesystem::path& rtl = rtl_folder()) {
  VerilatedUnit unit(spec, cuts, {rtl, cosim_cache()});
  return cosimulate(unit, spec, plan, UnitVectors(spec));
}

}  // namespace macroscope::rtl
