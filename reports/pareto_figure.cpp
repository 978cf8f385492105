// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/figures.hpp"
#include "reports/html.hpp"
#include "reports/label_layout.hpp"
#include "reports/number.hpp"
#include "reports/prose.hpp"
#include "reports/verdict.hpp"

namespace macroscope::reports {
namespace {

struct Mark {
  const ResultRow* row;
  double cost, accuracy;
  std::optional<double> settled;
  double ci95;
};

struct AxisText {
  const char* name;
  const char* phrase;
  double unit;  // values are divided by it
};

AxisText axis_text(const std::string& metric) {
  if (metric == "kl") return {"mean KL to FP32, mnat", "KL divergence", 1e-3};
  if (metric == "perplexity") return {"perplexity", "Perplexity", 1.0};
  if (metric == "area") return {"area of a 32-lane unit, 1000 µm²", "area", 1000.0};
  return {"energy per MAC, pJ", "energy per MAC", 1.0};
}

std::vector<Mark> marks_of(const View& view, const std::string& accuracy, double accuracy_unit, const std::string& cost,
                           double cost_unit) {
  std::vector<Mark> marks;
  for (const ResultRow* row : view.rows()) {
    const auto x = value(row, cost);
    const auto y = value(row, accuracy);
    if (!x || !y || (accuracy == "kl" && *y <= 0)) continue;
    const auto settled = cost == "energy_per_mac_glitch" ? value(row, "energy_per_mac_settled") : std::nullopt;
    // the interval of a perplexity is that of the text, equal for all: only a KL shows its own
    const double ci95 = accuracy == "kl" ? row->metrics.at(accuracy).ci95.value_or(0.0) : 0.0;
    marks.push_back({row, *x / cost_unit, *y / accuracy_unit, settled ? std::optional(*settled / cost_unit) : std::nullopt, ci95 / accuracy_unit});
  }
  return marks;
}

std::vector<const Mark*> front_of(const std::vector<Mark>& marks, const std::string& accuracy, const std::string& cost) {
  const auto by = [&](const std::string& metric) {
    return [&marks, metric](std::size_t i, std::size_t j) { return compare(marks[i].row, marks[j].row, metric).order; };
  };
  std::vector<const Mark*> front;
  for (const std::size_t i : sweep::pareto_front(marks.size(), {by(cost), by(accuracy)})) front.push_back(&marks[i]);
  std::sort(front.begin(), front.end(), [](const Mark* a, const Mark* b) { return a->cost < b->cost; });
  return front;
}

using Corners = std::vector<std::vector<double>>;

/// The corners of the staircase through the front.
Corners staircase(const std::vector<const Mark*>& front) {
  Corners corners;
  for (const Mark* mark : front) {
    if (!corners.empty()) {
      if (mark->accuracy >= corners.back()[1]) continue;  // tied with the one before: no step
      corners.push_back({mark->cost, corners.back()[1]});
    }
    corners.push_back({mark->cost, mark->accuracy});
  }
  return corners;
}

/// Boxes around the staircase and the bars from settled to glitch, which names should leave free.
std::vector<Box> lines_to_avoid(const Plot& plot, const std::vector<Mark>& marks, const Corners& corners) {
  std::vector<Box> boxes;
  for (const Mark& mark : marks)
    if (mark.settled) {
      const double y = plot.pixel_y(mark.accuracy);
      boxes.push_back({plot.pixel_x(*mark.settled) - 5, y - 4, plot.pixel_x(mark.cost) + 5, y + 4});
    }
  for (std::size_t i = 1; i < corners.size(); ++i) {
    const double x0 = plot.pixel_x(corners[i - 1][0]), x1 = plot.pixel_x(corners[i][0]);
    const double y0 = plot.pixel_y(corners[i - 1][1]), y1 = plot.pixel_y(corners[i][1]);
    boxes.push_back({std::min(x0, x1) - 2, std::min(y0, y1) - 2, std::max(x0, x1) + 2, std::max(y0, y1) + 2});
  }
  return boxes;
}

/// Marks that coincide on the page are named together.
std::vector<LabelledPoint> names_of(const Plot& plot, const std::vector<Mark>& marks, std::vector<Ink>& ink_of_name) {
  std::vector<LabelledPoint> points;
  for (const Mark& mark : marks) {
    const double x = plot.pixel_x(mark.cost), y = plot.pixel_y(mark.accuracy);
    const Ink ink = ink_of(mark.row->mac, has_integer_elements(*mark.row));
    bool joined = false;
    for (std::size_t i = 0; i < points.size() && !joined; ++i)
      if (ink_of_name[i] == ink && std::hypot(points[i].x - x, points[i].y - y) < 5.0 && mark.row->mac.rfind(points[i].text, 0) == 0) {
        points[i].text += ", \u2026" + mark.row->mac.substr(points[i].text.size());
        joined = true;
      }
    if (joined) continue;
    points.push_back({x, y, mark.row->mac});
    ink_of_name.push_back(ink);
  }
  return points;
}

void draw_names(Plot& plot, const std::vector<Mark>& marks, const Corners& corners) {
  std::vector<Ink> ink;
  const std::vector<LabelledPoint> points = names_of(plot, marks, ink);
  const Box frame{plot.left(), plot.top(), plot.right() + 8, plot.bottom()};
  const auto boxes = place_labels(points, frame, Plot::font_size, lines_to_avoid(plot, marks, corners));
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (boxes[i].needs_leader)
      plot.line(points[i].x, points[i].y, std::clamp(points[i].x, boxes[i].left, boxes[i].right),
                std::clamp(points[i].y, boxes[i].top + 1, boxes[i].bottom - 1), ink[i]);
    plot.text(boxes[i].left, (boxes[i].top + boxes[i].bottom) / 2, points[i].text, ink[i]);
  }
}

/// Takes the baselines out of `marks` when they lie far outside of what the candidates span, so that these fill the
/// picture; returns what to say about them instead.
std::string take_out_distant_baselines(std::vector<Mark>& marks) {
  double most = 0;
  for (const Mark& mark : marks)
    if (ink_of(mark.row->mac, has_integer_elements(*mark.row)) != Ink::baseline) most = std::max(most, mark.cost);
  const auto distant = [&](const Mark& mark) {
    return ink_of(mark.row->mac, has_integer_elements(*mark.row)) == Ink::baseline && mark.cost > 1.25 * most;
  };
  std::vector<std::string> said;
  for (const Mark& mark : marks)
    if (distant(mark)) said.push_back(fmt::format("{} at ({}, {})", mac_name(mark.row->mac), significant(mark.cost), significant(mark.accuracy, 4)));
  if (said.empty() || said.size() + 1 >= marks.size()) return "";
  marks.erase(std::remove_if(marks.begin(), marks.end(), distant), marks.end());
  return fmt::format(" Off the picture: {}.", joined(said));
}

std::string data_of(const std::vector<Mark>& marks, Ink ink) {
  std::vector<std::vector<double>> lines;
  for (const Mark& mark : marks)
    if (ink_of(mark.row->mac, has_integer_elements(*mark.row)) == ink) {
      const double low = mark.accuracy - mark.ci95 > 0 ? mark.accuracy - mark.ci95 : mark.accuracy * 0.5;
      lines.push_back({mark.cost, mark.accuracy, low, mark.accuracy + mark.ci95, mark.settled.value_or(std::nan(""))});
    }
  if (lines.empty()) lines.push_back({std::nan(""), std::nan(""), std::nan(""), std::nan(""), std::nan("")});
  return data_block(colours(ink).name, lines);
}

void draw_marks(Plot& plot, const std::vector<Mark>& marks) {
  const std::vector<Ink> used{Ink::baseline, Ink::floating, Ink::integer};
  for (const Ink ink : used) plot.commands() << data_of(marks, ink);
  plot.commands() << "plot $front using 1:2 with lines lw 1.4 lc " << gnuplot_colour(Ink::muted);
  for (const Ink ink : used) {
    const std::string colour = gnuplot_colour(ink);
    const std::string block = std::string("$") + colours(ink).name;
    plot.commands() << fmt::format(", {0} using 5:2:($1-$5):(0) with vectors nohead lw 1 lc {1}"
                                   ", {0} using 1:2:3:4 with yerrorbars pt -1 lw 1 lc {1}"
                                   ", {0} using 5:2 with points pt 6 ps 0.55 lw 1.2 lc {1}"
                                   ", {0} using 1:2 with points pt 7 ps 0.75 lc {1}", block, colour);
  }
  plot.commands() << '\n';
}

}  // namespace

