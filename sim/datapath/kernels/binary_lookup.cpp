// SPDX-License-Identifier: Apache-2.0
// Weights in planes of +-1 by table look-up: 16 entries are what one byte shuffle finds for every row of a vector (T-MAC, arXiv
// 2407.00088, does it for weights of few bits).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/binary_lookup.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "sim/datapath/kernels/binary_planes.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int64_t stretch_pairs = 16;  ///< whose entries INT16 can add up

#if HWY_TARGET == HWY_SCALAR

void look_up(const BinaryPlanes& b, std::int64_t panel, const SignedSumTables& tables, float* HWY_RESTRICT sums) {
  const TablePairs& cut = b.cut();
  const float* scale = b.scales(panel);
  std::fill(sums, sums + plane_rows, 0.0F);
  for (std::int64_t block = 0; block < cut.blocks(); ++block)
    for (int term = 0; term < b.terms(); ++term, scale += plane_rows)
      for (std::int64_t row = 0; row < plane_rows; ++row) {
        std::int32_t sum = term < b.planes() ? 0 : tables.sum(block);
        for (std::int64_t pair = cut.first(block); term < b.planes() && pair < cut.first(block) + cut.pairs(block); ++pair) {
          const std::uint8_t* t = tables.pairs() + pair * 64;
          const unsigned index = b.indices(panel)[(pair * b.planes() + term) * plane_rows + row], low = index & 15U, high = index >> 4;
          sum += static_cast<std::int16_t>(t[low] | t[16 + low] << 8) + static_cast<std::int16_t>(t[32 + high] | t[48 + high] << 8);
        }
        sums[place_of_row(row)] += scale[place_of_row(row)] * static_cast<float>(sum);
      }
}

#else

using Bytes = hn::CappedTag<std::uint8_t, plane_rows>;
using Halves = hn::Repartition<std::int16_t, Bytes>;
using Ints = hn::Repartition<std::int32_t, Bytes>;
using Floats = hn::Repartition<float, Bytes>;
using IntVector = hn::Vec<Ints>;

/// Sums of one plane: a vector's rows by quarters, as interleaving the bytes leaves them.
struct RowSums {
  IntVector quarter[4];
};

/// Interleaving low and high bytes makes INT16 numbers of the rows 0-7 of each 128-bit block, and 8-15; sign extension halves
/// those again.
HWY_INLINE IntVector low_numbers(hn::Vec<Halves> v) { return hn::ShiftRight<16>(hn::BitCast(Ints(), hn::InterleaveLower(Halves(), v, v))); }
HWY_INLINE IntVector high_numbers(hn::Vec<Halves> v) { return hn::ShiftRight<16>(hn::BitCast(Ints(), hn::InterleaveUpper(Halves(), v, v))); }

/// kPlanes sums of a block for the vector's rows; `indices` and `tables` are the block's.
template <int kPlanes>
HWY_INLINE void block_sums(const std::uint8_t* HWY_RESTRICT indices, std::int64_t pair_stride, const std::uint8_t* HWY_RESTRICT tables, std::int64_t pairs, RowSums* HWY_RESTRICT sums) {
  const Bytes d8;
  const Halves d16;
  const auto nibble = hn::Set(d8, 15);
  for (int p = 0; p < kPlanes; ++p)
    for (IntVector& quarter : sums[p].quarter) quarter = hn::Zero(Ints());
  for (std::int64_t begin = 0; begin < pairs; begin += stretch_pairs) {
    hn::Vec<Halves> lower[kPlanes], upper[kPlanes];
    for (int p = 0; p < kPlanes; ++p) lower[p] = upper[p] = hn::Zero(d16);
    for (std::int64_t pair = begin; pair < std::min(begin + stretch_pairs, pairs); ++pair) {
      const std::uint8_t* t = tables + pair * 64;
      const auto low0 = hn::LoadDup128(d8, t), high0 = hn::LoadDup128(d8, t + 16), low1 = hn::LoadDup128(d8, t + 32), high1 = hn::LoadDup128(d8, t + 48);
      for (int p = 0; p < kPlanes; ++p) {
        const auto both = hn::Load(d8, indices + pair * pair_stride + p * plane_rows);
        const auto index0 = hn::And(both, nibble), index1 = hn::And(hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, both))), nibble);
        const auto l0 = hn::TableLookupBytes(low0, index0), h0 = hn::TableLookupBytes(high0, index0);
        const auto l1 = hn::TableLookupBytes(low1, index1), h1 = hn::TableLookupBytes(high1, index1);
        lower[p] = hn::Add(lower[p], hn::Add(hn::BitCast(d16, hn::InterleaveLower(d8, l0, h0)), hn::BitCast(d16, hn::InterleaveLower(d8, l1, h1))));
        upper[p] = hn::Add(upper[p], hn::Add(hn::BitCast(d16, hn::InterleaveUpper(d8, l0, h0)), hn::BitCast(d16, hn::InterleaveUpper(d8, l1, h1))));
      }
    }
    for (int p = 0; p < kPlanes; ++p) {
      IntVector* quarter = sums[p].quarter;
      quarter[0] = hn::Add(quarter[0], low_numbers(lower[p]));
      quarter[1] = hn::Add(quarter[1], high_numbers(lower[p]));
      quarter[2] = hn::Add(quarter[2], low_numbers(upper[p]));
      quarter[3] = hn::Add(quarter[3], high_numbers(upper[p]));
    }
  }
}

