// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/figures.hpp"
#include "reports/html.hpp"
#include "reports/label_layout.hpp"
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
  if (metric == "kl") return {"mean KL to FP32, nats", "KL divergence", 1.0};
  if (metric == "perplexity") return {"perplexity", "perplexity", 1.0};
  if (metric == "area") return {"area of a 32-lane unit, 1000 µm²", "area", 1000.0};
  return {"energy per MAC, pJ", "energy per MAC", 1.0};
}

std::vector<Mark> marks_of(const View& view, const std::string& accuracy, const std::string& cost, double cost_unit) {
  std::vector<Mark> marks;
  for (const ResultRow* row : view.rows()) {
    const auto x = value(row, cost);
    const auto y = value(row, accuracy);
    if (!x || !y || (accuracy == "kl" && *y <= 0)) continue;
    const auto settled = cost == "energy_per_mac_glitch" ? value(row, "energy_per_mac_settled") : std::nullopt;
    marks.push_back({row, *x / cost_unit, *y, settled ? std::optional(*settled / cost_unit) : std::nullopt,
                     row->metrics.at(accuracy).ci95.value_or(0.0)});
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

void draw_front(Plot& plot, const std::vector<const Mark*>& front) {
  std::vector<std::vector<double>> corners;
  double lowest = std::nan("");
  for (const Mark* mark : front) {
    if (!std::isnan(lowest)) {
      if (mark->accuracy >= lowest) continue;  // tied with the one before: no step
      corners.push_back({mark->cost, lowest});
    }
    corners.push_back({mark->cost, mark->accuracy});
    lowest = mark->accuracy;
  }
  plot.commands() << data_block("front", corners);
}

void draw_names(Plot& plot, const std::vector<Mark>& marks) {
  std::vector<LabelledPoint> points;
  std::vector<Box> settled;
  for (const Mark& mark : marks) {
    const double y = plot.pixel_y(mark.accuracy);
    points.push_back({plot.pixel_x(mark.cost), y, mark.row->mac});
    if (mark.settled) settled.push_back({plot.pixel_x(*mark.settled) - 5, y - 4, plot.pixel_x(mark.cost) + 5, y + 4});
  }
  constexpr double size = Plot::font_size - 1;
  const Box frame{plot.left(), plot.top(), plot.right() + 8, plot.bottom()};
  const auto boxes = place_labels(points, frame, size, settled);
  for (std::size_t i = 0; i < marks.size(); ++i)
    plot.text(boxes[i].left, (boxes[i].top + boxes[i].bottom) / 2, marks[i].row->mac,
              ink_of(marks[i].row->mac, has_integer_elements(*marks[i].row)));
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
  const std::vector<Mark> marks = marks_of(view, accuracy, cost, x.unit);
  if (marks.size() < 2) return std::nullopt;
  std::vector<double> costs, accuracies;
  for (const Mark& mark : marks) {
    costs.push_back(mark.cost);
    if (mark.settled) costs.push_back(*mark.settled);
    accuracies.push_back(mark.accuracy);
  }
  Plot plot("pareto-" + slug(accuracy) + "-" + slug(cost == "area" ? "area" : "energy"),
            fmt::format("{} against {}", y.phrase, x.phrase));
  plot.axes(scale_around(costs, false), x.name, scale_around(accuracies, accuracy == "kl"), y.name);
  draw_front(plot, front_of(marks, accuracy, cost));
  draw_names(plot, marks);
  draw_marks(plot, marks);
  return plot.finish(cost == "area" ? "Down and left is better. The line joins the MACs that no other one beats on both axes, "
                                      "ties counted as ties."
                                    : "Down and left is better. Hollow: settled transitions only; filled: with glitches. The line "
                                      "is the Pareto front with glitches.");
}

}  // namespace macroscope::reports
