// SPDX-License-Identifier: Apache-2.0
// The words in which comparisons are told.
#pragma once

#include <string>
#include <vector>

#include "reports/verdict.hpp"

namespace macroscope::reports {

/// `<code>name</code>`.
std::string mac_name(const std::string& mac);
std::string mac_names(const std::vector<const ResultRow*>& rows, const std::string& conjunction = "and");

/// "is smaller than", "takes less energy than", "stays closer to FP32 than", "ties with" …
std::string relation(Order order, const std::string& metric);

/// "1.18× int8's" with "(a tie)" behind it when the difference is below the method's error; empty without both values.
std::string ratio_to(const ResultRow* row, const ResultRow* base, const std::string& metric);

/// A KL divergence or perplexity as it is printed in running text, with its interval when there is one.
std::string accuracy_text(const ResultRow& row, const std::string& metric);

/// The reason given for a metric without a value; "it is not among the results" when the row has no such metric.
std::string reason_missing(const ResultRow* row, const std::string& metric);

}  // namespace macroscope::reports
