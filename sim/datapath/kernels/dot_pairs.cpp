// SPDX-License-Identifier: Apache-2.0
// Integer dot products of INT16 pairs on every instruction set that Highway has. Few registers: totals stay in memory.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/dot_pairs.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "sim/datapath/kernels/dot_tile.hpp"
#include "sim/datapath/kernels/tile_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using PairFloats = hn::CappedTag<float, 16>;
using PairInts = hn::CappedTag<std::int32_t, 16>;

constexpr int pair_rows = static_cast<int>(tile_rows);

#if HWY_TARGET == HWY_SCALAR  // a vector of one has no pairs
HWY_INLINE std::int32_t pair_product(std::uint32_t a, std::uint32_t b) {
  const auto half = [](std::uint32_t word, int i) { return static_cast<std::int32_t>(static_cast<std::int16_t>(word >> (16 * i))); };
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(half(a, 0) * half(b, 0)) + static_cast<std::uint32_t>(half(a, 1) * half(b, 1)));
}
#endif

HWY_INLINE hn::Vec<PairInts> add_pairs(hn::Vec<PairInts> sum, hn::Vec<PairInts> a, hn::Vec<PairInts> b) {
  const PairInts di;
#if HWY_TARGET == HWY_SCALAR
  return hn::Add(sum, hn::Set(di, pair_product(static_cast<std::uint32_t>(hn::GetLane(a)), static_cast<std::uint32_t>(hn::GetLane(b)))));
#else
  const hn::RepartitionToNarrow<PairInts> d16;
  auto rest = hn::Zero(di);
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128
  return hn::ReorderWidenMulAccumulate(di, hn::BitCast(d16, a), hn::BitCast(d16, b), sum, rest);  // `rest` stays zero here
#else
  auto even = hn::Zero(di);
  even = hn::ReorderWidenMulAccumulate(di, hn::BitCast(d16, a), hn::BitCast(d16, b), even, rest);
  return hn::Add(sum, hn::RearrangeToOddPlusEven(even, rest));
#endif
#endif
}

/// Sums of one register tile: tile_rows by two vectors of columns.
struct PairSums {
  hn::Vec<PairInts> sum[pair_rows][2];
};

HWY_INLINE void add_steps(const std::uint32_t* HWY_RESTRICT a, const std::uint32_t* HWY_RESTRICT b, std::int64_t steps, PairSums& s) {
  const PairInts di;
  const auto width = static_cast<std::int64_t>(hn::Lanes(di));
  for (std::int64_t k = 0; k < steps; ++k) {
    const auto b0 = hn::Load(di, reinterpret_cast<const std::int32_t*>(b + k * panel_columns));
    const auto b1 = hn::Load(di, reinterpret_cast<const std::int32_t*>(b + k * panel_columns + width));
#pragma GCC unroll 6
    for (int r = 0; r < pair_rows; ++r) {
      const auto x = hn::Set(di, static_cast<std::int32_t>(a[k * tile_rows + r]));
      s.sum[r][0] = add_pairs(s.sum[r][0], x, b0);
      s.sum[r][1] = add_pairs(s.sum[r][1], x, b1);
    }
  }
}

void pair_sum(const DotTile& t, std::int32_t* HWY_RESTRICT psum) {
  const PairInts di;
  const auto width = static_cast<std::int64_t>(hn::Lanes(di));
  for (std::int64_t tile = 0; tile < t.tiles; ++tile) {
    fetch_outputs(t, tile);
    for (std::int64_t n = 0; n < panel_columns; n += 2 * width) {
      std::int32_t* out = psum + tile * tile_rows * panel_columns + n;
      PairSums s;
#pragma GCC unroll 6
      for (int r = 0; r < pair_rows; ++r) {
        s.sum[r][0] = t.first ? hn::Zero(di) : hn::Load(di, out + r * panel_columns);
        s.sum[r][1] = t.first ? hn::Zero(di) : hn::Load(di, out + r * panel_columns + width);
      }
      add_steps(t.a + tile * t.groups_of_a * t.steps * tile_rows, t.b + n, t.groups * t.steps, s);
#pragma GCC unroll 6
      for (int r = 0; r < pair_rows; ++r) {
        hn::Store(s.sum[r][0], di, out + r * panel_columns);
        hn::Store(s.sum[r][1], di, out + r * panel_columns + width);
      }
    }
  }
}

void pair_blocks(const DotTile& t, float* HWY_RESTRICT psum) {
  const PairInts di;
  const PairFloats df;
  const auto width = static_cast<std::int64_t>(hn::Lanes(di));
  for (std::int64_t tile = 0; tile < t.tiles; ++tile) {
    fetch_outputs(t, tile);
    for (std::int64_t n = 0; n < panel_columns; n += 2 * width) {
      float* out = psum + tile * tile_rows * panel_columns + n;
      const std::uint32_t* a = t.a + tile * t.groups_of_a * t.steps * tile_rows;
      const std::uint32_t* b = t.b + n;
      const float* a_factor = t.a_factor + tile * t.groups_of_a * tile_rows;
      const float* b_factor = t.b_factor + n;
      for (std::int64_t g = 0; g < t.groups; ++g) {
        PairSums s;
#pragma GCC unroll 6
        for (int r = 0; r < pair_rows; ++r) s.sum[r][0] = s.sum[r][1] = hn::Zero(di);
        add_steps(a, b, t.steps, s);
        const auto factor0 = hn::Load(df, b_factor), factor1 = hn::Load(df, b_factor + width);
#pragma GCC unroll 6
        for (int r = 0; r < pair_rows; ++r) {
          const auto x = hn::Set(df, a_factor[r]);
          float* at = out + r * panel_columns;
          const bool begin = t.first && g == 0;
          // Products are exact, so that a fused and a separate multiplication give the same.
          hn::Store(hn::MulAdd(hn::ConvertTo(df, s.sum[r][0]), hn::Mul(x, factor0), begin ? hn::Zero(df) : hn::Load(df, at)), df, at);
          hn::Store(hn::MulAdd(hn::ConvertTo(df, s.sum[r][1]), hn::Mul(x, factor1), begin ? hn::Zero(df) : hn::Load(df, at + width)), df, at + width);
        }
        a += t.steps * tile_rows;
        b += t.steps * panel_columns;
        a_factor += tile_rows;
        b_factor += panel_columns;
      }
    }
  }
}

DotFunctions pair_dot_functions() {
  return {hwy::TargetName(HWY_TARGET), small_pair_limit, nullptr, HWY_TARGET <= HWY_AVX2 ? avx2_byte_blocks() : nullptr, pair_sum, pair_blocks};
}

const char* vector_extension() { return HWY_TARGET <= HWY_AVX3 ? "avx512" : HWY_TARGET <= HWY_AVX2 ? "avx2" : "scalar"; }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(pair_dot_functions);
HWY_EXPORT(vector_extension);
DotFunctions pair_functions() { return HWY_DYNAMIC_DISPATCH(pair_dot_functions)(); }
const char* instruction_set() { return HWY_DYNAMIC_DISPATCH(vector_extension)(); }
DotFunctions dot_functions() { return has_vnni() ? vnni_functions() : pair_functions(); }

}  // namespace macroscope::datapath::kernels
#endif
