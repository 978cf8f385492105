// SPDX-License-Identifier: Apache-2.0
#include "rtl/mutation/equivalence.hpp"

#include <fstream>
#include <iterator>

#include "formats/atomic_file.hpp"
#include "formats/input_error.hpp"
#include "rtl/cosim/program.hpp"
#include "rtl/unit_sources.hpp"

namespace macroscope::rtl {
namespace {

namespace fs = std::filesystem;

constexpr const char* original = "original";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

EquivalenceCheck::EquivalenceCheck(const datapath::MacSpec& spec, Cuts cuts, const fs::path& rtl, const fs::path& folder, std::chrono::seconds limit)
    : spec_(spec), folder_(folder), limit_(limit) {
  write_file_atomically(folder_ / "mac_pkg.sv", package_text(spec, cuts));
  const fs::path log = folder_ / "abc.log";
  if (run_program({"berkeley-abc", "-c", "version"}, log) == program_not_found) throw InputError("berkeley-abc cannot be run; install it (Debian package berkeley-abc) or put it on PATH");
  const int status = write_graph(rtl, original);
  if (status == program_not_found) throw InputError("yosys cannot be run; install it (Debian package yosys) or put it on PATH");
  if (status != 0) throw InputError("yosys could not make a graph of mac_unit below " + rtl.string() + ": " + text_of(folder_ / (std::string(original) + ".log")));
}

int EquivalenceCheck::write_graph(const fs::path& rtl, const std::string& name) const {
  std::string script = "read_verilog -sv " + (folder_ / "mac_pkg.sv").string();
  for (const fs::path& source : unit_sources(spec_, rtl)) script += " " + source.string();
  // Registers stay plain flip-flops, the only ones that AIGER has.
  script += "\nhierarchy -check -top mac_unit\nproc\nflatten\nopt_expr\nopt_clean -purge\ntechmap\nopt_expr\nopt_clean -purge\n"
            "dfflegalize -cell $_DFF_P_ x\nsetundef -undriven -init -zero\naigmap\nwrite_aiger " + (folder_ / (name + ".aig")).string() + "\n";
  write_file_atomically(folder_ / (name + ".ys"), script);
  return run_program({"yosys", "-q", (folder_ / (name + ".ys")).string()}, folder_ / (name + ".log"), limit_);
}

Equivalence EquivalenceCheck::compare(const fs::path& rtl, const std::string& name) const {
  if (write_graph(rtl, name) != 0) return Equivalence::undecided;
  const fs::path first = folder_ / (std::string(original) + ".aig"), second = folder_ / (name + ".aig");
  if (text_of(first) == text_of(second)) return Equivalence::proved;  // the edit is in hardware that this unit does not have
  const fs::path log = folder_ / (name + ".log");
  const std::string command = "dsec -T " + std::to_string(limit_.count()) + " " + first.string() + " " + second.string();
  if (run_program({"berkeley-abc", "-c", command}, log, limit_) != 0) return Equivalence::undecided;
  const std::string answer = text_of(log);
  if (answer.find("Networks are equivalent") != std::string::npos) return Equivalence::proved;
  return answer.find("Networks are NOT EQUIVALENT") != std::string::npos ? Equivalence::refuted : Equivalence::undecided;
}

}  // namespace macroscope::rtl
