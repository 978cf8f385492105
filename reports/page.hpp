// SPDX-License-Identifier: Apache-2.0
// The sections of the report's page.
#pragma once

#include <string>
#include <vector>

#include "reports/report.hpp"
#include "reports/view.hpp"

namespace macroscope::reports {

/// The style sheet of the page (style.css).
extern const char* const style_sheet;

/// `<figure>` with the picture inline.
std::string figure_html(const Figure& figure, const std::string& css_class = "");

/// Figures side by side where the page is wide enough; empty for none.
std::string figure_grid(const std::vector<Figure>& figures);

/// The alignment-window section: curve, or why there is none.
std::string window_section(const ReportInput& input, const std::vector<Figure>& figures);

/// How to read the page: the words it uses.
std::string reading_section(const View& view);

/// Provenance, canonical specs and stimuli.
std::string provenance_section(const ReportInput& input);

/// A whole document.
std::string document(const std::string& title, const std::string& body);

}  // namespace macroscope::reports
