// SPDX-License-Identifier: Apache-2.0
#include "reports/ink.hpp"

#include <fmt/format.h>

namespace macroscope::reports {

const std::vector<InkColours>& inks() {
  static const std::vector<InkColours> all{
      {Ink::text, "text", "#1b1f24", "#e8eaed"},      {Ink::muted, "muted", "#5d6670", "#a4adb8"},
      {Ink::grid, "grid", "#dfe3e8", "#343a42"},      {Ink::ground, "ground", "#ffffff", "#15181c"},
      {Ink::integer, "integer", "#1556a8", "#6fb1ff"}, {Ink::floating, "floating", "#d1610a", "#ffa25c"},
      {Ink::baseline, "baseline", "#6f7680", "#9ba3ad"}, {Ink::published, "published", "#0c7f62", "#45d0a8"}};
  return all;
}

const InkColours& colours(Ink ink) { return inks().at(static_cast<std::size_t>(ink)); }

std::string gnuplot_colour(Ink ink) { return fmt::format("rgb '#0101{:02x}'", static_cast<int>(ink) + 1); }

Ink ink_of(const std::string& mac, bool integer_elements) {
  if (mac == "bf16" || mac == "fp16" || mac == "fp32") return Ink::baseline;
  return integer_elements ? Ink::integer : Ink::floating;
}

}  // namespace macroscope::reports
