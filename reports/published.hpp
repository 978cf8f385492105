// SPDX-License-Identifier: Apache-2.0
// Figures that others have published, as data with citations.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace macroscope::reports {

struct PublishedSource {
  std::string id, short_name, citation;
  std::string method;      // how its cost figures were obtained, as a noun phrase
  std::string scale_rule;  // `floor`, `ceil` or `none`
};

/// A published cost or accuracy ratio of one format to another: a number or a range.
struct PublishedRatio {
  std::string id, source, where;
  std::string quantity;  // `area`, `energy` or the name of a metric
  std::string of, to;    // presets
  double low = 0.0, high = 0.0;  // equal when one number was published
  std::string read_in;   // the text it was taken from, when that is not the paper itself

  bool is_range() const { return low != high; }
};

/// A published accuracy of a model cast directly to a format.
struct PublishedAccuracy {
  std::string source, model, mac;
  std::optional<double> kl_top25, perplexity;
};

struct Published {
  std::vector<PublishedSource> sources;
  std::vector<PublishedRatio> ratios;
  std::vector<PublishedAccuracy> direct_cast;

  /// The source with this id; every figure's source exists.
  const PublishedSource& source(const std::string& id) const;
};

/// Reads a file of `reports/published/`. Throws InputError on unknown or missing keys, a number that is none, and a
/// figure without its source.
Published load_published(const std::filesystem::path& file);

}  // namespace macroscope::reports
