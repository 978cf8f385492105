// SPDX-License-Identifier: Apache-2.0
// Turning gnuplot's SVG into one that follows the reader's light or dark ground and can share a page with others.
#pragma once

#include <string>

namespace macroscope::reports {

/// gnuplot's output with each stand-in colour replaced by its ink: the light colour as the attribute (for viewers that
/// know no style sheets), a class beside it and a style sheet with the dark one. Identifiers get `id` as a prefix, the
/// title becomes `title` and the background is left transparent.
std::string themed_svg(const std::string& gnuplot_svg, const std::string& id, const std::string& title);

/// The same picture for use inside an HTML page: without the XML declaration, namespaces and its own style sheet
/// (the page has the rules of `svg_rules`).
std::string inline_svg(const std::string& themed);

/// CSS rules that give the classes of themed SVG their light and dark colours.
std::string svg_rules();

}  // namespace macroscope::reports
