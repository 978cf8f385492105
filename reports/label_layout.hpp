// SPDX-License-Identifier: Apache-2.0
// Placing names beside points so that they cover neither each other nor the points.
#pragma once

#include <string>
#include <vector>

namespace macroscope::reports {

struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
};

/// A name to be placed beside a point; pixels, y downwards.
struct LabelledPoint {
  double x = 0, y = 0;
  std::string text;
};

/// Where a name goes. Text starts at `left` and its baseline is near `bottom`. A name that had to move away from its
/// point, or that stands near another one, needs a line to it.
struct Placement : Box {
  bool needs_leader = false;
};

/// For each point a box of the size of its text, chosen among the eight directions at growing distances to overlap
/// other points, the names placed before and the outside of `frame` as little as possible. `keep_out` are further
/// boxes to leave free. Deterministic. `font_size` in pixels.
std::vector<Placement> place_labels(const std::vector<LabelledPoint>& points, const Box& frame, double font_size,
                                    const std::vector<Box>& keep_out = {});

}  // namespace macroscope::reports
