// SPDX-License-Identifier: Apache-2.0
#include "reports/footnotes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/html.hpp"

namespace macroscope::reports {

std::string Footnotes::mark(const std::string& text) {
  auto found = std::find(texts_.begin(), texts_.end(), text);
  if (found == texts_.end()) found = texts_.insert(texts_.end(), text);
  return element("sup", fmt::format("{}", found - texts_.begin() + 1));
}

std::string Footnotes::list() const {
  if (texts_.empty()) return "";
  std::string items;
  for (const std::string& text : texts_) items += element("li", escaped(text));
  return element("ol", items, "class=\"notes\"");
}

}  // namespace macroscope::reports
