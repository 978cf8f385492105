// SPDX-License-Identifier: Apache-2.0
// The metrics `sqnr/SITE` by layer and by kind of site.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/view.hpp"

namespace macroscope::reports {

/// Mean SQNR in dB of one MAC for each layer that has sites (`sqnr/layers.N.…`).
struct LayerSqnr {
  const ResultRow* row = nullptr;
  std::map<int, double> means;
};

/// MACs with no `sqnr/layers.…` metric are left out.
std::vector<LayerSqnr> sqnr_by_layer(const View& view);

/// Mean SQNR in dB of one MAC for each kind of site: what follows the layer number (`attn.q`, `mlp.down`), or the whole
/// name for sites outside layers (`head`).
struct KindSqnr {
  const ResultRow* row = nullptr;
  std::map<std::string, double> means;
};

std::vector<KindSqnr> sqnr_by_kind(const View& view);

/// The kinds of sites in the order in which a decoder layer runs them; others follow in alphabetical order.
std::vector<std::string> site_kinds(const std::vector<KindSqnr>& table);

}  // namespace macroscope::reports