std::optional<Figure> pareto_figure(const View& view, const std::string& accuracy, const std::string& cost) {
  const AxisText x = axis_text(cost);
  const AxisText y = axis_text(accuracy);
  std::vector<Mark> marks = marks_of(view, accuracy, y.unit, cost, x.unit);
  const std::string elsewhere = take_out_distant_baselines(marks);
  if (marks.size() < 2) return std::nullopt;
  std::vector<double> costs, accuracies;
  for (const Mark& mark : marks) {
    costs.push_back(mark.cost);
    if (mark.settled) costs.push_back(*mark.settled);
    accuracies.push_back(mark.accuracy);
  }
  Plot plot("pareto-" + slug(accuracy) + "-" + slug(cost == "area" ? "area" : "energy"),
            fmt::format("{} against {}", y.phrase, x.phrase));
  Scale across = scale_around(costs, false);
  across.high += 0.12 * (across.high - across.low);  // room for the names of the costliest
  plot.axes(across, x.name, scale_around(accuracies, accuracy == "kl"), y.name);
  const Corners corners = staircase(front_of(marks, accuracy, cost));
  plot.commands() << data_block("front", corners);
  draw_names(plot, marks, corners);
  draw_marks(plot, marks);
  return plot.finish((cost == "area" ? "Down and left is better. The line joins the MACs that no other one beats on both axes, "
                                       "ties counted as ties."
                                     : "Down and left is better. Hollow: settled transitions only; filled: with glitches. The line "
                                       "is the Pareto front with glitches.") + elsewhere);
}

}  // namespace macroscope::reports
