// SPDX-License-Identifier: Apache-2.0
#include "sim/system/tile_plan.hpp"

#include <algorithm>
#include <string>

#include "formats/input_error.hpp"

namespace macroscope::system {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::string shape_text(const MatmulShape& shape) {
  return "site '" + shape.site + "' (" + std::to_string(shape.m) + "x" + std::to_string(shape.n) + "x" + std::to_string(shape.k) + " MxNxK)";
}

}  // namespace

TilePlan::TilePlan(const ArrayConfig& array, const UnitFormat& unit, const MatmulShape& shape)
    : shape_(shape), unit_(unit), rows_(array.rows), columns_(array.columns), lanes_(array.lanes), latency_(unit.latency) {
  if (shape.m < 1 || shape.n < 1 || shape.k < 1)
    throw InputError(shape_text(shape) + ": every dimension of a matrix product must be at least 1");
  n_tiles_ = ceil_div(shape.n, columns_);
  k_tiles_ = ceil_div(shape.k, rows_ * lanes_);
  std::int64_t token_bytes = 0;
  for (std::int64_t k = 0; k < k_tiles_; ++k) token_bytes += activation_bytes(k);
  std::int64_t most = array.buffers.activation_bytes / token_bytes;
  if (most < 1)
    throw InputError(shape_text(shape) + ": one token takes " + std::to_string(token_bytes) + " bytes, but buffers.activation_bytes of array '" +
                     array.name + "' is " + std::to_string(array.buffers.activation_bytes) + "; give it room for at least one token");
  if (k_tiles_ > 1) {
    const std::int64_t psum_bytes = ceil_div(columns_ * unit.psum_bits, 8);
    most = std::min(most, array.buffers.partial_sum_bytes / psum_bytes);
    if (most < 1)
      throw InputError(shape_text(shape) + ": the partial sums of one token take " + std::to_string(psum_bytes) +
                       " bytes, but buffers.partial_sum_bytes of array '" + array.name + "' is " +
                       std::to_string(array.buffers.partial_sum_bytes) + "; give it room for at least one token");
  }
  block_tokens_ = ceil_div(shape.m, ceil_div(shape.m, most));
  blocks_ = ceil_div(shape.m, block_tokens_);
}

Tile TilePlan::tile(std::int64_t index) const {
  Tile tile;
  tile.k = index % k_tiles_;
  tile.n = index / k_tiles_ % n_tiles_;
  tile.block = index / k_tiles_ / n_tiles_;
  tile.tokens = std::min(block_tokens_, shape_.m - tile.block * block_tokens_);
  tile.first_k = tile.k == 0;
  tile.last_k = tile.k == k_tiles_ - 1;
  tile.first_n = tile.n == 0;
  tile.last_n = tile.n == n_tiles_ - 1;
  return tile;
}

std::int64_t TilePlan::columns_used(std::int64_t n) const { return std::min(columns_, shape_.n - n * columns_); }

std::int64_t TilePlan::weight_row_bytes(std::int64_t n, std::int64_t k, std::int64_t row) const {
  const std::int64_t begin = std::min(shape_.k, (k * rows_ + row) * lanes_);
  const std::int64_t end = std::min(shape_.k, begin + lanes_);
  return ceil_div(columns_used(n) * unit_.weight.bits(begin, end), 8);
}

std::int64_t TilePlan::weight_tile_bytes(std::int64_t n, std::int64_t k) const {
  std::int64_t bytes = 0;
  for (std::int64_t row = 0; row < rows_; ++row) bytes += weight_row_bytes(n, k, row);
  return bytes;
}

std::int64_t TilePlan::activation_bytes(std::int64_t k) const {
  const std::int64_t begin = k * rows_ * lanes_;
  return ceil_div(unit_.activation.bits(begin, std::min(shape_.k, begin + rows_ * lanes_)), 8);
}

std::int64_t TilePlan::output_bytes(std::int64_t n) const { return ceil_div(columns_used(n) * unit_.output_bits, 8); }

std::int64_t TilePlan::total_weight_bytes() const {
  std::int64_t bytes = 0;
  for (std::int64_t k = 0; k < k_tiles_; ++k)
    bytes += (n_tiles_ - 1) * weight_tile_bytes(0, k) + weight_tile_bytes(n_tiles_ - 1, k);
  return blocks_ * bytes;
}

std::int64_t TilePlan::total_activation_bytes() const {
  std::int64_t bytes = 0;
  for (std::int64_t k = 0; k < k_tiles_; ++k) bytes += activation_bytes(k);
  return shape_.m * bytes;
}

std::int64_t TilePlan::total_output_bytes() const {
  return shape_.m * ((n_tiles_ - 1) * output_bytes(0) + output_bytes(n_tiles_ - 1));
}

std::int64_t TilePlan::unit_operations() const { return shape_.m * shape_.n * ceil_div(shape_.k, lanes_); }

}  // namespace macroscope::system
