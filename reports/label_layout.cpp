// SPDX-License-Identifier: Apache-2.0
#include "reports/label_layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace macroscope::reports {
namespace {

constexpr double point_radius = 5.0;
// of covering something at all, and of each square pixel covered: a longer way costs less than a covered letter
constexpr double overlap_cost = 40.0;
constexpr double overlap_weight = 4.0;
constexpr double character_width = 0.6;  // of the font size, for a sans-serif face

/// Code points of a UTF-8 text.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

double overlap(const Box& a, const Box& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0.0;
}

double outside(const Box& box, const Box& frame) {
  const double area = (box.right - box.left) * (box.bottom - box.top);
  return area - overlap(box, frame);
}

struct Direction {
  double x, y;  // −1, 0 or 1: on which side of the point the text stands
};
constexpr std::array<Direction, 8> directions{{{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {1, -1}, {1, 1}, {-1, -1}, {-1, 1}}};

Box candidate(const LabelledPoint& point, const Direction& side, double distance, double width, double height) {
  const double left = point.x + side.x * distance - (side.x < 0 ? width : side.x == 0 ? width / 2 : 0.0);
  const double top = point.y + side.y * distance - (side.y < 0 ? height : side.y == 0 ? height / 2 : 0.0);
  return {left, top, left + width, top + height};
}

double distance_to(const Box& box, const LabelledPoint& point) {
  const double dx = std::max({box.left - point.x, 0.0, point.x - box.right});
  const double dy = std::max({box.top - point.y, 0.0, point.y - box.bottom});
  return std::hypot(dx, dy);
}

/// Would a reader take the name for that of another point?
bool ambiguous(const Box& box, const LabelledPoint& own, const std::vector<LabelledPoint>& points) {
  return std::any_of(points.begin(), points.end(), [&](const LabelledPoint& other) {
    return &other != &own && distance_to(box, other) < distance_to(box, own) + 3.0;
  });
}

}  // namespace

std::vector<Placement> place_labels(const std::vector<LabelledPoint>& points, const Box& frame, double font_size,
                                    const std::vector<Box>& keep_out) {
  std::vector<Box> taken = keep_out;
  for (const LabelledPoint& point : points)
    taken.push_back({point.x - point_radius, point.y - point_radius, point.x + point_radius, point.y + point_radius});
  std::vector<Placement> placed;
  for (const LabelledPoint& point : points) {
    const double width = character_width * font_size * static_cast<double>(characters(point.text));
    Placement best;
    double best_cost = std::numeric_limits<double>::infinity();
    for (const double distance : {7.0, 12.0, 18.0, 26.0, 36.0, 48.0})
      for (const Direction& side : directions) {
        const Box box = candidate(point, side, distance, width, font_size + 2.0);
        const bool unclear = distance > 7.0 || ambiguous(box, point, points);
        double cost = 10.0 * outside(box, frame) + 2.0 * (distance - 7.0) + (unclear ? 20.0 : 0.0);
        for (const Box& other : taken)
          if (const double covered = overlap(box, other); covered > 0) cost += overlap_cost + overlap_weight * covered;
        if (cost < best_cost) {
          best_cost = cost;
          best = {box, unclear};
        }
      }
    placed.push_back(best);
    taken.push_back(best);
  }
  return placed;
}

}  // namespace macroscope::reports
