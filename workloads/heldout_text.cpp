// SPDX-License-Identifier: Apache-2.0
#include "workloads/heldout_text.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "formats/input_error.hpp"
#include "workloads/file_bytes.hpp"
#include "workloads/janeausten.hpp"

namespace macroscope::workloads {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What a command prints. `command` is trusted: a fixed string, or checked by the caller.
std::string output_of(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) throw InputError("Cannot run: " + command);
  std::string printed;
  char buffer[1 << 16];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) printed.append(buffer, count);
  pclose(pipe);
  return printed;
}

std::string installed_version(const std::string& package) {
  std::string version = output_of("dpkg-query -W -f '${Version}' " + package + " 2>/dev/null");
  return version.empty() ? "not installed, or not by dpkg" : version;
}

/// A selection such as "Ruth1:1-Ruth4:22".
std::string bible_text(const std::string& selection) {
  const bool plain = std::all_of(selection.begin(), selection.end(),
                                 [](unsigned char c) { return std::isalnum(c) || c == ':' || c == '-'; });
  if (!plain) throw InputError("'" + selection + "' is no selection of Bible verses, such as Ruth1:1-Ruth4:22.");
  const std::string printed = output_of("PATH=\"$PATH:/usr/games\" bible -f '" + selection + "' 2>/dev/null </dev/null");
  if (printed.empty())
    throw InputError("The default evaluation text needs the program 'bible'; install it with: apt-get install bible-kjv  "
                     "(or give a text of your own with --text FILE).");
  return verses_as_text(printed);
}

void append_words(std::string_view line, std::string& joined) {
  std::size_t at = 0;
  while ((at = line.find_first_not_of(' ', at)) != std::string_view::npos) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    if (!joined.empty()) joined += ' ';
    joined += line.substr(at, end - at);
    at = end;
  }
}

struct Part {
  std::string package, selection, sha256;
  std::size_t bytes;
};

std::vector<Part> parts_of(const fs::path& description) {
  try {
    const json root = json::parse(read_file_text(description));
    std::vector<Part> parts;
    for (const json& part : root.at("parts"))
      parts.push_back({part.at("package"), part.at("selection"), part.at("sha256"), part.at("bytes")});
    return parts;
  } catch (const json::exception& error) {
    throw InputError(description.string() + " does not describe a held-out text: " + error.what() + ".");
  }
}

void check(const Part& part, const std::string& text) {
  if (text.size() == part.bytes && sha256(text.data(), text.size()) == part.sha256) return;
  throw InputError("The held-out text differs from the one the model was trained without: '" + part.selection +
                   "' of the package " + part.package + " (version here: " + installed_version(part.package) + ") gives " +
                   std::to_string(text.size()) + " bytes where " + std::to_string(part.bytes) +
                   " with SHA-256 " + part.sha256 + " are recorded. Install Debian 12's version, or give a text with --text FILE.");
}

}  // namespace

std::string verses_as_text(std::string_view printed) {
  std::string text, verse;
  while (!printed.empty()) {
    const std::size_t end = std::min(printed.find('\n'), printed.size());
    const std::string_view line = printed.substr(0, end);
    printed.remove_prefix(std::min(end + 1, printed.size()));
    if (line.empty()) continue;
    verse.clear();
    append_words(line.substr(std::min(line.find(' '), line.size())), verse);
    text += verse + '\n';
  }
  return text;
}

std::size_t first_heldout_line(const std::vector<std::string>& lines) {
  std::size_t at = lines.size() * 19 / 20;
  while (at < lines.size() && lines[at].find_first_not_of(' ') != std::string::npos) ++at;
  return at;
}

std::string paragraphs_as_text(const std::vector<std::string>& lines, std::size_t begin) {
  std::string text, paragraph;
  const auto finish = [&] {
    if (!paragraph.empty()) text += paragraph + '\n';
    paragraph.clear();
  };
  for (std::size_t i = begin; i < lines.size(); ++i) {
    if (lines[i].find_first_not_of(' ') == std::string::npos) finish();
    else append_words(lines[i], paragraph);
  }
  finish();
  return text;
}

EvaluationText heldout_text(const fs::path& description, const fs::path& texts) {
  const auto novels = read_novels(find_novels(texts));
  EvaluationText text{"held-out text of bookworm", "", ""};
  for (const Part& part : parts_of(description)) {
    std::string bytes;
    if (part.package == "bible-kjv") {
      bytes = bible_text(part.selection);
    } else {
      const auto novel = novels.find(part.selection.substr(0, part.selection.find(' ')));
      if (novel == novels.end())
        throw InputError(description.string() + ": '" + part.selection + "' begins with no novel's name.");
      bytes = paragraphs_as_text(novel->second, first_heldout_line(novel->second));
    }
    check(part, bytes);
    text.bytes += bytes;
  }
  text.sha256 = sha256(text.bytes.data(), text.bytes.size());
  return text;
}

EvaluationText text_from_file(const fs::path& path) {
  EvaluationText text{path.filename().string(), "", read_file_text(path)};
  if (text.bytes.empty()) throw InputError("The text " + path.string() + " is empty.");
  text.sha256 = sha256(text.bytes.data(), text.bytes.size());
  return text;
}

}  // namespace macroscope::workloads
