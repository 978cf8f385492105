// SPDX-License-Identifier: Apache-2.0
#include "reports/label_layout.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace macroscope::reports {
namespace {

constexpr double point_radius = 5.0;
constexpr double character_width = 0.56;  // of the font size, for a sans-serif face

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

}  // namespace

std::vector<Placement> place_labels(const std::vector<LabelledPoint>& points, const Box& frame, double font_size,
                                    const std::vector<Box>& keep_out) {
  std::vector<Box> taken = keep_out;
  for (const LabelledPoint& point : points)
    taken.push_back({point.x - point_radius, point.y - point_radius, point.x + point_radius, point.y + point_radius});
  std::vector<Placement> placed;
  for (const LabelledPoint& point : points) {
    const double width = character_width * font_size * static_cast<double>(point.text.size());
    Box best;
    double best_cost = std::numeric_limits<double>::infinity();
    for (const double distance : {7.0, 11.0, 16.0, 23.0, 32.0})
      for (const Direction& side : directions) {
        const Box box = candidate(point, side, distance, width, font_size);
        double cost = 10.0 * outside(box, frame) + 2.0 * (distance - 7.0);
        for (const Box& other : taken) cost += overlap(box, other);
        if (cost < best_cost) {
          best_cost = cost;
          best = box;
        }
      }
    placed.push_back(best);
    taken.push_back(best);
  }
  return placed;
}

}  // namespace macroscope::reports
