// SPDX-License-Identifier: Apache-2.0
#include "workloads/datapath_matmul.hpp"

#include "formats/input_error.hpp"
#include "sim/datapath/quantized_matrix.hpp"

namespace macroscope::workloads {

bool on_datapath(SitesPolicy policy, SiteKind kind) { return policy == SitesPolicy::all || kind == SiteKind::projection; }

DatapathMatmul::DatapathMatmul(const datapath::MacSpec& spec, SitesPolicy policy, Matmul& reference, int threads)
    : spec_(spec), policy_(policy), reference_(reference), threads_(threads), activations_{spec.activation.element, 0, 0, {}, {}, 0, {}, {}}, values_{spec.weight.element, 0, 0, {}, {}, 0, {}, {}} {
  if (spec.weight.is_fitted() && policy == SitesPolicy::all)
    throw InputError("mac '" + spec.name + "': planes, tables, codebooks and lattice points are fitted to weights beforehand, and the attention products of '--sites all' have no weights; use --sites linear");
}

bool DatapathMatmul::covers(const MatmulSite& site) const {
  return !spec_.is_reference() && on_datapath(policy_, site.kind);
}

const DatapathMatmul::Parameter& DatapathMatmul::parameter(MatrixView b) {
  const auto found = parameters_.find(b.data);
  if (found != parameters_.end()) return found->second;
  std::shared_ptr<const datapath::SideLane> side;
  if (spec_.side) side = std::make_shared<const datapath::SideLane>(spec_, b.data, b.rows, b.cols, b.stride);
  auto quantized = side ? datapath::quantize(spec_.weight, side->dense_weights().data(), b.rows, b.cols, b.cols, 0, threads_)
                        : datapath::quantize(spec_.weight, b.data, b.rows, b.cols, b.stride, 0, threads_);
  return parameters_.emplace(b.data, Parameter{datapath::PreparedOperand(spec_, std::move(quantized)), std::move(side)}).first->second;
}

void DatapathMatmul::multiply_parameter(const Parameter& b, MatrixView a, MutableMatrixView c) {
  if (!b.side) {
    datapath::quantize_into(activations_, spec_.activation, a.data, a.rows, a.cols, a.stride, 0, threads_);
    return datapath::gemm(spec_, activations_, b.operand, c.data, c.stride, threads_);
  }
  const std::vector<float> dense = b.side->dense_activations(a.data, a.rows, a.stride);
  datapath::quantize_into(activations_, spec_.activation, dense.data(), a.rows, a.cols, a.cols, 0, threads_);
  datapath::gemm(spec_, activations_, b.operand, c.data, c.stride, threads_);
  b.side->add(a.data, a.rows, a.stride, c.data, c.stride, threads_);
}

void DatapathMatmul::multiply(const MatmulSite& site, MatrixView a, MatrixView b, MutableMatrixView c) {
  if (!covers(site)) return reference_.multiply(site, a, b, c);
  if (site.weights_are_parameters()) return multiply_parameter(parameter(b), a, c);
  datapath::quantize_into(activations_, spec_.activation, a.data, a.rows, a.cols, a.stride, 0, threads_);
  const int lanes = spec_.dot.lanes;  // a block is a whole number of groups
  const int scale_block = site.kind == SiteKind::weighted_sum ? (value_scale_block + lanes - 1) / lanes * lanes : 0;
  datapath::quantize_into(values_, spec_.weight, b.data, b.rows, b.cols, b.stride, scale_block, threads_);
  datapath::gemm(spec_, activations_, values_, c.data, c.stride, threads_);
}

}  // namespace macroscope::workloads
