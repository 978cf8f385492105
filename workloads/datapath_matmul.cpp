// SPDX-License-Identifier: Apache-2.0
#include "workloads/datapath_matmul.hpp"

#include "formats/input_error.hpp"
#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::workloads {

bool on_datapath(SitesPolicy policy, SiteKind kind) { return policy == SitesPolicy::all || kind == SiteKind::projection; }

DatapathMatmul::DatapathMatmul(const datapath::MacSpec& spec, SitesPolicy policy, Matmul& reference, int threads)
    : spec_(spec), policy_(policy), reference_(reference), threads_(threads) {
  if (spec.weight.planes && policy == SitesPolicy::all)
    throw InputError("mac '" + spec.name + "': weights in planes of +-1 are fitted beforehand, and the attention products of '--sites all' have no weights; use --sites linear");
}

bool DatapathMatmul::covers(const MatmulSite& site) const {
  return !spec_.is_reference() && on_datapath(policy_, site.kind);
}

const datapath::PreparedOperand& DatapathMatmul::parameter(MatrixView b) {
  const auto found = parameters_.find(b.data);
  if (found != parameters_.end()) return found->second;
  auto quantized = datapath::quantize(spec_.weight, b.data, b.rows, b.cols, b.stride, 0, threads_);
  return parameters_.emplace(b.data, datapath::PreparedOperand(spec_, std::move(quantized))).first->second;
}

void DatapathMatmul::multiply(const MatmulSite& site, MatrixView a, MatrixView b, MutableMatrixView c) {
  if (!covers(site)) return reference_.multiply(site, a, b, c);
  const auto activations = datapath::quantize(spec_.activation, a.data, a.rows, a.cols, a.stride, 0, threads_);
  if (site.weights_are_parameters()) return datapath::gemm(spec_, activations, parameter(b), c.data, c.stride, threads_);
  const int lanes = spec_.dot.lanes;  // a block is a whole number of groups
  const int scale_block = site.kind == SiteKind::weighted_sum ? (value_scale_block + lanes - 1) / lanes * lanes : 0;
  const auto values = datapath::quantize(spec_.weight, b.data, b.rows, b.cols, b.stride, scale_block, threads_);
  datapath::gemm(spec_, activations, values, c.data, c.stride, threads_);
}

}  // namespace macroscope::workloads
