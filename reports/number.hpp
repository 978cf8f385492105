// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them.
#pragma once

#include <string>
#include <vector>

namespace macroscope::reports {

/// `value` to `digits` significant digits without an exponent; thousands are set apart by a thin space from 10 000 on
/// (12 345). Not a number gives "not a number".
std::string significant(double value, int digits = 3);

/// A whole number with thousands set apart (438 837).
std::string whole(double value);

/// A ratio to two decimals with its sign: "1.53×"; two significant digits below 0.1, three above 10.
std::string times(double ratio);

/// A ratio as a change: "+53 %", "−21 %", "±0 %".
std::string percent_change(double ratio);

/// A value with an SI prefix: scaled("J", 3.2e-5) is "32.0 µJ".
std::string with_prefix(double value, const std::string& unit, int digits = 3);

/// "a", "a and b", "a, b and c".
std::string joined(const std::vector<std::string>& words, const std::string& conjunction = "and");

}  // namespace macroscope::reports
