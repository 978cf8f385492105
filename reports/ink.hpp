// SPDX-License-Identifier: Apache-2.0
// The colours of plots and page, on a light and on a dark ground.
#pragma once

#include <string>
#include <vector>

namespace macroscope::reports {

/// What a mark stands for, rather than what it looks like.
enum class Ink { text, muted, grid, ground, integer, floating, baseline, published };

struct InkColours {
  Ink ink;
  const char* name;  // CSS class and custom property
  const char* light;
  const char* dark;
};

/// One entry per ink. Integer and floating differ in lightness as well as in hue, so they stay apart in grey print.
const std::vector<InkColours>& inks();

const InkColours& colours(Ink ink);

/// The stand-in that gnuplot is told to draw with: `rgb '#…'`. Themed SVG has the ink in its place.
std::string gnuplot_colour(Ink ink);

/// The ink of a MAC: by the kind of its elements in the canonical spec, except the baseline's own.
Ink ink_of(const std::string& mac, bool integer_elements);

}  // namespace macroscope::reports
