// SPDX-License-Identifier: Apache-2.0
// What all tables share.
#pragma once

#include <string>
#include <vector>

#include "analysis/result.hpp"

namespace macroscope::reports {

/// The head of a row: the MAC's name with a dot in its ink.
std::string mac_header(const ResultRow& row);

/// A table from its head cells (text already HTML) and body rows, in a frame that scrolls sideways on narrow screens.
std::string framed_table(const std::vector<std::string>& head, const std::string& body);

/// Small print under a value; empty for an empty text.
std::string small(const std::string& text);

}  // namespace macroscope::reports
