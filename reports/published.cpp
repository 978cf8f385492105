// SPDX-License-Identifier: Apache-2.0
#include "reports/published.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "analysis/sweep/strict_map.hpp"
#include "formats/input_error.hpp"

namespace macroscope::reports {
namespace {

using sweep::require_known_keys;

std::string text(const YAML::Node& entry, const char* key) { return entry[key] ? entry[key].as<std::string>() : ""; }

std::string required(const YAML::Node& entry, const char* key, const std::string& where) {
  if (!entry[key]) throw InputError(fmt::format("{}: '{}' is missing.", where, key));
  return entry[key].as<std::string>();
}

std::optional<double> number(const YAML::Node& entry, const char* key, const std::string& where) {
  if (!entry[key]) return std::nullopt;
  try {
    return entry[key].as<double>();
  } catch (const YAML::Exception&) {
    throw InputError(fmt::format("{}: '{}' is '{}', which is not a number.", where, key, text(entry, key)));
  }
}

PublishedSource read_source(const YAML::Node& entry, const std::string& where) {
  require_known_keys(entry, {"id", "short", "citation", "method", "scale_rule"}, where);
  return {required(entry, "id", where), required(entry, "short", where), required(entry, "citation", where),
          required(entry, "method", where), required(entry, "scale_rule", where)};
}

PublishedRatio read_ratio(const YAML::Node& entry, const std::string& where) {
  require_known_keys(entry, {"id", "source", "where", "quantity", "of", "to", "ratio", "low", "high", "read_in"}, where);
  const auto ratio = number(entry, "ratio", where);
  const auto low = ratio ? ratio : number(entry, "low", where);
  const auto high = ratio ? ratio : number(entry, "high", where);
  if (!low || !high || *low <= 0.0 || *high < *low)
    throw InputError(where + ": give 'ratio', or 'low' and 'high', as positive numbers in that order.");
  return {required(entry, "id", where), required(entry, "source", where), required(entry, "where", where),
          required(entry, "quantity", where), required(entry, "of", where), required(entry, "to", where),
          *low, *high, text(entry, "read_in")};
}

PublishedAccuracy read_accuracy(const YAML::Node& entry, const std::string& where) {
  require_known_keys(entry, {"source", "model", "mac", "kl_top25", "perplexity"}, where);
  return {required(entry, "source", where), required(entry, "model", where), required(entry, "mac", where),
          number(entry, "kl_top25", where), number(entry, "perplexity", where)};
}

template <class Record, class Reader>
std::vector<Record> read_list(const YAML::Node& document, const char* key, const std::string& file, Reader read) {
  std::vector<Record> records;
  for (const YAML::Node& entry : document[key])
    records.push_back(read(entry, fmt::format("{}: {}, entry {}", file, key, records.size() + 1)));
  return records;
}

}  // namespace

const PublishedSource& Published::source(const std::string& id) const {
  const auto found = std::find_if(sources.begin(), sources.end(), [&](const auto& candidate) { return candidate.id == id; });
  if (found == sources.end())
    throw InputError(fmt::format("a published figure cites the source '{}', which the file does not describe.", id));
  return *found;
}

Published load_published(const std::filesystem::path& path) {
  const std::string file = path.string();
  YAML::Node document;
  try {
    document = YAML::LoadFile(file);
  } catch (const YAML::Exception& error) {
    throw InputError(fmt::format("{}: cannot read the published figures: {}.", file, error.what()));
  }
  require_known_keys(document, {"sources", "figures", "direct_cast"}, file);
  Published published{read_list<PublishedSource>(document, "sources", file, read_source),
                      read_list<PublishedRatio>(document, "figures", file, read_ratio),
                      read_list<PublishedAccuracy>(document, "direct_cast", file, read_accuracy)};
  for (const PublishedRatio& figure : published.ratios) published.source(figure.source);
  for (const PublishedAccuracy& figure : published.direct_cast) published.source(figure.source);
  return published;
}

}  // namespace macroscope::reports
