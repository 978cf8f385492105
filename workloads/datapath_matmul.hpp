// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "sim/datapath/gemm.hpp"
#include "sim/datapath/mac_spec.hpp"
#include "sim/datapath/side_lane.hpp"
#include "workloads/matmul.hpp"

namespace macroscope::workloads {

/// Which multiplications run on the datapath under test; the others stay FP32.
enum class SitesPolicy {
  linear,  ///< projections alone, what arXiv 2510.25602 quantizes
  all      ///< attention products and the head too
};

bool on_datapath(SitesPolicy policy, SiteKind kind);

/// Consecutive tokens under one scale of V in `pv`, rounded up to whole groups of lanes; operands with scales by block keep
/// their own.
inline constexpr int value_scale_block = 32;

/// The arithmetic of one MacSpec at every site that the policy names: both operands quantized as the spec says (A as its
/// activation, B as its weight operand), multiplied bit for bit as its hardware does. Quantized parameters are kept by
/// address: they must outlive this object and not change. Side lanes stand beside parameters alone: attention has no weights to keep. A reference spec sends every site to `reference`.
class DatapathMatmul : public Matmul {
 public:
  /// Throws InputError for fitted weights (OperandSpec::is_fitted) with sites `all`: attention's B is no parameter.
  DatapathMatmul(const datapath::MacSpec& spec, SitesPolicy policy, Matmul& reference, int threads);
  void multiply(const MatmulSite& site, MatrixView a, MatrixView b, MutableMatrixView c) override;

  /// Whether that site is multiplied by the datapath.
  bool covers(const MatmulSite& site) const;

 private:
  /// Weights of a site, quantized once, and the lanes beside the array where the spec has them.
  struct Parameter {
    datapath::PreparedOperand operand;
    std::shared_ptr<const datapath::SideLane> side;
  };
  const Parameter& parameter(MatrixView b);
  void multiply_parameter(const Parameter& b, MatrixView a, MutableMatrixView c);

  datapath::MacSpec spec_;
  SitesPolicy policy_;
  Matmul& reference_;
  int threads_;
  datapath::QuantizedMatrix activations_, values_;  ///< of the call before: storage
  std::map<const float*, Parameter> parameters_;
};

}  // namespace macroscope::workloads
