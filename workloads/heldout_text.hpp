// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace macroscope::workloads {

/// A text to evaluate on.
struct EvaluationText {
  std::string name;    ///< for reports: "held-out text of bookworm" or the file's name
  std::string sha256;
  std::string bytes;
};

/// The default evaluation text, made anew from the Debian packages bible-kjv (its program `bible`) and r-cran-janeaustenr
/// (unpacked in `texts`, or installed) by the rules of models/bookworm/README.md. `description` is its heldout.json: every
/// part's size and SHA-256 are checked. Throws InputError naming the package (and its version here) if something is missing
/// or differs.
EvaluationText heldout_text(const std::filesystem::path& description, const std::filesystem::path& texts);

/// A file of the user's. Throws InputError if it is missing or empty.
EvaluationText text_from_file(const std::filesystem::path& path);

/// Verses of `bible -f` as text: the reference before the first space is dropped, runs of spaces become one, one verse a line.
std::string verses_as_text(std::string_view printed);

/// The first line held out of a novel: the first blank one at or after floor(19/20 of the lines).
std::size_t first_heldout_line(const std::vector<std::string>& lines);

/// Wrapped lines from `begin` on as text: every paragraph becomes one line, its words one space apart.
std::string paragraphs_as_text(const std::vector<std::string>& lines, std::size_t begin);

}  // namespace macroscope::workloads
