// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/synthesis.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "analysis/hardware/process.hpp"
#include "formats/atomic_file.hpp"
#include "workloads/file_bytes.hpp"

namespace macroscope::hardware {

const char* const abc_script =
    "+strash;scorr;dc2;strash;&get,-n;&dch,-f;&nf;&put;buffer,-c;topo;upsize;dnsize;stime,-p";

namespace {

constexpr const char* library_file = "cells.lib";
constexpr const char* netlist_file = "netlist.json";

std::string commands(const std::string& read, const std::string& top) {
  return read + "hierarchy -check -top " + top +
         "\n"
         "synth -flatten -noshare -top " + top +
         "\n"
         "dfflibmap -liberty " + library_file +
         "\n"
         "abc -liberty " + library_file + " -script " + abc_script +
         "\n"
         "opt_clean -purge\n"
         "write_json " + netlist_file + "\n";
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string() + ": is the disk full?");
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string last_lines(const std::string& text, int count) {
  size_t at = text.size();
  for (int i = 0; i <= count && at != std::string::npos && at > 0; ++i) at = text.rfind('\n', at - 1);
  return text.substr(at == std::string::npos ? 0 : at);
}

std::string first_line_of(const std::vector<std::string>& command, const std::string& package) {
  const std::string output = run_process(command, ".", std::chrono::seconds(20), package).output;
  return output.substr(0, output.find('\n'));
}

}  // namespace

std::string synthesis_script() { return commands("", "TOP"); }

Netlist synthesise(const RtlDesign& design, const CellLibrary& library, const SynthesisOptions& options) {
  const std::string cells = library.normalised_liberty();
  std::string digest_of = synthesis_script() + design.top + cells;
  for (const auto& [name, text] : design.sources) digest_of += '\0' + name + '\0' + text;
  const std::filesystem::path cached = options.cache / (workloads::sha256(digest_of.data(), digest_of.size()) + ".json");
  if (!options.cache.empty() && std::filesystem::exists(cached)) {
    const nlohmann::json json = nlohmann::json::parse(read(cached), nullptr, false);
    if (!json.is_discarded()) return Netlist(json, design.top, library);
  }

  const TemporaryFolder folder;
  write(folder.path() / library_file, cells);
  std::string read_commands;
  for (const auto& [name, text] : design.sources) {
    write(folder.path() / name, text);
    read_commands += (read_commands.empty() ? "read_verilog -sv " : " ") + name;
  }
  write(folder.path() / "synthesis.ys", commands(read_commands + "\n", design.top));
  const ProcessResult run = run_process({"yosys", "-q", "synthesis.ys"}, folder.path(), options.time_out, "yosys berkeley-abc");
  if (run.timed_out) {
    throw std::runtime_error("the synthesis of " + design.top + " was not done after " + std::to_string(options.time_out.count()) + " s and was stopped");
  }
  if (run.exit_status != 0 || !std::filesystem::exists(folder.path() / netlist_file)) {
    throw std::runtime_error("yosys failed on " + design.top + ":" + last_lines(run.output, 8));
  }
  const std::string text = read(folder.path() / netlist_file);
  if (!options.cache.empty()) write_file_atomically(cached, text);
  return Netlist(nlohmann::json::parse(text), design.top, library);
}

std::vector<std::string> tool_versions() {
  const std::string abc = run_process({"berkeley-abc", "-c", "version"}, ".", std::chrono::seconds(20), "berkeley-abc").output;
  const size_t at = abc.find("UC Berkeley");
  return {first_line_of({"yosys", "-V"}, "yosys"),
          at == std::string::npos ? "berkeley-abc" : abc.substr(at, abc.find('\n', at) - at),
          "OpenSTA " + first_line_of({"sta", "-version"}, "opensta")};
}

}  // namespace macroscope::hardware
