// SPDX-License-Identifier: Apache-2.0
#include "analysis/accuracy/sqnr_meter.hpp"

#include <cmath>

namespace macroscope::accuracy {

using workloads::Matrix;

SqnrMeter::SqnrMeter(workloads::DatapathMatmul& datapath, workloads::Matmul& reference)
    : datapath_(datapath), reference_(reference) {}

void SqnrMeter::multiply(const workloads::MatmulSite& site, workloads::MatrixView a, workloads::MatrixView b,
                         workloads::MutableMatrixView c) {
  datapath_.multiply(site, a, b, c);
  if (!datapath_.covers(site)) return;
  Matrix exact(c.rows, c.cols);
  reference_.multiply(site, a, b, exact);
  workloads::SquaredError& sums = errors_[site.name];
  for (std::int64_t r = 0; r < c.rows; ++r) {
    const auto row = workloads::squared_error(exact.row(r), c.row(r), c.cols);
    sums.error += row.error;
    sums.signal += row.signal;
  }
}

double decibels(const workloads::SquaredError& sums) { return 10.0 * std::log10(sums.signal / sums.error); }

}  // namespace macroscope::accuracy
