// SPDX-License-Identifier: Apache-2.0
// write_array_sources SPEC LATENCY RTL_FOLDER OUT_FOLDER: the files that Verilator needs for an array of the spec's units
// with `LATENCY` pipeline stages: OUT_FOLDER/mac_pkg.sv and OUT_FOLDER/sources.f.
#include <filesystem>
#include <iostream>
#include <string>

#include "formats/atomic_file.hpp"
#include "rtl/package_generator.hpp"
#include "rtl/unit_sources.hpp"

int main(int argc, char** argv) try {
  using namespace macroscope;
  if (argc != 5) {
    std::cerr << "usage: write_array_sources SPEC LATENCY RTL_FOLDER OUT_FOLDER\n";
    return 2;
  }
  const datapath::MacSpec spec = datapath::load_mac_spec(argv[1], ".");
  const int inner_ranks = std::stoi(argv[2]) - 1, boundaries = rtl::boundary_count(spec);
  rtl::Cuts cuts = 0;
  for (int i = 0; i < inner_ranks; ++i) cuts |= rtl::Cuts{1} << ((i + 1) * boundaries / (inner_ranks + 1));
  const std::filesystem::path rtl_folder = argv[3], out = argv[4];
  std::filesystem::create_directories(out);
  write_file_atomically(out / "mac_pkg.sv", rtl::package_text(spec, cuts));
  std::string list = (out / "mac_pkg.sv").string() + "\n";
  for (const auto& file : rtl::unit_sources(spec, rtl_folder)) list += file.string() + "\n";
  for (const char* file : {"processing_element", "pe_grid", "tile_controller", "partial_sum_fifo", "systolic_array"})
    list += (rtl_folder / "array" / (std::string(file) + ".sv")).string() + "\n";
  write_file_atomically(out / "sources.f", list);
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
