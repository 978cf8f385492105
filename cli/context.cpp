// SPDX-License-Identifier: Apache-2.0
#include "cli/context.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "cli/build.hpp"
#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"

namespace macroscope::cli {
namespace {

namespace fs = std::filesystem;

fs::path user_folder(const char* own_variable, const char* xdg_variable, const char* below_home) {
  if (const char* own = std::getenv(own_variable); own && *own) return own;
  if (const char* xdg = std::getenv(xdg_variable); xdg && *xdg) return fs::path(xdg) / "macroscope";
  const char* home = std::getenv("HOME");
  return fs::path(home && *home ? home : ".") / below_home / "macroscope";
}

void collect_folders(const fs::path& parent, std::vector<std::string>& names) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error))
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
}

/// A model folder holds config.json, or one .gguf file, which then is the model.
fs::path resolve_folder(const fs::path& folder) {
  if (fs::exists(folder / "config.json")) return folder;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".gguf") return entry.path();
  return folder;
}

}  // namespace

fs::path Context::data() const { return user_folder("MACROSCOPE_DATA", "XDG_DATA_HOME", ".local/share"); }

fs::path Context::cache() const { return user_folder("MACROSCOPE_CACHE", "XDG_CACHE_HOME", ".cache"); }

fs::path Context::model(const std::string& name) const {
  const bool plain_name = name.find('/') == std::string::npos;
  if (plain_name)
    for (const fs::path& parent : {home / "models", data() / "models"})
      if (fs::is_directory(parent / name)) return resolve_folder(parent / name);
  if (fs::exists(name)) return fs::is_directory(name) ? resolve_folder(name) : fs::path(name);
  std::vector<std::string> known;
  collect_folders(home / "models", known);
  collect_folders(data() / "models", known);
  std::sort(known.begin(), known.end());
  throw InputError("no model named '" + name + "' and no file or folder of that name" + accepted_words(name, known) +
                   ", a folder with config.json and model.safetensors, or a .gguf file" +
                   (name == "smollm2" ? ". Get it with: ./macroscope fetch smollm2" : ""));
}

nlohmann::json Context::provenance() const {
  nlohmann::json p = build_provenance();
  p["command"] = command_line;
  p["threads"] = threads;
  return p;
}

void Context::add_json_option(CLI::App& verb) {
  verb.add_flag("--json", json, "One JSON object alone on standard output; progress stays on standard error");
}

void Context::print(const nlohmann::json& json) { std::cout << json.dump(2) << '\n' << std::flush; }

}  // namespace macroscope::cli
