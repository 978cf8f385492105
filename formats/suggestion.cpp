// SPDX-License-Identifier: Apache-2.0
#include "formats/suggestion.hpp"

#include <algorithm>
#include <numeric>

namespace macroscope {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest(std::string_view found, const std::vector<std::string>& accepted) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, found.size() / 2) + 1;
  for (const std::string& word : accepted) {
    const std::size_t distance = edit_distance(found, word);
    if (distance < best_distance) {
      best_distance = distance;
      best = word;
    }
  }
  return best;
}

std::string accepted_words(std::string_view found, const std::vector<std::string>& accepted) {
  std::string text = "; ";
  if (const std::string guess = nearest(found, accepted); !guess.empty()) text += "did you mean '" + guess + "'? ";
  text += "Accepted: ";
  for (std::size_t i = 0; i < accepted.size(); ++i) text += (i ? ", " : "") + accepted[i];
  return text;
}

}  // namespace macroscope
