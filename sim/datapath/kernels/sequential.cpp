// SPDX-License-Identifier: Apache-2.0
// Products added one by one in ascending k, one rounding an addition: a fused multiply-add rounds only the sum. Without such
// an instruction (vectors of 128 bits) products must be FP32 numbers, which the planner sees to.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/sequential.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "sim/datapath/kernels/accumulate-inl.hpp"
#include "sim/datapath/kernels/half_rounding.hpp"
#include "sim/datapath/kernels/tile_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

/// Rows whose sums fill the registers together with two vectors of B: the chains of one sum wait for each other, so many run
/// side by side.
#if HWY_TARGET <= HWY_AVX3
constexpr int most_rows = 12;
#else
constexpr int most_rows = 4;
#endif
constexpr int sequential_vectors = 2;

using SequentialVec = hn::Vec<FloatTag>;

/// R(c + a b) of the accumulators.
struct ToNearest {
  HWY_INLINE SequentialVec operator()(SequentialVec a, SequentialVec b, SequentialVec c) const { return hn::MulAdd(a, b, c); }
};

/// In the mode that rounds towards zero; cutting FP32's surplus bits off truncates on.
struct Truncated {
  std::uint32_t kept;
  HWY_INLINE SequentialVec operator()(SequentialVec a, SequentialVec b, SequentialVec c) const {
    const FloatTag df;
    return hn::And(hn::MulAdd(a, b, c), hn::BitCast(df, hn::Set(hn::RebindToUnsigned<FloatTag>(), kept)));
  }
};

/// FP32 to FP16 and back, to nearest. Sums of FP16 numbers and products of at most 11 bits are rounded twice, to 24 bits and
/// then to 11, which gives what one rounding would: 24 >= 2 * 11 + 2 (Figueroa, SIGNUM Newsletter 30(3), 1995).
struct ThroughHalf {
  HWY_INLINE SequentialVec operator()(SequentialVec a, SequentialVec b, SequentialVec c) const {
    const FloatTag df;
    const auto sum = hn::MulAdd(a, b, c);
#if HWY_TARGET <= HWY_AVX2
    const hn::Rebind<hwy::float16_t, FloatTag> dh;
    return hn::PromoteTo(df, hn::DemoteTo(dh, sum));
#else
    HWY_ALIGN float lanes[16];
    hn::Store(sum, df, lanes);
    for (std::size_t i = 0; i < hn::Lanes(df); ++i) lanes[i] = round_to_half(lanes[i]);
    return hn::Load(df, lanes);
#endif
  }
};

/// `rows` chains a column over `lanes` elements of K: a[row * lanes + k], b[k * panel_columns + column].
template <int rows, class Step>
HWY_INLINE void add_products(const Step step, const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t lanes, float* HWY_RESTRICT psum) {
  const FloatTag df;
  const auto width = static_cast<std::int64_t>(hn::Lanes(df));
  SequentialVec sum[rows][sequential_vectors];
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < sequential_vectors; ++v) sum[r][v] = hn::Load(df, psum + r * panel_columns + v * width);
  for (std::int64_t k = 0; k < lanes; ++k) {
    const auto b0 = hn::Load(df, b + k * panel_columns), b1 = hn::Load(df, b + k * panel_columns + width);
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      const auto x = hn::Set(df, a[r * lanes + k]);
      sum[r][0] = step(x, b0, sum[r][0]);
      sum[r][1] = step(x, b1, sum[r][1]);
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < sequential_vectors; ++v) hn::Store(sum[r][v], df, psum + r * panel_columns + v * width);
}

/// One group of all rows of a chunk.
template <class Step>
HWY_NOINLINE void add_group(const Step step, const RowChunk& t, const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, float* HWY_RESTRICT psum) {
  NextPart next(b + t.lanes * panel_columns, t.lanes * panel_columns, t.rows / most_rows + 1);
  static_assert(most_rows % row_step == 0, "what is left over is some row_steps");
  for (std::int64_t n = 0; n < panel_columns; n += sequential_vectors * static_cast<std::int64_t>(hn::Lanes(FloatTag()))) {
    std::int64_t r = 0;
    for (; r + most_rows <= t.rows; r += most_rows) {
      next.fetch();
      add_products<most_rows>(step, a + r * t.lanes, b + n, t.lanes, psum + r * panel_columns + n);
    }
    for (; r < t.rows; r += row_step) add_products<row_step>(step, a + r * t.lanes, b + n, t.lanes, psum + r * panel_columns + n);
  }
}

template <class Step>
void run_sequential(const Step step, const RowChunk& t, const float* a, const float* b, const Panel& panel) {
  const PanelSums<float> psums(t, panel, {});
  const std::int64_t count = t.lanes * panel_columns;
  for (std::int64_t g = 0; g < t.groups; ++g) {
    const float* group = b + (panel.index * t.groups + g) * count;
    in_mode_of(t.accumulator, [&] { add_group(step, t, a + g * t.rows * t.lanes, group, psums.row(0)); });
    psums.end_group(g);
  }
}

void sequential(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, bool half) {
  for (std::int64_t p = 0; p < count; ++p) {
    if (half) run_sequential(ThroughHalf{}, chunk, a, b, panels[p]);
    else if (chunk.accumulator.toward_zero) run_sequential(Truncated{chunk.accumulator.kept}, chunk, a, b, panels[p]);
    else run_sequential(ToNearest{}, chunk, a, b, panels[p]);
  }
}

bool fuses() { return HWY_TARGET <= HWY_AVX2; }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(sequential);
HWY_EXPORT(fuses);
void sequential_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, bool half) {
  HWY_DYNAMIC_DISPATCH(sequential)(chunk, a, b, panels, count, half);
}
bool has_fused_multiply_add() { return HWY_DYNAMIC_DISPATCH(fuses)(); }

}  // namespace macroscope::datapath::kernels
#endif
