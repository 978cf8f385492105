// SPDX-License-Identifier: Apache-2.0
#include "reports/svg_theme.hpp"

#include <fmt/format.h>

#include <regex>
#include <set>

#include "reports/html.hpp"
#include "reports/ink.hpp"

namespace macroscope::reports {
namespace {

/// One opening tag with stand-in colours replaced and the classes of their inks added.
std::string themed_tag(std::string tag) {
  static const std::regex colour(R"re((fill|stroke|color)\s*=\s*['"]rgb\(\s*1,\s*1,\s*(\d+)\)['"])re");
  std::string out;
  std::set<std::string> classes;
  auto from = tag.cbegin();
  for (std::sregex_iterator match(tag.begin(), tag.end(), colour), end; match != end; ++match) {
    const InkColours& ink = colours(static_cast<Ink>(std::stoi((*match)[2]) - 1));
    const std::string attribute = (*match)[1];
    out.append(from, (*match)[0].first);
    out += fmt::format("{}=\"{}\"", attribute, ink.light);
    classes.insert(attribute.substr(0, 1) + '-' + ink.name);
    from = (*match)[0].second;
  }
  out.append(from, tag.cend());
  if (classes.empty()) return out;
  static const std::regex own_class(R"re(\sclass\s*=\s*(?:"[^"]*"|'[^']*'))re");  // gnuplot's, on grid lines
  out = std::regex_replace(out, own_class, "");
  const std::size_t name_end = out.find_first_of(" \t\n/>", 1);
  return out.insert(name_end, fmt::format(" class=\"{}\"", fmt::join(classes, " ")));
}

std::string without(std::string text, const std::regex& what) { return std::regex_replace(text, what, ""); }

}  // namespace

std::string themed_svg(const std::string& gnuplot_svg, const std::string& id, const std::string& title) {
  std::string out;
  std::size_t at = 0;
  while (at < gnuplot_svg.size()) {
    const std::size_t open = gnuplot_svg.find('<', at);
    const std::size_t close = open == std::string::npos ? open : gnuplot_svg.find('>', open);
    if (close == std::string::npos) break;
    out.append(gnuplot_svg, at, open - at);
    out += themed_tag(gnuplot_svg.substr(open, close + 1 - open));
    at = close + 1;
  }
  out.append(gnuplot_svg, at, std::string::npos);

  out = std::regex_replace(out, std::regex(R"re(\bid\s*=\s*(['"])([^'"]*)\1)re"), "id=\"" + id + "-$2\"");
  out = std::regex_replace(out, std::regex(R"re(xlink:href\s*=\s*(['"])#([^'"]*)\1)re"), "xlink:href=\"#" + id + "-$2\"");
  out = without(out, std::regex(R"re(<desc>[^<]*</desc>)re"));
  out = without(out, std::regex(R"re(<filter[\s\S]*?</filter>)re"));
  out = without(out, std::regex(R"re(<title>[^<]*</title>)re"));  // names of data sets; the picture's own comes next
  const std::size_t head_end = out.find('>', out.find("<svg")) + 1;
  out.insert(head_end, fmt::format("\n<title>{}</title>\n<style>{}</style>", escaped(title), svg_rules()));
  return out;
}

std::string inline_svg(const std::string& themed) {
  std::string out = without(themed, std::regex(R"re(<\?xml[^>]*\?>\s*)re"));
  out = without(out, std::regex(R"re(<style>[\s\S]*?</style>)re"));
  out = without(out, std::regex(R"re(\s+xmlns(:xlink)?="[^"]*")re"));
  out = std::regex_replace(out, std::regex("xlink:href"), "href");
  return std::regex_replace(out, std::regex("<svg"), "<svg role=\"img\"", std::regex_constants::format_first_only);
}

std::string svg_rules() {
  std::string light, dark;
  for (const InkColours& ink : inks())
    for (const char* attribute : {"fill", "stroke", "color"}) {
      const std::string rule = fmt::format(".{}-{}{{{}:", attribute[0] == 'c' ? 'c' : attribute[0], ink.name, attribute);
      light += fmt::format("{}{}}}", rule, ink.light);
      dark += fmt::format("{}{}}}", rule, ink.dark);
    }
  return light + "@media (prefers-color-scheme:dark){" + dark + "}@media print{" + light + "}";
}

}  // namespace macroscope::reports
