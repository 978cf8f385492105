// SPDX-License-Identifier: Apache-2.0
// Exact sums of products in FP64: all addends are multiples of one power of two and no partial sum exceeds 53 bits of it,
// so no addition rounds and the order does not matter.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/exact.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "sim/datapath/kernels/accumulate-inl.hpp"
#include "sim/datapath/kernels/alignment-inl.hpp"
#include "sim/datapath/kernels/depth_masks.hpp"
#include "sim/datapath/kernels/tile_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET <= HWY_AVX3
constexpr int exact_vectors = 4;
#else
constexpr int exact_vectors = 2;
#endif

struct ExactScratch {
  AlignedBuffer<double> a;
  AlignedBuffer<double> b;
  AlignedBuffer<std::uint32_t> a_deep;   ///< [group][row][depth]: lanes of at least that depth
  AlignedBuffer<std::int32_t> a_depth;   ///< [group][row]: largest depth
  AlignedBuffer<std::int32_t> a_exponents, a_last;  ///< [group][row][lane]: as stored, and of the last set bit
};

class ExactSums {
 public:
  using Sum = double;
  static constexpr bool replaces = false;
  static constexpr bool adds = true;

  ExactSums(const RowChunk& chunk, const float* b, ExactScratch& scratch) : chunk_(chunk), b_(b), scratch_(scratch) {}

  HWY_NOINLINE void begin_group(const Panel& panel, std::int64_t g) {
    const std::int64_t count = chunk_.lanes * panel_columns;
    const float* b = b_ + (panel.index * chunk_.groups + g) * count;
    next_ = {b + count, count, chunk_.rows / row_step};
    widen(b, count, scratch_.b.reserve(static_cast<std::size_t>(count)));
  }

  template <class Psum>
  void sums(std::int64_t g, std::int64_t first, std::int64_t rows, const Psum* /*psum*/, double* HWY_RESTRICT out) {
    exact_sums(g, first, rows, out);
  }

  HWY_NOINLINE void exact_sums(std::int64_t g, std::int64_t first, std::int64_t rows, double* HWY_RESTRICT out) {
    for (std::int64_t r = 0; r < rows; r += row_step) {
      next_.fetch();
      for (std::int64_t n = 0; n < panel_columns; n += exact_vectors * static_cast<std::int64_t>(hn::Lanes(DoubleTag())))
        block(scratch_.a.data() + (g * chunk_.rows + first + r) * chunk_.lanes, scratch_.b.data() + n, Stored{out + r * panel_columns + n});
    }
  }

  /// psum += RNE(sum * factors), without a way through memory.
  HWY_NOINLINE void add_to(std::int64_t g, std::int64_t first, std::int64_t rows, const double* b_factor, float* HWY_RESTRICT psum) {
    for (std::int64_t r = 0; r < rows; r += row_step) {
      next_.fetch();
      const std::int64_t row = g * chunk_.rows + first + r;
      for (std::int64_t n = 0; n < panel_columns; n += exact_vectors * static_cast<std::int64_t>(hn::Lanes(DoubleTag())))
        block(scratch_.a.data() + row * chunk_.lanes, scratch_.b.data() + n, Added{psum + r * panel_columns + n, b_factor ? chunk_.factor + row : nullptr, b_factor + n});
    }
  }

  /// `count` is a multiple of 16.
  static void widen(const float* HWY_RESTRICT x, std::int64_t count, double* HWY_RESTRICT out) {
    const DoubleTag dd;
    const FloatHalfTag df;
    for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(dd))) hn::Store(hn::PromoteTo(dd, hn::Load(df, x + i)), dd, out + i);
  }

 private:
  /// What becomes of a vector of sums.
  struct Stored {
    double* out;
    HWY_INLINE void operator()(hn::Vec<DoubleTag> sum, std::int64_t row, std::int64_t column) const { hn::Store(sum, DoubleTag(), out + row * panel_columns + column); }
  };
  struct Added {
    float* psum;
    const double* a_factor;  ///< null: no factors
    const double* b_factor;
    HWY_INLINE void operator()(hn::Vec<DoubleTag> sum, std::int64_t row, std::int64_t column) const {
      const DoubleTag dd;
      const FloatHalfTag df;
      if (a_factor) sum = hn::Mul(sum, hn::Mul(hn::Set(dd, a_factor[row]), hn::LoadU(dd, b_factor + column)));
      float* at = psum + row * panel_columns + column;
      hn::Store(hn::Add(hn::Load(df, at), round_to_fp32(sum)), df, at);
    }
  };

  template <class Done>
  HWY_INLINE void block(const double* HWY_RESTRICT a, const double* HWY_RESTRICT b, const Done done) {
    const DoubleTag dd;
    const auto width = static_cast<std::int64_t>(hn::Lanes(dd));
    hn::Vec<DoubleTag> sum[row_step][exact_vectors];
#pragma GCC unroll 4
    for (int r = 0; r < row_step; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < exact_vectors; ++v) sum[r][v] = hn::Zero(dd);
    for (std::int64_t k = 0; k < chunk_.lanes; ++k, b += panel_columns) {
#pragma GCC unroll 4
      for (int v = 0; v < exact_vectors; ++v) {
        const auto y = hn::Load(dd, b + v * width);
#pragma GCC unroll 4
        for (int r = 0; r < row_step; ++r) sum[r][v] = hn::MulAdd(hn::Set(dd, a[r * chunk_.lanes + k]), y, sum[r][v]);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < row_step; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < exact_vectors; ++v) done(sum[r][v], r, v * width);
  }

  const RowChunk& chunk_;
  const float* b_;
  ExactScratch& scratch_;
  NextPart next_{nullptr, 0, 1};
};

