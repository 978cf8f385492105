// SPDX-License-Identifier: Apache-2.0
// Pictures with lines: SQNR by layer, and metrics against the alignment window.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "reports/figures.hpp"
#include "reports/label_layout.hpp"
#include "reports/sqnr_table.hpp"

namespace macroscope::reports {
namespace {

std::vector<double> column(const std::vector<std::vector<double>>& lines, std::size_t index) {
  std::vector<double> values;
  for (const auto& line : lines) values.push_back(line[index]);
  return values;
}

struct WindowMetric {
  const char* name;
  const char* axis;
  const char* title;
  bool logarithmic;
  double unit;
};

constexpr WindowMetric window_metrics[] = {
    {"kl", "mean KL to FP32, mnat", "KL divergence against the alignment window", true, 1e-3},
    {"perplexity", "perplexity", "Perplexity against the alignment window", false, 1.0},
    {"area", "area of a 32-lane unit, 1000 µm²", "Area against the alignment window", false, 1000.0},
    {"energy_per_mac_glitch", "energy per MAC, pJ", "Energy per MAC against the alignment window", false, 1.0}};

/// Lines of (window, value, settled or ci) of the points that have the metric.
std::vector<std::vector<double>> window_lines(const sweep::StoredSweep& stored, const WindowMetric& metric) {
  std::vector<std::vector<double>> lines;
  const bool energy = std::string(metric.name) == "energy_per_mac_glitch";
  for (const sweep::StoredPoint& point : stored.points) {
    const auto y = value(&point.row, metric.name);
    if (!y || !point.coordinates.contains("dot.window") || (metric.logarithmic && *y <= 0)) continue;
    const auto settled = energy ? value(&point.row, "energy_per_mac_settled") : std::nullopt;
    lines.push_back({point.coordinates.at("dot.window").get<double>(), *y / metric.unit,
                     settled ? *settled / metric.unit : std::nan("")});
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

std::vector<Figure> window_figures(const sweep::StoredSweep& stored) {
  std::vector<Figure> figures;
  for (const WindowMetric& metric : window_metrics) {
    const auto lines = window_lines(stored, metric);
    if (lines.size() < 2) continue;
    const auto windows = column(lines, 0);
    std::vector<double> heights = column(lines, 1);
    for (const double settled : column(lines, 2)) heights.push_back(settled);
    Plot plot("window-" + std::string(metric.name == std::string("energy_per_mac_glitch") ? "energy" : metric.name), metric.title, 260);
    plot.axes({windows.front() - 0.5, windows.back() + 0.5, false}, "alignment window, bits",
              scale_around(heights, metric.logarithmic, /*from_zero=*/metric.unit > 1 || metric.name[0] == 'e'), metric.axis);
    plot.commands() << "set xtics 4\n" << data_block("curve", lines)
                    << fmt::format("plot $curve using 1:3 with linespoints pt 6 ps 0.45 lw 1 lc {0}, $curve using 1:2 with "
                                   "linespoints pt 7 ps 0.55 lw 1.8 lc {0}\n", gnuplot_colour(Ink::floating));
    figures.push_back(plot.finish(metric.name[0] == 'e' ? "Filled: with glitches. Hollow: settled transitions only."
                                                        : "One point per width; all else is <code>fp8_e4m3</code>."));
  }
  return figures;
}

std::optional<Figure> sqnr_figure(const View& view) {
  const std::vector<LayerSqnr> layers = sqnr_by_layer(view);
  if (layers.empty()) return std::nullopt;
  std::vector<double> decibels;
  double last_layer = 1;
  for (const LayerSqnr& mac : layers)
    for (const auto& [layer, mean] : mac.means) {
      decibels.push_back(mean);
      last_layer = std::max(last_layer, static_cast<double>(layer));
    }
  Plot plot("sqnr-by-layer", "Mean SQNR of each layer");
  // names stand right of the last layer
  plot.axes({-0.3, last_layer * 1.42 + 0.2, false}, "layer", scale_around(decibels, false), "SQNR, dB");
  std::vector<LabelledPoint> ends;
  std::string command = "plot ";
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::vector<std::vector<double>> lines;
    for (const auto& [layer, mean] : layers[i].means) lines.push_back({static_cast<double>(layer), mean});
    const std::string colour = gnuplot_colour(ink_of(layers[i].row->mac, has_integer_elements(*layers[i].row)));
    plot.commands() << data_block(fmt::format("mac{}", i), lines);
    command += fmt::format("{}$mac{} using 1:2 with linespoints pt 7 ps 0.4 lw 1.5 dt {} lc {}", i > 0 ? ", " : "", i, i % 4 + 1, colour);
    ends.push_back({plot.pixel_x(lines.back()[0]), plot.pixel_y(lines.back()[1]), layers[i].row->mac});
  }
  // one name under the other, in the order of the ends
  std::vector<std::size_t> order(ends.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return ends[a].y < ends[b].y; });
  double next = plot.top();
  for (std::size_t k = 0; k < order.size(); ++k) {
    const LabelledPoint& end = ends[order[k]];
    const double room_below = static_cast<double>(order.size() - 1 - k) * 13.0;
    const double y = std::min(std::max(end.y, next), plot.bottom() - 9.0 - room_below);
    const ResultRow& row = *layers[order[k]].row;
    plot.text(end.x + 10, y, row.mac, ink_of(row.mac, has_integer_elements(row)));
    next = y + 13.0;
  }
  plot.commands() << fmt::format("set xtics 0,{},{}\n", std::max(1.0, std::ceil(last_layer / 6)), last_layer) << command << '\n';
  return plot.finish("Mean over the multiplication sites of each layer; higher is better, 6.02 dB is one bit.");
}

}  // namespace macroscope::reports
