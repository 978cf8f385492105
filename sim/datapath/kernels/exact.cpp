// SPDX-License-Identifier: Apache-2.0
// Exact sums of products in FP64: all addends are multiples of one power of two and no partial sum exceeds 53 bits of it,
// so no addition rounds and the order does not matter.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/exact.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "sim/datapath/kernels/accumulate-inl.hpp"
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
};

class ExactSums {
 public:
  using Sum = double;

  ExactSums(const RowChunk& chunk, const float* b, ExactScratch& scratch) : chunk_(chunk), b_(b), scratch_(scratch) {}

  HWY_NOINLINE void begin_group(const Panel& panel, std::int64_t g) {
    const std::int64_t count = chunk_.lanes * panel_columns;
    widen(b_ + (panel.index * chunk_.groups + g) * count, count, scratch_.b.reserve(static_cast<std::size_t>(count)));
  }

  HWY_NOINLINE void sums(std::int64_t g, std::int64_t first, std::int64_t rows, double* HWY_RESTRICT out) {
    for (std::int64_t r = 0; r < rows; r += row_step)
      for (std::int64_t n = 0; n < panel_columns; n += exact_vectors * static_cast<std::int64_t>(hn::Lanes(DoubleTag())))
        block(scratch_.a.data() + (g * chunk_.rows + first + r) * chunk_.lanes, scratch_.b.data() + n, out + r * panel_columns + n);
  }

  /// `count` is a multiple of 16.
  static void widen(const float* HWY_RESTRICT x, std::int64_t count, double* HWY_RESTRICT out) {
    const DoubleTag dd;
    const FloatHalfTag df;
    for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(dd))) hn::Store(hn::PromoteTo(dd, hn::Load(df, x + i)), dd, out + i);
  }

 private:
  HWY_INLINE void block(const double* HWY_RESTRICT a, const double* HWY_RESTRICT b, double* HWY_RESTRICT out) {
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
      for (int v = 0; v < exact_vectors; ++v) hn::Store(sum[r][v], dd, out + r * panel_columns + v * width);
  }

  const RowChunk& chunk_;
  const float* b_;
  ExactScratch& scratch_;
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
HWY_EXPORT(kulisch);
void exact_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(exact)(chunk, a, b, panels, count);
}
void kulisch_chunk(const RowChunk& chunk, const float* a, const float* b, const Panel* panels, std::int64_t count, FixedRegister accumulator) {
  HWY_DYNAMIC_DISPATCH(kulisch)(chunk, a, b, panels, count, accumulator);
}

}  // namespace macroscope::datapath::kernels
#endif
