// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/system/array_simulator.hpp"

namespace macroscope::system {

/// One site's products, all `count` of them, one after the other.
struct SiteRun {
  MatmulShape shape;
  ArrayRun run;
};

/// A list of sites run one after the other, each product on an array that starts empty.
struct ModelRun {
  std::vector<SiteRun> sites;
  ArrayRun total;
};

/// Simulates each distinct m x n x k once and multiplies by how often it occurs; a list without sites gives zeros.
/// `progress` is told (simulated, distinct shapes). Throws InputError as simulate_matmul does, and for a negative count.
ModelRun simulate_sites(const ArrayConfig& array, const UnitFormat& unit, const std::vector<MatmulShape>& sites,
                        const std::function<void(std::size_t done, std::size_t shapes)>& progress = {});

}  // namespace macroscope::system
