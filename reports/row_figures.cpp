// SPDX-License-Identifier: Apache-2.0
// Pictures with one line per MAC or per published figure and a ratio along the line.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/figures.hpp"
#include "reports/number.hpp"

namespace macroscope::reports {
namespace {

constexpr int line_height = 26;

/// One line: its name, and where its two marks are.
struct Line {
  std::string name;
  Ink ink;
  std::optional<double> hollow, filled;
};

std::vector<double> all_values(const std::vector<Line>& lines) {
  std::vector<double> values{1.0};
  for (const Line& line : lines)
    for (const auto& mark : {line.hollow, line.filled})
      if (mark) values.push_back(*mark);
  return values;
}

/// Axes with a named line each, the first on top, and a rule at a ratio of one.
void draw_lines(Plot& plot, const std::vector<Line>& lines, const Scale& x, const std::string& x_name, int margin) {
  const double count = static_cast<double>(lines.size());
  plot.axes(x, x_name, {0.0, count, false}, "", margin);
  plot.commands() << "unset ytics\nset border 1\nset grid noytics xtics\n";
  plot.commands() << fmt::format("set arrow from 1,0 to 1,{} nohead lw 1.2 lc {}\n", count, gnuplot_colour(Ink::muted));
  for (std::size_t i = 0; i < lines.size(); ++i)
    plot.text(margin - 10.0, plot.pixel_y(count - 0.5 - static_cast<double>(i)), lines[i].name, lines[i].ink, "right");
}

double height_of(std::size_t i, std::size_t count) { return static_cast<double>(count) - 0.5 - static_cast<double>(i); }

int figure_height(std::size_t count) { return 56 + line_height * static_cast<int>(count); }

std::string marks_block(const std::string& name, const std::vector<Line>& lines, Ink ink, std::optional<double> Line::*mark) {
  std::vector<std::vector<double>> points{{std::nan(""), std::nan("")}};
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].ink == ink && lines[i].*mark) points.push_back({*(lines[i].*mark), height_of(i, lines.size())});
  return data_block(name, points);
}

std::vector<Line> energy_lines(const View& view, const ResultRow* base) {
  std::vector<Line> lines;
  for (const ResultRow* row : view.rows()) {
    Line line{row->mac, ink_of(row->mac, has_integer_elements(*row)), ratio(row, base, "energy_per_mac_settled"),
              ratio(row, base, "energy_per_mac_glitch")};
    if (line.hollow || line.filled) lines.push_back(std::move(line));
  }
  return lines;
}

void draw_pairs(Plot& plot, const std::vector<Line>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].hollow && lines[i].filled)
      plot.commands() << fmt::format("set arrow from {0},{2} to {1},{2} nohead lw 1 lc {3}\n", *lines[i].hollow, *lines[i].filled,
                                     height_of(i, lines.size()), gnuplot_colour(lines[i].ink));
  std::string command = "plot ";
  for (const Ink ink : {Ink::integer, Ink::floating, Ink::baseline, Ink::published}) {
    const std::string name = colours(ink).name;
    plot.commands() << marks_block(name + "h", lines, ink, &Line::hollow) << marks_block(name + "f", lines, ink, &Line::filled);
    command += fmt::format("{0}${1}h using 1:2 with points pt 6 ps 0.7 lw 1.4 lc {2}, ${1}f using 1:2 with points pt 7 ps 0.8 lc {2}",
                           command.size() > 5 ? ", " : "", name, gnuplot_colour(ink));
  }
  plot.commands() << command << '\n';
}

}  // namespace

std::optional<Figure> glitch_figure(const View& view) {
  const ResultRow* base = view.find("int8");
  const std::vector<Line> lines = energy_lines(view, base);
  if (lines.size() < 2) return std::nullopt;
  Plot plot("energy-glitches", "Energy per MAC relative to int8, settled and with glitches", figure_height(lines.size()));
  draw_lines(plot, lines, scale_around(all_values(lines), false), "energy per MAC ÷ int8", 128);
  draw_pairs(plot, lines);
  return plot.finish("Hollow: each MAC's settled energy over int8's settled energy. Filled: the same with glitches. A line that crosses 1 "
                     "is a ranking that the delay model decides.");
}

