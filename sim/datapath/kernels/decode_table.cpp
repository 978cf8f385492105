// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/decode_table.hpp"

#include <cmath>
#include <map>
#include <mutex>
#include <string>

namespace macroscope::datapath::kernels {

const std::vector<float>& decode_table(const formats::Element& element) {
  static std::map<std::string, std::vector<float>> tables;
  static std::mutex guard;
  const std::lock_guard<std::mutex> lock(guard);
  std::vector<float>& table = tables[element.name()];
  if (table.empty()) {
    table.resize(std::size_t{1} << (element.bits() <= 8 ? 8 : 16), 0.0F);
    for (std::size_t code = 0; code < (std::size_t{1} << element.bits()); ++code) {
      const double value = element.decode(static_cast<formats::Code>(code));
      table[code] = std::isfinite(value) ? static_cast<float>(value) : 0.0F;
    }
  }
  return table;
}

}  // namespace macroscope::datapath::kernels
