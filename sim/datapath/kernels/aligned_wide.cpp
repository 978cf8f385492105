// SPDX-License-Identifier: Apache-2.0
// Aligned sums of any window: an FP64 accumulator that starts at 2^52 u and rounds towards zero cuts each addend to a
// multiple of u = 2^(emax - window + 1), as long as it stays below 2^53 u. Products of either sign are gathered apart, so
// that cutting acts on magnitudes; their difference is exact. At most 256 lanes of less than 2^(window + 1) u stay below.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/aligned_wide.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cmath>

#include "sim/datapath/kernels/accumulate-inl.hpp"
#include "sim/datapath/kernels/alignment-inl.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/tile_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

/// Vectors of one row's accumulators that fit the registers together with another row's, for both signs.
#if HWY_TARGET <= HWY_AVX3
constexpr int wide_vectors = 4;
#else
constexpr int wide_vectors = 2;
#endif
constexpr int wide_rows = 2;

/// Scratch of one thread, kept from call to call.
struct WideScratch {
  AlignedRows<double> a;
  AlignedBuffer<double> b_parts;             ///< [lane][positive, negative, positive][column]
  AlignedBuffer<std::int32_t> b_wide;
  AlignedBuffer<std::int16_t> b_exponents;   ///< [lane][column]
};

/// `fused`: the partial sum is one more addend; block scales are then powers of two.
template <bool fused>
class WideSums {
 public:
  using Sum = double;
  static constexpr bool replaces = fused;
  static constexpr bool adds = false;

  WideSums(const RowChunk& chunk, const float* b, const Alignment& alignment, WideScratch& scratch)
      : chunk_(chunk), b_(b), alignment_(alignment), scratch_(scratch) {}

  /// Positive and negative parts of the panel's group, and its exponents. The positive part stands on both sides, so that the
  /// part for the opposite sign always comes next.
  HWY_NOINLINE void begin_group(const Panel& panel, std::int64_t g) {
    const DoubleTag dd;
    const FloatHalfTag df;
    const std::int64_t count = chunk_.lanes * panel_columns;
    if (panel.factor) b_factor_ = panel.factor + g * panel_columns;
    const float* b = b_ + (panel.index * chunk_.groups + g) * count;
    next_ = {b + count, count, chunk_.rows / row_step};
    double* parts = scratch_.b_parts.reserve(static_cast<std::size_t>(3 * count));
    for (std::int64_t k = 0; k < chunk_.lanes; ++k) {
      for (std::int64_t n = 0; n < panel_columns; n += static_cast<std::int64_t>(hn::Lanes(dd))) {
        const auto x = hn::PromoteTo(dd, hn::Load(df, b + k * panel_columns + n));
        const auto positive = hn::Max(x, hn::Zero(dd));
        double* part = parts + 3 * k * panel_columns + n;
        hn::Store(positive, dd, part);
        hn::Store(hn::Max(hn::Neg(x), hn::Zero(dd)), dd, part + panel_columns);
        hn::Store(positive, dd, part + 2 * panel_columns);
      }
    }
    std::int32_t* wide = scratch_.b_wide.reserve(static_cast<std::size_t>(count));
    stored_exponents(b, count, alignment_.b_min_exponent, wide);
    narrow_exponents(wide, count, scratch_.b_exponents.reserve(static_cast<std::size_t>(count)));
  }

  void sums(std::int64_t g, std::int64_t first, std::int64_t rows, const float* psum, double* out) {
    const RoundTowardZero mode;
    truncated_sums(g, first, rows, psum, out);
  }

 private:
  HWY_NOINLINE void truncated_sums(std::int64_t g, std::int64_t first, std::int64_t rows, const float* HWY_RESTRICT psum, double* HWY_RESTRICT out) {
    HWY_ALIGN std::int16_t emax[row_step * panel_columns];
    for (std::int64_t r = 0; r < rows; r += row_step) {
      next_.fetch();
      const std::int64_t at = (g * chunk_.rows + first + r) * chunk_.lanes;
      largest_exponents(scratch_.a.exponents.data() + at, scratch_.b_exponents.data(), chunk_.lanes,
                        static_cast<std::int16_t>(alignment_.a_min_exponent + alignment_.b_min_exponent), emax);
      for (std::int64_t i = 0; i < row_step; i += wide_rows)
        for (std::int64_t n = 0; n < panel_columns; n += wide_vectors * static_cast<std::int64_t>(hn::Lanes(DoubleTag())))
          block(at + i * chunk_.lanes, n, emax + i * panel_columns, psum + (r + i) * panel_columns, factors(g, first + r + i), out + (r + i) * panel_columns);
    }
  }

  /// Block scales of one row's group; a null pointer: none.
  const double* factors(std::int64_t g, std::int64_t row) const { return chunk_.factor ? chunk_.factor + g * chunk_.rows + row : nullptr; }

  /// 2^(emax - window + 1 + 52) from 2^emax.
  HWY_INLINE hn::Vec<DoubleTag> bias_of(hn::Vec<DoubleTag> largest) const {
    return hn::Mul(largest, hn::Set(DoubleTag(), std::ldexp(1.0, 1 - alignment_.window + 52)));
  }