std::optional<Figure> area_figure(const View& view) {
  const ResultRow* base = view.find("int8");
  std::vector<Line> lines;
  for (const ResultRow* row : view.rows()) {
    const auto whole_unit = ratio(row, base, "area");
    if (!whole_unit) continue;
    const auto flipflops = value(row, "area_flipflops");
    const auto of_base = value(base, "area");
    Line line{row->mac, ink_of(row->mac, has_integer_elements(*row)), std::nullopt, whole_unit};
    if (flipflops) line.hollow = *whole_unit - *flipflops / *of_base;
    lines.push_back(std::move(line));
  }
  if (lines.size() < 2) return std::nullopt;
  Plot plot("area", "Area relative to int8, with and without flip-flops", figure_height(lines.size()));
  draw_lines(plot, lines, scale_around(all_values(lines), false), "area ÷ area of int8", 128);
  draw_pairs(plot, lines);
  return plot.finish("Filled: the unit with its pipeline registers. Hollow: its logic alone. Both over the whole int8 unit.");
}

namespace {

constexpr int published_line = 46;  // a line of text above a line of marks

/// Text at the left edge above each line of marks: the ratio, and where it was published.
void name_published(Plot& plot, const std::vector<const Agreement*>& shown) {
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const PublishedRatio& published = shown[i]->published;
    const double y = plot.pixel_y(height_of(i, shown.size()) + 0.3);
    const std::string quantity = published.quantity == "kl_top25" ? "KL" : published.quantity;
    plot.text(8, y, fmt::format("{}: {} ÷ {}", quantity, published.of, published.to), Ink::text);
    plot.text(Plot::width - 6, y, shown[i]->source.short_name, Ink::muted, "right");
  }
}

void draw_published(Plot& plot, const std::vector<const Agreement*>& shown) {
  std::vector<std::vector<double>> theirs, ours, settled{{std::nan(""), std::nan("")}};
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const PublishedRatio& published = shown[i]->published;
    const double y = height_of(i, shown.size()) - 0.12;
    theirs.insert(theirs.end(), {{published.low, y}, {published.high, y}});
    ours.push_back({*shown[i]->ours, y});
    if (shown[i]->settled) settled.push_back({*shown[i]->settled, y});
    if (published.is_range())
      plot.commands() << fmt::format("set arrow from {0},{2} to {1},{2} nohead lw 3 lc {3}\n", published.low, published.high, y,
                                     gnuplot_colour(Ink::published));
  }
  plot.commands() << data_block("theirs", theirs) << data_block("ours", ours) << data_block("settled", settled)
                  << fmt::format("plot $theirs using 1:2 with points pt 13 ps 1.1 lc {0}, $ours using 1:2 with points pt 7 ps 0.8 lc "
                                 "{1}, $settled using 1:2 with points pt 6 ps 0.7 lw 1.4 lc {1}\n",
                                 gnuplot_colour(Ink::published), gnuplot_colour(Ink::text));
}

}  // namespace

std::optional<Figure> agreement_figure(const std::vector<Agreement>& agreements) {
  std::vector<const Agreement*> shown;
  std::vector<double> values{1.0};
  for (const Agreement& agreement : agreements) {
    if (!agreement.ours || *agreement.ours <= 0) continue;
    shown.push_back(&agreement);
    values.insert(values.end(), {*agreement.ours, agreement.published.low, agreement.published.high});
    if (agreement.settled) values.push_back(*agreement.settled);
  }
  if (shown.empty()) return std::nullopt;
  const double count = static_cast<double>(shown.size());
  Plot plot("published", "Published ratios and ours", 62 + published_line * static_cast<int>(shown.size()));
  plot.axes(scale_around(values, true), "ratio, logarithmic", {0.0, count, false}, "", 14);
  plot.commands() << "unset ytics\nset border 1\nset grid noytics xtics\n"
                  << fmt::format("set arrow from 1,0 to 1,{} nohead lw 1.2 lc {}\n", count, gnuplot_colour(Ink::muted));
  name_published(plot, shown);
  draw_published(plot, shown);
  return plot.finish("Diamonds: published. Circles: ours; for energy, hollow is settled and filled is with glitches. Left of 1 the first "
                     "format is cheaper or better.");
}

}  // namespace macroscope::reports
