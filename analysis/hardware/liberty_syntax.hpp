// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace macroscope::hardware {

/// `name : value;` (one value) or `name (value, value);` (complex, any number).
struct LibertyAttribute {
  std::string name;
  std::vector<std::string> values;
  bool complex = false;
};

/// `name (argument, ...) { attributes and groups }`: the one building block of a Liberty file.
struct LibertyGroup {
  std::string name;
  std::vector<std::string> arguments;
  std::vector<LibertyAttribute> attributes;
  std::vector<LibertyGroup> groups;
  int line = 0;

  /// The attribute's first value, or `fallback` when the group has none of that name.
  [[nodiscard]] std::string_view attribute(std::string_view attribute_name, std::string_view fallback = {}) const;
  [[nodiscard]] const LibertyAttribute* find_attribute(std::string_view attribute_name) const;
  [[nodiscard]] const LibertyGroup* find_group(std::string_view group_name) const;
};

/// Reads the text of one Liberty file: a single `library` group. Comments, continued lines and quoted strings are taken
/// away; nothing is interpreted. Throws InputError naming `origin` and the line when the text is not Liberty.
LibertyGroup parse_liberty(std::string_view text, const std::string& origin);

/// The group as Liberty text, which `parse_liberty` reads back to the same tree.
std::string liberty_text(const LibertyGroup& group);

/// The bytes of a file, gunzipped when it is gzip. Throws InputError (missing, unreadable, broken gzip).
std::string read_maybe_gzipped(const std::filesystem::path& path);

}  // namespace macroscope::hardware
