// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/hardware/characterisation.hpp"
#include "cli/context.hpp"

namespace macroscope::cli {

/// The technology that is used when no --liberty is given: OSU018 as Debian's qflow-tech-osu018 installs it.
inline const char* const default_liberty = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

/// "A,B": the Liberty files that make one technology.
inline std::vector<std::filesystem::path> liberty_files(const std::string& argument) {
  std::vector<std::filesystem::path> files;
  for (size_t begin = 0; begin <= argument.size();) {
    const size_t end = std::min(argument.find(',', begin), argument.size());
    if (end > begin) files.emplace_back(argument.substr(begin, end - begin));
    begin = end + 1;
  }
  return files;
}

/// Each --liberty as a technology; the default one when there are none. Throws InputError for a file that is no Liberty.
inline std::vector<hardware::CellLibrary> read_technologies(const std::vector<std::string>& arguments) {
  std::vector<hardware::CellLibrary> technologies;
  for (const std::string& argument : arguments) technologies.push_back(hardware::CellLibrary::read(liberty_files(argument)));
  if (arguments.empty()) technologies.push_back(hardware::CellLibrary::read({default_liberty}));
  return technologies;
}

/// How every verb characterises units: this installation's RTL, stimulus and stored results.
inline hardware::CharacterisationOptions hardware_options(const Context& context) {
  hardware::CharacterisationOptions options;
  options.rtl_folder = context.home / "rtl";
  options.trace = context.home / "analysis" / "hardware" / "stimulus" / "bookworm.safetensors";
  options.store = context.home / "analysis" / "hardware" / "characterisation";
  options.synthesis.cache = context.cache() / "synthesis";
  options.threads = context.threads;
  options.commit = context.provenance().value("commit", "");
  return options;
}

}  // namespace macroscope::cli
