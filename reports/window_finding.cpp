// SPDX-License-Identifier: Apache-2.0
#include "reports/window_finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "reports/number.hpp"
#include "reports/prose.hpp"
#include "reports/verdict.hpp"
#include "reports/view.hpp"

namespace macroscope::reports {
namespace {

struct Point {
  int window;
  const ResultRow* row;
};

std::vector<Point> points_by_window(const sweep::StoredSweep& stored) {
  std::vector<Point> points;
  for (const sweep::StoredPoint& point : stored.points)
    if (point.coordinates.contains("dot.window") && value(&point.row, "kl")) points.push_back({point.coordinates.at("dot.window").get<int>(), &point.row});
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.window < b.window; });
  return points;
}

/// The first point from which on every KL ties with the last one's.
const Point& knee(const std::vector<Point>& points) {
  std::size_t first = points.size() - 1;
  while (first > 0 && compare(points[first - 1].row, points.back().row, "kl").order == Order::tie) --first;
  return points[first];
}

/// "area by 29 %", when both have it.
void add_saving(std::vector<std::string>& savings, const char* name, const Point& knee, const Point& widest, const char* metric) {
  if (const auto share = ratio(knee.row, widest.row, metric)) savings.push_back(fmt::format("{} {} ({})", name, percent_change(*share), times(*share)));
}

}  // namespace

std::string window_finding(const sweep::StoredSweep& stored) {
  const std::vector<Point> points = points_by_window(stored);
  if (points.size() < 2) return "";
  const Point& widest = points.back();
  const Point& narrowest = points.front();
  const Point& enough = knee(points);
  std::string text;
  if (enough.window == widest.window) {
    text = fmt::format("Every bit counts here: the KL at {} bits still differs from that at the next narrower window.", widest.window);
  } else {
    text = fmt::format("From {} bits on the KL cannot be told from that at {} bits ({} against {}; the intervals overlap, the points are not paired).", enough.window, widest.window,
                       accuracy_text(*enough.row, "kl"), accuracy_text(*widest.row, "kl"));
    std::vector<std::string> savings;
    add_saving(savings, "area", enough, widest, "area");
    add_saving(savings, "settled energy", enough, widest, "energy_per_mac_settled");
    add_saving(savings, "energy with glitches", enough, widest, "energy_per_mac_glitch");
    if (!savings.empty()) text += fmt::format(" Stopping there changes {}.", joined(savings));
  }
  if (const auto worse = ratio(narrowest.row, widest.row, "kl"); worse && narrowest.window != enough.window)
    text += fmt::format(" At {} bits the KL is {} that at {}.", narrowest.window, times(*worse), widest.window);
  return text;
}

}  // namespace macroscope::reports
