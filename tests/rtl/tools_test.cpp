// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "formats/atomic_file.hpp"
#include "rtl/unit_sources.hpp"
#include "tests/rtl/cosim_fixture.hpp"

namespace macroscope::rtl {
namespace {

namespace fs = std::filesystem;

class ToolTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = cosim_cache() / (std::string("tools-") + GetParam());
    const datapath::MacSpec spec = preset(GetParam());
    write_file_atomically(folder_ / "mac_pkg.sv", package_text(spec, (Cuts{1} << boundary_count(spec)) - 1));
    files_ = (folder_ / "mac_pkg.sv").string();
    for (const fs::path& path : unit_sources(spec, rtl_folder())) files_ += " " + path.string();
  }
  /// Runs the command; its output when it fails or says anything.
  [[nodiscard]] std::string complaint(const std::string& command) const {
    const fs::path log = folder_ / "tool.log";
    const int status = std::system((command + " > " + log.string() + " 2>&1").c_str());
    std::ifstream file(log);
    const std::string said{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return status == 0 ? said : "exit status " + std::to_string(status) + "\n" + said;
  }
  fs::path folder_;
  std::string files_;
};

// VARHIDDEN is off: a function's argument may have the name of a generate block, which it cannot be mistaken for.
TEST_P(ToolTest, VerilatorHasNoLintWarning) {
  EXPECT_EQ(complaint("verilator --lint-only -Wall -Wno-VARHIDDEN --top-module mac_unit " + files_), "");
}

TEST_P(ToolTest, IcarusReadsTheUnit) { EXPECT_EQ(complaint("iverilog -g2012 -t null -s mac_unit " + files_), ""); }

TEST_P(ToolTest, YosysReadsTheUnitAndChecksItsHierarchy) {
  EXPECT_EQ(complaint("yosys -q -p 'read_verilog -sv " + files_ + "; hierarchy -check -top mac_unit'"), "");
}

INSTANTIATE_TEST_SUITE_P(Rtl, ToolTest, testing::Values("int8", "fp8_e4m3", "fp8_e4m3_exact", "mxint8", "mxfp8_e4m3", "bf16"),
                         [](const auto& value) { return std::string(value.param); });

}  // namespace
}  // namespace macroscope::rtl
