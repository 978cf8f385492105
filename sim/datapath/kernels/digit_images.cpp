// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/digit_images.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace macroscope::datapath::kernels {
namespace {

std::optional<DigitImages> make_digits(const IntegerImage& image) {
  if (image.of_code.empty() || image.largest() >= std::int64_t{1} << (15 + DigitImages::digit_bits - 1)) return std::nullopt;
  constexpr std::int32_t base = 1 << DigitImages::digit_bits;
  DigitImages digits;
  for (const std::int32_t v : image.of_code) {
    const std::int32_t low = ((v + base / 2) & (base - 1)) - base / 2;
    const std::int32_t high = (v - low) / base;
    const std::array<std::int32_t, 3> planes{low, high, low + high};
    for (std::size_t i = 0; i < planes.size(); ++i) {
      digits.of_code[i].push_back(planes[i]);
      digits.largest = std::max<std::int64_t>(digits.largest, std::abs(planes[i]));
    }
  }
  return digits;
}

}  // namespace

const std::optional<DigitImages>& digit_images(const formats::Element& element) {
  static std::map<std::string, std::optional<DigitImages>> images;
  static std::mutex guard;
  const std::lock_guard<std::mutex> lock(guard);
  const auto found = images.find(element.name());
  return found != images.end() ? found->second : images.emplace(element.name(), make_digits(integer_image(element))).first->second;
}

}  // namespace macroscope::datapath::kernels
