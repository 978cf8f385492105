// SPDX-License-Identifier: Apache-2.0
// Aligned sums of a narrow window in FP32: the accumulator starts at 2^23 u, rounds towards zero and stays below 2^24 u, so
// that each addend is cut to a multiple of u = 2^(emax - window + 1); see aligned_wide.cpp, which does the same in FP64.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/aligned_narrow.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "sim/datapath/kernels/accumulate-inl.hpp"
#include "sim/datapath/kernels/alignment-inl.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/tile_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

/// Vectors of one row's accumulators that fit the registers together with other rows', for both signs.
#if HWY_TARGET <= HWY_AVX3
constexpr int narrow_rows = 4;
#else
constexpr int narrow_rows = 2;
#endif
constexpr int narrow_vectors = 2;

/// Scratch of one thread, kept from call to call.
struct NarrowScratch {
  AlignedRows<float> a;
  AlignedBuffer<float> b_parts;             ///< [lane][positive, negative, positive][column]
  AlignedBuffer<std::int32_t> b_wide;
  AlignedBuffer<std::int16_t> b_exponents;   ///< [lane][column]
};

class NarrowSums {
 public:
  using Sum = float;
  static constexpr bool replaces = false;
  static constexpr bool adds = false;

  NarrowSums(const RowChunk& chunk, const float* b, const Alignment& alignment, NarrowScratch& scratch)
      : chunk_(chunk), b_(b), alignment_(alignment), scratch_(scratch) {}

  /// Positive and negative parts of the panel's group, and its exponents. The positive part stands on both sides, so that the
  /// part for the opposite sign always comes next.
  HWY_NOINLINE void begin_group(const Panel& panel, std::int64_t g) {
    const FloatTag df;
    const std::int64_t count = chunk_.lanes * panel_columns;
    const float* b = b_ + (panel.index * chunk_.groups + g) * count;
    next_ = {b + count, count, chunk_.rows / row_step};
    float* parts = scratch_.b_parts.reserve(static_cast<std::size_t>(3 * count));
    for (std::int64_t k = 0; k < chunk_.lanes; ++k) {
      for (std::int64_t n = 0; n < panel_columns; n += static_cast<std::int64_t>(hn::Lanes(df))) {
        const auto x = hn::Load(df, b + k * panel_columns + n);
        const auto positive = hn::Max(x, hn::Zero(df));
        float* part = parts + 3 * k * panel_columns + n;
        hn::Store(positive, df, part);
        hn::Store(hn::Max(hn::Neg(x), hn::Zero(df)), df, part + panel_columns);
        hn::Store(positive, df, part + 2 * panel_columns);
      }
    }
    std::int32_t* wide = scratch_.b_wide.reserve(static_cast<std::size_t>(count));
    stored_exponents(b, count, alignment_.b_min_exponent, wide);
    narrow_exponents(wide, count, scratch_.b_exponents.reserve(static_cast<std::size_t>(count)));
  }

  void sums(std::int64_t g, std::int64_t first, std::int64_t rows, const float* /*psum*/, float* out) {
    const RoundTowardZero mode;
    truncated_sums(g, first, rows, out);
  }

 private:
  HWY_NOINLINE void truncated_sums(std::int64_t g, std::int64_t first, std::int64_t rows, float* HWY_RESTRICT out) {
    HWY_ALIGN std::int16_t emax[row_step * panel_columns];
    for (std::int64_t r = 0; r < rows; r += row_step) {
      next_.fetch();
      const std::int64_t at = (g * chunk_.rows + first + r) * chunk_.lanes;
      largest_exponents(scratch_.a.exponents.data() + at, scratch_.b_exponents.data(), chunk_.lanes,
                        static_cast<std::int16_t>(alignment_.a_min_exponent + alignment_.b_min_exponent), emax);
      for (std::int64_t i = 0; i < row_step; i += narrow_rows)
        for (std::int64_t n = 0; n < panel_columns; n += narrow_vectors * static_cast<std::int64_t>(hn::Lanes(FloatTag())))
          block(at + i * chunk_.lanes, n, emax + i * panel_columns, out + (r + i) * panel_columns);
    }
  }

  HWY_INLINE void block(std::int64_t at, std::int64_t n, const std::int16_t* HWY_RESTRICT emax, float* HWY_RESTRICT out) {
    const FloatTag df;
    const hn::RebindToSigned<FloatTag> d32;
    const hn::Rebind<std::int16_t, FloatTag> d16;
    const auto lanes_of_vector = static_cast<std::int64_t>(hn::Lanes(df));
    using V = hn::Vec<FloatTag>;
    V plus[narrow_rows][narrow_vectors], minus[narrow_rows][narrow_vectors];
    const auto bias = hn::Set(d32, 1 - alignment_.window + 23 + 127);
#pragma GCC unroll 4
    for (int r = 0; r < narrow_rows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < narrow_vectors; ++v) {
        const auto e = hn::PromoteTo(d32, hn::Load(d16, emax + r * panel_columns + n + v * lanes_of_vector));
        plus[r][v] = minus[r][v] = hn::BitCast(df, hn::ShiftLeft<23>(hn::Add(e, bias)));
      }
    }
    const float* HWY_RESTRICT a = scratch_.a.magnitudes.data() + at;
    const std::int32_t* HWY_RESTRICT offset = scratch_.a.swaps.data() + at;
    const float* HWY_RESTRICT b = scratch_.b_parts.data() + n;
    for (std::int64_t k = 0; k < chunk_.lanes; ++k, b += 3 * panel_columns) {
#pragma GCC unroll 4
      for (int r = 0; r < narrow_rows; ++r) {
        const auto x = hn::Set(df, a[r * chunk_.lanes + k]);
        const float* same = b + offset[r * chunk_.lanes + k];  // where products are positive; next to it, negative
#pragma GCC unroll 4
        for (int v = 0; v < narrow_vectors; ++v) {
          plus[r][v] = hn::MulAdd(x, hn::Load(df, same + v * lanes_of_vector), plus[r][v]);
          minus[r][v] = hn::MulAdd(x, hn::Load(df, same + panel_columns + v * lanes_of_vector), minus[r][v]);
        }
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < narrow_rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < narrow_vectors; ++v)
        hn::Store(hn::Sub(plus[r][v], minus[r][v]), df, out + r * panel_columns + n + v * lanes_of_vector);
  }

  const RowChunk& chunk_;
  const float* b_;
  const Alignment& alignment_;
  NextPart next_{nullptr, 0, 1};
  NarrowScratch& scratch_;
};

void aligned_narrow(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, const Alignment& alignment) {
  thread_local NarrowScratch scratch;
  scratch.a.load(a, chunk.groups * chunk.rows * chunk.lanes, alignment.a_min_exponent);
  NarrowSums sums(chunk, b, alignment, scratch);
  for (std::int64_t p = 0; p < count; ++p) run_panel<float>(chunk, panels[p], {}, sums);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(aligned_narrow);
void aligned_narrow_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, const Alignment& alignment) {
  HWY_DYNAMIC_DISPATCH(aligned_narrow)(chunk, a, b, panels, count, alignment);
}

}  // namespace macroscope::datapath::kernels
#endif
