// SPDX-License-Identifier: Apache-2.0
#include "reports/table_parts.hpp"

#include <fmt/format.h>

#include "reports/html.hpp"
#include "reports/ink.hpp"
#include "reports/prose.hpp"
#include "reports/view.hpp"

namespace macroscope::reports {

std::string mac_header(const ResultRow& row) {
  const Ink ink = ink_of(row.mac, has_integer_elements(row));
  return element("th", fmt::format("<i class=\"dot b-{}\"></i>", colours(ink).name) + mac_name(row.mac), "scope=\"row\"");
}

std::string framed_table(const std::vector<std::string>& head, const std::string& body) {
  std::string cells;
  for (const std::string& cell : head) cells += element("th", cell, "scope=\"col\"");
  return element("div", element("table", element("thead", element("tr", cells)) + element("tbody", body)),
                 "class=\"scroll\" tabindex=\"0\"");
}

std::string small(const std::string& text) { return text.empty() ? "" : element("small", text); }

}  // namespace macroscope::reports
