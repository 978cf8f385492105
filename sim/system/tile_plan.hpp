// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/system/array_config.hpp"
#include "sim/system/matmul_shape.hpp"
#include "sim/system/unit_format.hpp"

namespace macroscope::system {

/// One stationary weight tile and the tokens that pass it.
struct Tile {
  std::int64_t block = 0;     ///< block of tokens
  std::int64_t n = 0;         ///< tile of output channels
  std::int64_t k = 0;         ///< tile of the reduction
  std::int64_t tokens = 0;    ///< of the block
  bool first_k = false;       ///< partial sums start from zero
  bool last_k = false;        ///< results leave the array
  bool first_n = false;       ///< activations arrive from memory during this tile
  bool last_n = false;        ///< activations are read for the last time
};

/// How one matrix product is cut for an array. A tile covers rows*lanes of K and `columns` of N; k is the innermost
/// loop (one chain of partial sums in ascending k), then n, then blocks of tokens. A block is as large as the activation
/// buffer (all of K) and the partial-sum buffer allow; blocks are of equal size but for the last.
class TilePlan {
 public:
  /// Throws InputError when a dimension is not positive or when one token does not fit the buffers.
  TilePlan(const ArrayConfig& array, const UnitFormat& unit, const MatmulShape& shape);

  [[nodiscard]] std::int64_t tiles() const { return blocks_ * n_tiles_ * k_tiles_; }
  [[nodiscard]] Tile tile(std::int64_t index) const;

  [[nodiscard]] std::int64_t blocks() const { return blocks_; }
  [[nodiscard]] std::int64_t n_tiles() const { return n_tiles_; }
  [[nodiscard]] std::int64_t k_tiles() const { return k_tiles_; }
  [[nodiscard]] std::int64_t block_tokens() const { return block_tokens_; }

  /// Bytes in memory of one array row of a tile: the weights of its columns, padding not stored; 0 for an unused row.
  [[nodiscard]] std::int64_t weight_row_bytes(std::int64_t n, std::int64_t k, std::int64_t row) const;
  [[nodiscard]] std::int64_t weight_tile_bytes(std::int64_t n, std::int64_t k) const;
  /// Bytes of one token's slice of K.
  [[nodiscard]] std::int64_t activation_bytes(std::int64_t k) const;
  /// Bytes of one token's results of a tile of output channels.
  [[nodiscard]] std::int64_t output_bytes(std::int64_t n) const;

  [[nodiscard]] std::int64_t total_weight_bytes() const;
  [[nodiscard]] std::int64_t total_activation_bytes() const;
  [[nodiscard]] std::int64_t total_output_bytes() const;

  /// Lanes that do a multiplication of the matrices (padding not counted): m*n*k.
  [[nodiscard]] std::int64_t macs() const { return shape_.m * shape_.n * shape_.k; }
  /// Operations of units that hold at least one weight.
  [[nodiscard]] std::int64_t unit_operations() const;

  /// Cycles from a token's entry until its partial sums can be read again: R*L + C (down the column, across the columns,
  /// one to write the buffer).
  [[nodiscard]] std::int64_t chain_distance() const { return rows_ * latency_ + columns_; }

 private:
  [[nodiscard]] std::int64_t columns_used(std::int64_t n) const;

  MatmulShape shape_;
  UnitFormat unit_;
  std::int64_t rows_, columns_, lanes_, latency_;
  std::int64_t n_tiles_ = 0, k_tiles_ = 0, blocks_ = 0, block_tokens_ = 0;
};

}  // namespace macroscope::system
