// SPDX-License-Identifier: Apache-2.0
#include "reports/plot.hpp"

#include <fmt/format.h>
#include <gnuplot-iostream.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "formats/input_error.hpp"
#include "reports/svg_theme.hpp"

namespace macroscope::reports {
namespace {

/// gnuplot text without enhanced mode needs only its quotes doubled.
std::string quoted(const std::string& words) {
  std::string out = "'";
  for (const char c : words) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::filesystem::path scratch_file() {
  std::string pattern = (std::filesystem::temp_directory_path() / "macroscope-plot-XXXXXX").string();
  const int descriptor = mkstemp(pattern.data());
  if (descriptor < 0) throw InputError("no scratch file can be made in " + pattern + "; set TMPDIR to a writable folder.");
  close(descriptor);
  return pattern;
}

/// 1, 2 and 5 times the powers of ten inside a scale; powers alone when it spans more than two decades.
std::string log_ticks(const Scale& scale) {
  const bool wide = scale.high / scale.low > 200.0;
  std::string ticks;
  for (double power = std::pow(10.0, std::floor(std::log10(scale.low))); power <= scale.high; power *= 10.0)
    for (const double factor : {1.0, 2.0, 5.0})
      if (factor * power >= scale.low && factor * power <= scale.high && !(wide && factor > 1.0))
        ticks += fmt::format("{}{:.6g}", ticks.empty() ? "" : ", ", factor * power);
  return ticks;
}

}  // namespace

double Scale::position(double value) const {
  if (logarithmic) return (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low));
  return (value - low) / (high - low);
}

Scale scale_around(const std::vector<double>& values, bool logarithmic, bool from_zero) {
  std::vector<double> kept;
  for (const double value : values)
    if (std::isfinite(value) && (!logarithmic || value > 0)) kept.push_back(value);
  if (kept.empty()) return logarithmic ? Scale{0.1, 10, true} : Scale{};
  auto [low, high] = std::minmax_element(kept.begin(), kept.end());
  if (logarithmic) {
    const double margin = std::pow(*high / *low, 0.10) * 1.15;
    return {*low / margin, *high * margin, true};
  }
  const double span = std::max(*high - (from_zero ? 0.0 : *low), 1e-9 + 0.02 * std::fabs(*high));
  return {from_zero ? 0.0 : *low - 0.10 * span, *high + 0.10 * span, false};
}

class Plot::Session {
 public:
  Session() : file_(scratch_file()) {}
  ~Session() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }
  Gnuplot& gnuplot() { return *gnuplot_; }
  const std::filesystem::path& file() const { return file_; }

  std::string output() {
    gnuplot_.reset();  // waits for gnuplot to end
    std::ifstream in(file_);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

 private:
  std::filesystem::path file_;
  std::unique_ptr<Gnuplot> gnuplot_ = std::make_unique<Gnuplot>("gnuplot 2>/dev/null");
};

Plot::Plot(std::string id, std::string title, int height)
    : id_(std::move(id)), title_(std::move(title)), height_(height), session_(std::make_unique<Session>()) {
  commands() << fmt::format(
      "set terminal svg noenhanced size {},{} dynamic font 'system-ui,sans-serif,{}' linewidth 1\nset output {}\n", width,
      height_, font_size, quoted(session_->file().string()));
  commands() << "set key off\nset datafile missing 'NaN'\n";
}

Plot::~Plot() = default;

std::ostream& Plot::commands() { return session_->gnuplot(); }

void Plot::axes(const Scale& x, const std::string& x_name, const Scale& y, const std::string& y_name, int left_margin) {
  x_ = x;
  y_ = y;
  left_ = left_margin;
  named_ = !y_name.empty();
  std::ostream& out = commands();
  out << fmt::format("set lmargin at screen {}\nset rmargin at screen {}\nset tmargin at screen {}\nset bmargin at screen {}\n",
                     left() / width, right() / width, 1.0 - top() / height_, 1.0 - bottom() / height_);
  out << fmt::format("set xrange [{}:{}]\nset yrange [{}:{}]\n", x.low, x.high, y.low, y.high);
  if (x.logarithmic) out << "set logscale x\nset xtics (" << log_ticks(x) << ")\n";
  if (y.logarithmic) out << "set logscale y\nset ytics (" << log_ticks(y) << ")\n";
  out << fmt::format("set border 3 lc {0}\nset tics nomirror scale 0.4 tc {0}\nset grid x y lc {1} lt 1 lw 0.7, lc {1} lt 1 lw "
                     "0.4\nset grid noxtics\nset xlabel {2} tc {0} offset 0,0.2\n",
                     gnuplot_colour(Ink::muted), gnuplot_colour(Ink::grid), quoted(x_name));
  out << "set format y '%g'\n";
  if (named_) text(4, 12, y_name, Ink::muted);
}

double Plot::pixel_x(double value) const { return left() + x_.position(value) * (right() - left()); }
double Plot::pixel_y(double value) const { return bottom() - y_.position(value) * (bottom() - top()); }

void Plot::text(double x, double y, const std::string& words, Ink ink, const std::string& anchor) {
  commands() << fmt::format("set label {} at screen {},{} {} tc {} front\n", quoted(words), x / width, 1.0 - y / height_, anchor,
                            gnuplot_colour(ink));
}

void Plot::line(double x0, double y0, double x1, double y1, Ink ink) {
  commands() << fmt::format("set arrow from screen {},{} to screen {},{} nohead lw 0.6 lc {}\n", x0 / width, 1.0 - y0 / height_, x1 / width,
                            1.0 - y1 / height_, gnuplot_colour(ink));
}

Figure Plot::finish(std::string caption) {
  const std::string drawn = session_->output();
  if (drawn.find("</svg>") == std::string::npos)
    throw InputError(fmt::format("gnuplot drew nothing for '{}'; is it installed? `apt-get install gnuplot-nox`", title_));
  return {id_, title_, std::move(caption), themed_svg(drawn, id_, title_)};
}

std::string data_block(const std::string& name, const std::vector<std::vector<double>>& lines) {
  std::string text = "$" + name + " << EOD\n";
  for (const auto& line : lines) {
    for (const double value : line) text += std::isfinite(value) ? fmt::format("{:.9g} ", value) : "NaN ";
    text += '\n';
  }
  return text + "EOD\n";
}

}  // namespace macroscope::reports
