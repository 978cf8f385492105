// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "sim/datapath/mac_spec.hpp"

namespace macroscope::cli {

/// What every verb shares: where the installation's files are, how to print, and the exit code.
struct Context {
  std::filesystem::path home;   ///< the repository: configs/, models/, rtl/, analysis/ (MACROSCOPE_HOME overrides)
  std::filesystem::path build;  ///< the build folder: caches of compiled and downloaded things
  std::vector<std::string> command_line;
  bool json = false;            ///< --json: one JSON object alone on standard output
  int threads = 1;
  int exit_code = 0;            ///< 0; 1 when the result is not as asked (a mismatch). Bad input throws InputError: 2

  [[nodiscard]] std::filesystem::path mac_folder() const { return home / "configs" / "mac"; }
  /// A MAC's preset name or YAML file, as every verb's --mac takes it.
  [[nodiscard]] datapath::MacSpec mac(const std::string& name_or_file) const { return datapath::load_mac_spec(name_or_file, mac_folder()); }
  /// Folder of held-out text packages unpacked by the launcher.
  [[nodiscard]] std::filesystem::path texts() const { return home / "build" / "texts"; }
  /// Where fetched models live: $MACROSCOPE_DATA, else $XDG_DATA_HOME/macroscope, else ~/.local/share/macroscope.
  [[nodiscard]] std::filesystem::path data() const;
  /// Where caches live (compiled RTL, syntheses): $MACROSCOPE_CACHE, else $XDG_CACHE_HOME/macroscope, else ~/.cache/macroscope.
  [[nodiscard]] std::filesystem::path cache() const;
  /// A model's name (folder in models/ or in data()/models) or the path of a folder or .gguf file; the path found. Throws
  /// InputError naming the nearest model.
  [[nodiscard]] std::filesystem::path model(const std::string& name_or_path) const;

  /// build_provenance() with the command line.
  [[nodiscard]] nlohmann::json provenance() const;
  /// Adds --json to a verb.
  void add_json_option(CLI::App& verb);
  /// One JSON object and a newline on standard output.
  static void print(const nlohmann::json& json);
};

}  // namespace macroscope::cli
