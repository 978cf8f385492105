// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/integer_image.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <string>

#include "sim/datapath/kernels/decode_table.hpp"

namespace macroscope::datapath::kernels {
namespace {

/// Binary places after the point that `value`, not zero, needs; negative when it is a multiple of a power of two.
int fraction_bits(float value) {
  int exponent = 0;
  auto significand = static_cast<std::int32_t>(std::ldexp(std::frexp(value, &exponent), 24));
  int places = 24 - exponent;
  for (; significand % 2 == 0; significand /= 2) --places;
  return places;
}

IntegerImage make_image(const formats::Element& element) {
  IntegerImage image;
  const std::vector<float>& values = decode_table(element);
  for (const float value : values)
    if (value != 0) image.shift = std::max(image.shift, fraction_bits(value));
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double largest = std::ldexp(std::max(-static_cast<double>(*low), static_cast<double>(*high)), image.shift);
  if (largest >= 0x1p31) return image;
  image.of_code.reserve(values.size());
  for (const float value : values) image.of_code.push_back(static_cast<std::int32_t>(std::ldexp(value, image.shift)));
  image.lowest = *std::min_element(image.of_code.begin(), image.of_code.end());
  image.highest = *std::max_element(image.of_code.begin(), image.of_code.end());
  return image;
}

}  // namespace

const IntegerImage& integer_image(const formats::Element& element) {
  static std::map<std::string, IntegerImage> images;
  static std::mutex guard;
  const std::lock_guard<std::mutex> lock(guard);
  const auto found = images.find(element.name());
  return found != images.end() ? found->second : images.emplace(element.name(), make_image(element)).first->second;
}

}  // namespace macroscope::datapath::kernels
