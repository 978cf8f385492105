// SPDX-License-Identifier: Apache-2.0
// Small pieces of HTML.
#pragma once

#include <string>
#include <string_view>

namespace macroscope::reports {

/// Text with the characters that mean something in HTML, XML and attribute values written as entities.
std::string escaped(std::string_view text);

/// `<tag>content</tag>`; `content` is HTML already. `attributes` come after the name.
std::string element(const std::string& tag, const std::string& content, const std::string& attributes = "");

/// A word usable as an id or file name: lower-case letters, digits and hyphens.
std::string slug(std::string_view text);

}  // namespace macroscope::reports