  /// A partial sum over the group's scale joins: its exponent as stored, in `largest` as a power of two, and its magnitude.
  HWY_INLINE void join(const float* HWY_RESTRICT psum, const double* a_factor, std::int64_t n, hn::Vec<DoubleTag>& largest, hn::Vec<DoubleTag>& plus,
                       hn::Vec<DoubleTag>& minus) const {
    const DoubleTag dd;
    const FloatHalfTag df;
    const hn::RebindToSigned<FloatHalfTag> di;
    const auto c = hn::Load(df, psum + n);
    const auto stored = hn::Max(hn::And(hn::BitCast(di, c), hn::Set(di, 0x7f800000)), hn::Set(di, 0x00800000));
    auto exponent = hn::PromoteTo(dd, hn::IfThenZeroElse(hn::Eq(c, hn::Zero(df)), hn::BitCast(df, stored)));
    auto value = hn::PromoteTo(dd, c);
    if (a_factor) {  // powers of two: the reciprocal is exact
      const auto reciprocal = hn::Div(hn::Set(dd, 1.0), hn::Mul(hn::Set(dd, *a_factor), hn::LoadU(dd, b_factor_ + n)));
      exponent = hn::Mul(exponent, reciprocal);
      value = hn::Mul(value, reciprocal);
    }
    largest = hn::Max(largest, exponent);
    const auto start = bias_of(largest);
    plus = hn::Add(start, hn::Max(value, hn::Zero(dd)));
    minus = hn::Add(start, hn::Max(hn::Neg(value), hn::Zero(dd)));
  }

  HWY_INLINE void block(std::int64_t at, std::int64_t n, const std::int16_t* HWY_RESTRICT emax, const float* HWY_RESTRICT psum, const double* HWY_RESTRICT a_factors,
                        double* HWY_RESTRICT out) {
    const DoubleTag dd;
    const hn::RebindToSigned<DoubleTag> d64;
    const hn::Rebind<std::int32_t, DoubleTag> d32;
    const hn::Rebind<std::int16_t, DoubleTag> d16;
    const auto lanes_of_vector = static_cast<std::int64_t>(hn::Lanes(dd));
    using V = hn::Vec<DoubleTag>;
    V plus[wide_rows][wide_vectors], minus[wide_rows][wide_vectors];
#pragma GCC unroll 4
    for (int r = 0; r < wide_rows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < wide_vectors; ++v) {
        const std::int64_t column = n + v * lanes_of_vector;
        const auto e = hn::Add(hn::PromoteTo(d32, hn::Load(d16, emax + r * panel_columns + column)), hn::Set(d32, 1023));
        auto largest = hn::BitCast(dd, hn::ShiftLeft<52>(hn::PromoteTo(d64, e)));
        if (fused) join(psum + r * panel_columns, a_factors ? a_factors + r : nullptr, column, largest, plus[r][v], minus[r][v]);
        else plus[r][v] = minus[r][v] = bias_of(largest);
      }
    }
    const double* HWY_RESTRICT a = scratch_.a.magnitudes.data() + at;
    const std::int32_t* HWY_RESTRICT offset = scratch_.a.swaps.data() + at;
    const double* HWY_RESTRICT b = scratch_.b_parts.data() + n;
    for (std::int64_t k = 0; k < chunk_.lanes; ++k, b += 3 * panel_columns) {
#pragma GCC unroll 4
      for (int r = 0; r < wide_rows; ++r) {
        const auto x = hn::Set(dd, a[r * chunk_.lanes + k]);
        const double* same = b + offset[r * chunk_.lanes + k];  // where products are positive; next to it, negative
#pragma GCC unroll 4
        for (int v = 0; v < wide_vectors; ++v) {
          plus[r][v] = hn::MulAdd(x, hn::Load(dd, same + v * lanes_of_vector), plus[r][v]);
          minus[r][v] = hn::MulAdd(x, hn::Load(dd, same + panel_columns + v * lanes_of_vector), minus[r][v]);
        }
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < wide_rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < wide_vectors; ++v)
        hn::Store(hn::Sub(plus[r][v], minus[r][v]), dd, out + r * panel_columns + n + v * lanes_of_vector);
  }

  const RowChunk& chunk_;
  const float* b_;
  const Alignment& alignment_;
  NextPart next_{nullptr, 0, 1};
  WideScratch& scratch_;
  const double* b_factor_ = nullptr;
};

void aligned_wide(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, const Alignment& alignment) {
  thread_local WideScratch scratch;
  scratch.a.load(a, chunk.groups * chunk.rows * chunk.lanes, alignment.a_min_exponent);
  if (chunk.fused) {
    WideSums<true> sums(chunk, b, alignment, scratch);
    for (std::int64_t p = 0; p < count; ++p) run_panel<float>(chunk, panels[p], {}, sums);
  } else {
    WideSums<false> sums(chunk, b, alignment, scratch);
    for (std::int64_t p = 0; p < count; ++p) run_panel<float>(chunk, panels[p], {}, sums);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(aligned_wide);
void aligned_wide_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, const Alignment& alignment) {
  HWY_DYNAMIC_DISPATCH(aligned_wide)(chunk, a, b, panels, count, alignment);
}

}  // namespace macroscope::datapath::kernels
#endif
