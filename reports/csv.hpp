// SPDX-License-Identifier: Apache-2.0
// Result rows as comma-separated values.
#pragma once

#include <string>

#include "analysis/result.hpp"

namespace macroscope::reports {

/// One line per row: mac, workload, technology, stimulus, then every metric of the set in alphabetical order, each
/// followed by a column `NAME.ci95` when some row has an interval. Values have the digits to come back exactly; a metric
/// that was not measured, or that the row does not have, is an empty field. RFC 4180 quoting; units are in docs/results.md.
std::string to_csv(const ResultSet& results);

}  // namespace macroscope::reports
