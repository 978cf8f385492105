// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace macroscope {

/// The accepted word nearest to `found` by edit distance (Levenshtein), or an empty string when none is near enough to
/// be a plausible slip of the pen.
std::string nearest(std::string_view found, const std::vector<std::string>& accepted);

/// The end of an error sentence: "; did you mean 'x'? Accepted: a, b, c".
std::string accepted_words(std::string_view found, const std::vector<std::string>& accepted);

}  // namespace macroscope
