// SPDX-License-Identifier: Apache-2.0
// Exact sums of integer products: pairs of INT16 products added in INT32.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/integer.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "sim/datapath/kernels/accumulate-inl.hpp"
#include "sim/datapath/kernels/tile_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

class IntegerSums {
 public:
  using Sum = std::int32_t;

  IntegerSums(const RowChunk& chunk, const std::int16_t* a, const std::int16_t* b) : chunk_(chunk), pairs_((chunk.lanes + 1) / 2), a_(a), b_(b) {}

  void begin_group(const Panel& panel, std::int64_t g) { group_ = b_ + (panel.index * chunk_.groups + g) * pairs_ * 2 * panel_columns; }

  HWY_NOINLINE void sums(std::int64_t g, std::int64_t first, std::int64_t rows, std::int32_t* HWY_RESTRICT out) {
    for (std::int64_t r = 0; r < rows; r += row_step)
      for (std::int64_t n = 0; n < panel_columns; n += vectors * static_cast<std::int64_t>(hn::Lanes(IntTag())))
        block(a_ + (g * chunk_.rows + first + r) * pairs_ * 2, group_ + 2 * n, out + r * panel_columns + n);
  }

 private:
  static constexpr int vectors = 2;

#if HWY_TARGET == HWY_SCALAR  // a vector of one has no pairs
  void block(const std::int16_t* a, const std::int16_t* b, std::int32_t* out) {
    for (std::int64_t r = 0; r < row_step; ++r) {
      for (int v = 0; v < vectors; ++v) {
        std::uint32_t sum = 0;
        for (std::int64_t i = 0; i < 2 * pairs_; ++i)
          sum += static_cast<std::uint32_t>(std::int32_t{a[r * pairs_ * 2 + i]} * b[(i / 2 * panel_columns + v) * 2 + i % 2]);
        out[r * panel_columns + v] = static_cast<std::int32_t>(sum);
      }
    }
  }
#else
  HWY_INLINE void block(const std::int16_t* HWY_RESTRICT a, const std::int16_t* HWY_RESTRICT b, std::int32_t* HWY_RESTRICT out) {
    const IntTag d32;
    const hn::RepartitionToNarrow<IntTag> d16;
    const auto width = static_cast<std::int64_t>(hn::Lanes(d32));
    hn::Vec<IntTag> sum[row_step][vectors], rest[row_step][vectors];
#pragma GCC unroll 4
    for (int r = 0; r < row_step; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sum[r][v] = rest[r][v] = hn::Zero(d32);
    for (std::int64_t k = 0; k < pairs_; ++k, b += 2 * panel_columns) {
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) {
        const auto y = hn::Load(d16, b + 2 * v * width);
#pragma GCC unroll 4
        for (int r = 0; r < row_step; ++r) {
          std::int32_t pair = 0;
          std::memcpy(&pair, a + (r * pairs_ + k) * 2, sizeof pair);
          sum[r][v] = hn::ReorderWidenMulAccumulate(d32, hn::BitCast(d16, hn::Set(d32, pair)), y, sum[r][v], rest[r][v]);
        }
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < row_step; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) hn::Store(hn::RearrangeToOddPlusEven(sum[r][v], rest[r][v]), d32, out + r * panel_columns + v * width);
  }
#endif

  const RowChunk& chunk_;
  std::int64_t pairs_;
  const std::int16_t* a_;
  const std::int16_t* b_;
  const std::int16_t* group_ = nullptr;
};

template <class Psum>
void run_integer(const RowChunk& chunk, const std::int16_t* a, const std::int16_t* b, const Panel* panels, std::int64_t count) {
  IntegerSums sums(chunk, a, b);
  for (std::int64_t p = 0; p < count; ++p) run_panel<Psum>(chunk, panels[p], {}, sums);
}

void integer(const RowChunk& chunk, const std::int16_t* a, const std::int16_t* b, const Panel* panels, std::int64_t count) {
  run_integer<std::int32_t>(chunk, a, b, panels, count);
}
void integer_block(const RowChunk& chunk, const std::int16_t* a, const std::int16_t* b, const Panel* panels, std::int64_t count) {
  run_integer<float>(chunk, a, b, panels, count);
}

const char* vector_extension() { return HWY_TARGET <= HWY_AVX3 ? "avx512" : HWY_TARGET <= HWY_AVX2 ? "avx2" : "scalar"; }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(integer);
HWY_EXPORT(integer_block);
HWY_EXPORT(vector_extension);
void integer_chunk(const RowChunk& chunk, const std::int16_t* a, const std::int16_t* b, const Panel* panels, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(integer)(chunk, a, b, panels, count);
}
void integer_block_chunk(const RowChunk& chunk, const std::int16_t* a, const std::int16_t* b, const Panel* panels, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(integer_block)(chunk, a, b, panels, count);
}
const char* instruction_set() { return HWY_DYNAMIC_DISPATCH(vector_extension)(); }

}  // namespace macroscope::datapath::kernels
#endif