/// Exact sums where a window cuts nothing, which is nearly everywhere when it is wide; the rest is summed again, product by
/// product. A product loses bits only if its operands' depths (depth_masks.hpp) add up to the window or more.
class CheckedSums {
 public:
  using Sum = double;
  static constexpr bool replaces = false;
  static constexpr bool adds = false;

  CheckedSums(const RowChunk& chunk, const float* a, const float* b, const Alignment& alignment, const DepthMasks& b_depths, ExactScratch& scratch)
      : exact_(chunk, b, scratch), chunk_(chunk), a_(a), b_(b), alignment_(alignment), b_depths_(b_depths), scratch_(scratch) {
    const std::int64_t rows = chunk.groups * chunk.rows, padded = (rows * chunk.lanes + 15) / 16 * 16;
    std::int32_t* exponents = scratch.a_exponents.reserve(static_cast<std::size_t>(padded));
    std::int32_t* last = scratch.a_last.reserve(static_cast<std::size_t>(padded));
    stored_exponents(a, padded, alignment.a_min_exponent, exponents);
    last_bits(a, padded, last);
    std::uint32_t* lanes = scratch.a_deep.reserve(static_cast<std::size_t>(rows * checked_depths));
    std::int32_t* depth = scratch.a_depth.reserve(static_cast<std::size_t>(rows));
    for (std::int64_t row = 0; row < rows; ++row)
      depth[row] = mark_depths(exponents + row * chunk.lanes, last + row * chunk.lanes, chunk.lanes, lanes + row * checked_depths);
  }

  void begin_group(const Panel& panel, std::int64_t g) {
    exact_.begin_group(panel, g);
    const std::int64_t at = panel.index * chunk_.groups + g;
    group_ = b_ + at * chunk_.lanes * panel_columns;
    deepest_ = b_depths_.deepest[at];
    b_deep_ = b_depths_.lanes + at * checked_depths * panel_columns;
  }

  HWY_NOINLINE void sums(std::int64_t g, std::int64_t first, std::int64_t rows, const float* /*psum*/, double* HWY_RESTRICT out) {
    exact_.exact_sums(g, first, rows, out);
    const std::int32_t* depth = scratch_.a_depth.data() + g * chunk_.rows + first;
    for (std::int64_t r = 0; r < rows; ++r)
      if (depth[r] + deepest_ >= alignment_.window) check_row(g * chunk_.rows + first + r, depth[r], out + r * panel_columns);
  }

 private:
  /// Position of the last set bit of `n` FP32 numbers (a multiple of 16; none subnormal); any for zeros.
  static HWY_INLINE void last_bits(const float* HWY_RESTRICT x, std::int64_t n, std::int32_t* HWY_RESTRICT out) {
    const FloatTag df;
    const IntTag di;
    for (std::int64_t i = 0; i < n; i += static_cast<std::int64_t>(hn::Lanes(df))) {
      const auto bits = hn::BitCast(di, hn::Load(df, x + i));
      const auto significand = hn::Or(hn::And(bits, hn::Set(di, 0x7fffff)), hn::Set(di, 0x800000));
      const auto lowest = hn::BitCast(di, hn::ConvertTo(df, hn::And(significand, hn::Neg(significand))));
      const auto place = hn::Sub(hn::ShiftRight<23>(lowest), hn::Set(di, 127 + 23));
      const auto exponent = hn::Sub(hn::And(hn::ShiftRight<23>(bits), hn::Set(di, 255)), hn::Set(di, 127));
      hn::Store(hn::Add(exponent, place), di, out + i);
    }
  }

