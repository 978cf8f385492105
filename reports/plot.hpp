// SPDX-License-Identifier: Apache-2.0
// A gnuplot session that draws one themed SVG.
#pragma once

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "reports/ink.hpp"

namespace macroscope::reports {

/// A finished picture.
struct Figure {
  std::string id;       // file name without extension
  std::string title;    // what it shows, as a phrase
  std::string caption;  // how to read it; HTML
  std::string svg;      // a whole SVG file, light and dark
};

/// An axis from `low` to `high`, linear or logarithmic, with values mapped to 0..1.
struct Scale {
  double low = 0, high = 1;
  bool logarithmic = false;
  double position(double value) const;
};

/// A scale that holds all values with a margin. Logarithmic ones leave out values that are not positive.
Scale scale_around(const std::vector<double>& values, bool logarithmic, bool from_zero = false);

class Plot {
 public:
  static constexpr int width = 420;
  static constexpr int font_size = 12;

  /// Starts gnuplot. Throws InputError when it is not installed.
  Plot(std::string id, std::string title, int height = 320);
  ~Plot();
  Plot(const Plot&) = delete;
  Plot& operator=(const Plot&) = delete;

  /// Axes with light grid lines and the names given, that of y above its axis; the drawing area has fixed margins so that `pixel_x` and
  /// `pixel_y` hold.
  void axes(const Scale& x, const std::string& x_name, const Scale& y, const std::string& y_name, int left_margin = 54);

  double pixel_x(double value) const;
  double pixel_y(double value) const;  // downwards from the top

  /// The drawing area in pixels.
  double left() const { return left_; }
  double right() const { return width - 12.0; }
  double top() const { return named_ ? 30.0 : 12.0; }
  double bottom() const { return height_ - 50.0; }

  /// A text at a pixel position; `anchor` is left, center or right.
  void text(double x, double y, const std::string& words, Ink ink, const std::string& anchor = "left");

  /// A thin line between two pixel positions.
  void line(double x0, double y0, double x1, double y1, Ink ink);

  /// gnuplot's command stream, for `plot` and further settings.
  std::ostream& commands();

  /// Ends gnuplot and returns the themed picture. Throws InputError when gnuplot drew nothing.
  Figure finish(std::string caption);

 private:
  class Session;
  std::string id_, title_;
  int height_;
  bool named_ = false;  // the y axis has a name, written above the drawing area
  double left_ = 62;
  Scale x_, y_;
  std::unique_ptr<Session> session_;
};

/// A data block of columns for `plot $name`; numbers that are not finite leave a gap.
std::string data_block(const std::string& name, const std::vector<std::vector<double>>& lines);

}  // namespace macroscope::reports
