// SPDX-License-Identifier: Apache-2.0
#include "sim/system/model_run.hpp"

#include <map>
#include <tuple>

#include "formats/input_error.hpp"

namespace macroscope::system {

ModelRun simulate_sites(const ArrayConfig& array, const UnitFormat& unit, const std::vector<MatmulShape>& sites,
                        const std::function<void(std::size_t, std::size_t)>& progress) {
  using Extents = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
  std::map<Extents, ArrayRun> runs;
  for (const MatmulShape& site : sites) {
    if (site.count < 0)
      throw InputError("site '" + site.site + "': found a count of " + std::to_string(site.count) + ", accepted are 0 and more");
    runs[{site.m, site.n, site.k}];
  }
  std::size_t done = 0;
  for (auto& [extents, run] : runs) {
    const auto& [m, n, k] = extents;
    const auto named = [&, extents = extents] {
      for (const MatmulShape& site : sites)
        if (Extents{site.m, site.n, site.k} == extents) return site.site;
      return std::string();
    };
    run = simulate_matmul(array, unit, {named(), m, n, k, 1});
    if (progress) progress(++done, runs.size());
  }
  ModelRun model;
  for (const MatmulShape& site : sites) {
    SiteRun of_site{site, {}};
    of_site.run.add(runs[{site.m, site.n, site.k}], site.count);
    model.total.add(of_site.run, 1);
    model.sites.push_back(of_site);
  }
  return model;
}

}  // namespace macroscope::system
