// SPDX-License-Identifier: Apache-2.0
#include "cli/build.hpp"

#include <oneapi/dnnl/dnnl.h>
#include <sqlite3.h>

#include <boost/version.hpp>
#include <chrono>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "build_info.hpp"

namespace macroscope::cli {
namespace {

std::string dnnl_version_text() {
  const dnnl_version_t* v = dnnl_version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

std::string boost_version_text() {
  return std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000) + "." + std::to_string(BOOST_VERSION % 100);
}

std::string json_version_text() {
  return std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." + std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." + std::to_string(NLOHMANN_JSON_VERSION_PATCH);
}

nlohmann::json libraries() {
  return {{"oneDNN", dnnl_version_text()}, {"Boost", boost_version_text()}, {"SQLite", sqlite3_libversion()}, {"nlohmann-json", json_version_text()}};
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string instruction_sets() {
  std::string found;
#if defined(__x86_64__)
  const std::pair<const char*, bool> sets[] = {{"sse4.2", __builtin_cpu_supports("sse4.2") != 0}, {"avx2", __builtin_cpu_supports("avx2") != 0},
                                               {"avx512f", __builtin_cpu_supports("avx512f") != 0}, {"avx512vnni", __builtin_cpu_supports("avx512vnni") != 0}};
  for (const auto& [name, present] : sets)
    if (present) found += (found.empty() ? "" : " ") + std::string(name);
#endif
  return found;
}

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  char text[32];
  std::tm utc{};
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  return text;
}

}  // namespace

std::string version_text() {
  std::string text = "macroscope " MACROSCOPE_VERSION " (commit " MACROSCOPE_COMMIT ", " MACROSCOPE_BUILD_TYPE ", GCC " __VERSION__ ")";
  const nlohmann::json found = libraries();
  for (const auto& [name, version] : found.items()) text += "\n  " + name + " " + version.get<std::string>();
  return text;
}

nlohmann::json build_provenance() {
  return {{"version", MACROSCOPE_VERSION}, {"commit", MACROSCOPE_COMMIT}, {"build_type", MACROSCOPE_BUILD_TYPE},
          {"compiler", "GCC " __VERSION__}, {"libraries", libraries()}, {"processor", processor_name()},
          {"instruction_sets", instruction_sets()}, {"date", utc_now()}};
}

}  // namespace macroscope::cli