  HWY_NOINLINE void check_row(std::int64_t row, std::int32_t depth, double* HWY_RESTRICT out) const {
    const IntTag di;
    const auto* lanes = reinterpret_cast<const std::int32_t*>(scratch_.a_deep.data() + row * checked_depths);
    const auto* b_deep = reinterpret_cast<const std::int32_t*>(b_deep_);
    for (std::int64_t n = 0; n < panel_columns; n += static_cast<std::int64_t>(hn::Lanes(di))) {
      auto meet = hn::Zero(di);
      for (std::int32_t d = alignment_.window - deepest_ > 0 ? alignment_.window - deepest_ : 0; d <= depth; ++d) {
        const std::int32_t other = alignment_.window - d > 0 ? alignment_.window - d : 0;
        meet = hn::Or(meet, hn::And(hn::Set(di, lanes[d]), hn::LoadU(di, b_deep + other * panel_columns + n)));
      }
      if (hn::AllTrue(di, hn::Eq(meet, hn::Zero(di)))) continue;
      HWY_ALIGN std::int32_t cut[16];
      hn::Store(meet, di, cut);
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(hn::Lanes(di)); ++i)
        if (cut[i]) out[n + i] = truncated_sum(a_ + row * chunk_.lanes, scratch_.a_exponents.data() + row * chunk_.lanes, group_ + n + i);
    }
  }

  /// The definition: every product cut to a multiple of 2^(emax - window + 1).
  HWY_NOINLINE double truncated_sum(const float* HWY_RESTRICT a, const std::int32_t* HWY_RESTRICT a_exponents, const float* HWY_RESTRICT b) const {
    double products[32];
    std::int32_t emax = 2 * zero_exponent;
    for (std::int64_t k = 0; k < chunk_.lanes; ++k) {
      const float y = b[k * panel_columns];
      std::uint32_t bits = 0;
      std::memcpy(&bits, &y, sizeof bits);
      const auto exponent = static_cast<std::int32_t>(bits >> 23 & 255U) - 127;
      const std::int32_t e = a_exponents[k] + (exponent > alignment_.b_min_exponent ? exponent : alignment_.b_min_exponent);
      products[k] = static_cast<double>(a[k]) * static_cast<double>(y);
      emax = products[k] != 0 && e > emax ? e : emax;
    }
    const double unit = std::ldexp(1.0, emax - alignment_.window + 1), units = std::ldexp(1.0, alignment_.window - 1 - emax);
    double units_kept = 0;
    for (std::int64_t k = 0; k < chunk_.lanes; ++k) units_kept += static_cast<double>(static_cast<std::int64_t>(products[k] * units));
    return units_kept * unit;
  }

  ExactSums exact_;
  const RowChunk& chunk_;
  const float* a_;
  const float* b_;
  const Alignment& alignment_;
  const DepthMasks& b_depths_;
  ExactScratch& scratch_;
  const float* group_ = nullptr;
  std::int32_t deepest_ = 0;
  const std::uint32_t* b_deep_ = nullptr;
};

template <class Psum>
void run_exact(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, FixedRegister accumulator) {
  thread_local ExactScratch scratch;
  const std::int64_t values = chunk.groups * chunk.rows * chunk.lanes;
  const std::int64_t padded = (values + 15) / 16 * 16;
  ExactSums::widen(a, padded, scratch.a.reserve(static_cast<std::size_t>(padded)));
  ExactSums sums(chunk, b, scratch);
  for (std::int64_t p = 0; p < count; ++p) run_panel<Psum>(chunk, panels[p], accumulator, sums);
}

void exact(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count) {
  run_exact<float>(chunk, a, b, panels, count, {});
}
void checked(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, const Alignment& alignment,
             const DepthMasks& b_depths) {
  thread_local ExactScratch scratch;
  const std::int64_t padded = (chunk.groups * chunk.rows * chunk.lanes + 15) / 16 * 16;
  ExactSums::widen(a, padded, scratch.a.reserve(static_cast<std::size_t>(padded)));
  CheckedSums sums(chunk, a, b, alignment, b_depths, scratch);
  for (std::int64_t p = 0; p < count; ++p) run_panel<float>(chunk, panels[p], {}, sums);
}
void kulisch(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, FixedRegister accumulator) {
  run_exact<double>(chunk, a, b, panels, count, accumulator);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(exact);
HWY_EXPORT(checked);
HWY_EXPORT(kulisch);
void aligned_checked_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, const Alignment& alignment,
                           const DepthMasks& b_depths) {
  HWY_DYNAMIC_DISPATCH(checked)(chunk, a, b, panels, count, alignment, b_depths);
}
void exact_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(exact)(chunk, a, b, panels, count);
}
void kulisch_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, FixedRegister accumulator) {
  HWY_DYNAMIC_DISPATCH(kulisch)(chunk, a, b, panels, count, accumulator);
}

}  // namespace macroscope::datapath::kernels
#endif