/// sums = RN(sums + RN(scale * RN(number))), a quarter of the vector's rows at a time; numbers in place_of_row's order.
HWY_INLINE void add_scaled(const IntVector* numbers, const float* HWY_RESTRICT scale, hn::Vec<Floats>* HWY_RESTRICT sums) {
  for (int q = 0; q < 4; ++q) sums[q] = hn::Add(sums[q], hn::Mul(hn::Load(Floats(), scale + q * (plane_rows / 4)), hn::ConvertTo(Floats(), numbers[q])));
}

/// Planes [first, first + kPlanes) of one block.
template <int kPlanes>
HWY_INLINE void add_planes(const std::uint8_t* indices, std::int64_t pair_stride, const std::uint8_t* tables, std::int64_t pairs, const float* scale, hn::Vec<Floats>* sums) {
  RowSums of_plane[kPlanes];
  block_sums<kPlanes>(indices, pair_stride, tables, pairs, of_plane);
  for (int p = 0; p < kPlanes; ++p) add_scaled(of_plane[p].quarter, scale + p * plane_rows, sums);
}

void look_up(const BinaryPlanes& b, std::int64_t panel, const SignedSumTables& tables, float* HWY_RESTRICT sums) {
  const TablePairs& cut = b.cut();
  const std::int64_t pair_stride = b.planes() * plane_rows;
  constexpr auto step = static_cast<std::int64_t>(hn::MaxLanes(Bytes()));
  for (std::int64_t row = 0; row < plane_rows; row += step) {
    hn::Vec<Floats> total[4] = {hn::Zero(Floats()), hn::Zero(Floats()), hn::Zero(Floats()), hn::Zero(Floats())};
    for (std::int64_t block = 0; block < cut.blocks(); ++block) {
      const std::uint8_t* indices = b.indices(panel) + cut.first(block) * pair_stride + row;
      const std::uint8_t* of_block = tables.pairs() + cut.first(block) * 64;
      const float* scale = b.scales(panel) + block * b.terms() * plane_rows + row / 4;
      for (int p = 0; p < b.planes();) {
        switch (b.planes() - p) {
          case 1: add_planes<1>(indices + p * plane_rows, pair_stride, of_block, cut.pairs(block), scale + p * plane_rows, total); p += 1; break;
          case 2: add_planes<2>(indices + p * plane_rows, pair_stride, of_block, cut.pairs(block), scale + p * plane_rows, total); p += 2; break;
          default: add_planes<3>(indices + p * plane_rows, pair_stride, of_block, cut.pairs(block), scale + p * plane_rows, total); p += 3;
        }
      }
      if (b.terms() == b.planes()) continue;
      const auto x = hn::Set(Ints(), tables.sum(block));
      const IntVector all[4] = {x, x, x, x};
      add_scaled(all, scale + b.planes() * plane_rows, total);
    }
    for (int q = 0; q < 4; ++q) hn::Store(total[q], Floats(), sums + q * (plane_rows / 4) + row / 4);
  }
}

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(look_up);

void look_up_planes(const BinaryPlanes& planes, std::int64_t panel, const SignedSumTables& tables, float* sums) {
  HWY_DYNAMIC_DISPATCH(look_up)(planes, panel, tables, sums);
}

}  // namespace macroscope::datapath::kernels
#endif
