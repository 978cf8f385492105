// SPDX-License-Identifier: Apache-2.0
// Rows with chosen figures, so that a test can make the data fall either way.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/result.hpp"

namespace macroscope::reports::test {

/// The figures of one MAC that the tests vary.
struct Figures {
  double kl = 1e-3, area = 1000, flipflops = 100, settled = 10, glitch = 20;
};

inline Metric measured(double value, const std::string& unit, std::optional<double> ci95 = std::nullopt) {
  return {value, unit, ci95, "made up"};
}

inline ResultRow made_up_row(const std::string& mac, const Figures& figures) {
  const std::string element = mac.find("int8") != std::string::npos ? "int8" : mac == "bf16" || mac == "fp32" ? mac : "e4m3";
  const int window = mac == "fp8_e4m3_w14" ? 14 : 24;
  ResultRow row{mac, {{"mac", mac}, {"activation", {{"element", element}}}, {"dot", {{"lanes", 32}, {"window", window}}}},
                "toy", mac == "fp32" ? "" : "osu018", mac == "fp32" ? "" : "trace (sha256 00ff)", {}};
  row.metrics = {{"kl", measured(figures.kl, "nat", 0.01 * figures.kl)}, {"kl_top25", measured(figures.kl, "nat", 0.01 * figures.kl)},
                 {"perplexity", measured(20.0 + figures.kl, "1", 0.001)}, {"top1_agreement", measured(0.99, "1")},
                 {"sqnr", measured(30, "dB")}, {"sqnr/layers.0.attn.q", measured(31, "dB")}, {"sqnr/layers.1.mlp.down", measured(27, "dB")},
                 {"bits_per_weight", measured(8, "1")}};
  if (mac == "fp32") {
    for (const char* name : {"area", "energy_per_mac_glitch", "energy_per_mac_settled"})
      row.metrics[name] = Metric::missing("1", "the reference has no hardware");
    return row;
  }
  const std::map<std::string, Metric> hardware{
      {"area", measured(figures.area, "um2")}, {"area_nand2", measured(figures.area / 24, "1")}, {"area_flipflops", measured(figures.flipflops, "um2")},
      {"critical_path", measured(4, "ns")}, {"clock", measured(4, "ns")}, {"pipeline_stages", measured(3, "1")},
      {"energy_per_mac_settled", measured(figures.settled, "pJ")}, {"energy_per_mac_glitch", measured(figures.glitch, "pJ")},
      {"prefill_cycles", measured(1000, "1")}, {"prefill_utilization", measured(0.8, "1")}, {"prefill_energy_per_token", measured(3e-6, "J")},
      {"decode_cycles", measured(9000, "1")}, {"decode_utilization", measured(0.03, "1")}, {"decode_energy_per_token", measured(5e-6, "J")}};
  row.metrics.insert(hardware.begin(), hardware.end());
  return row;
}

/// A set in which integers win everything: FP8 is larger, hungrier and further from FP32.
inline std::map<std::string, Figures> integers_win() {
  return {{"int8", {2e-3, 1000, 150, 10, 20}},           {"fp8_e4m3", {5e-3, 1500, 250, 14, 34}},
          {"fp8_e4m3_w14", {5.01e-3, 1250, 240, 12, 28}}, {"fp8_e4m3_exact", {5e-3, 1600, 200, 15, 36}},
          {"mxint8", {0.5e-3, 900, 150, 9, 18}},          {"mxint8_ceil", {0.5e-3, 900, 150, 9, 18}},
          {"mxfp8_e4m3", {6e-3, 1600, 260, 15, 38}},      {"mxfp8_e4m3_ceil", {4e-3, 1600, 260, 15, 38}},
          {"bf16", {1e-5, 2500, 400, 30, 70}},            {"fp32", {0, 0, 0, 0, 0}}};
}

/// The same with the tables turned.
inline std::map<std::string, Figures> floats_win() {
  return {{"int8", {9e-3, 2000, 150, 20, 40}},           {"fp8_e4m3", {1e-3, 1000, 250, 10, 20}},
          {"fp8_e4m3_w14", {1.001e-3, 700, 240, 7, 14}},  {"fp8_e4m3_exact", {1e-3, 1100, 200, 11, 22}},
          {"mxint8", {5e-3, 2100, 150, 22, 44}},          {"mxint8_ceil", {5e-3, 2100, 150, 22, 44}},
          {"mxfp8_e4m3", {0.9e-3, 1050, 260, 11, 21}},    {"mxfp8_e4m3_ceil", {0.8e-3, 1050, 260, 11, 21}},
          {"bf16", {1e-5, 2500, 400, 30, 70}},            {"fp32", {0, 0, 0, 0, 0}}};
}

inline ResultSet made_up_results(const std::map<std::string, Figures>& figures) {
  static const std::vector<std::string> order{"int8", "fp8_e4m3", "fp8_e4m3_w14", "fp8_e4m3_exact", "mxint8", "mxint8_ceil",
                                              "mxfp8_e4m3", "mxfp8_e4m3_ceil", "bf16", "fp32"};
  ResultSet results{{{"version", "0.1.0"}, {"seed", 1}}, {}};
  for (const std::string& mac : order)
    if (figures.count(mac) > 0) results.rows.push_back(made_up_row(mac, figures.at(mac)));
  return results;
}

}  // namespace macroscope::reports::test
