// SPDX-License-Identifier: Apache-2.0
#include "reports/html.hpp"

#include <cctype>

namespace macroscope::reports {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

std::string element(const std::string& tag, const std::string& content, const std::string& attributes) {
  return '<' + tag + (attributes.empty() ? "" : " " + attributes) + '>' + content + "</" + tag + '>';
}

std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

}  // namespace macroscope::reports
