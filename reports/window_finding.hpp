// SPDX-License-Identifier: Apache-2.0
// What the window sweep says, in sentences.
#pragma once

#include <string>

#include "analysis/sweep/stored_sweep.hpp"

namespace macroscope::reports {

/// The narrowest window from which on no KL can be told from that of the widest one (95 % intervals overlap; the points
/// are not paired), and what it saves in area and energy; what the narrowest window of all costs. HTML; empty when fewer
/// than two points have a KL.
std::string window_finding(const sweep::StoredSweep& stored);

}  // namespace macroscope::reports
