// SPDX-License-Identifier: Apache-2.0
// Integer dot products by AVX-512 VNNI: raw intrinsics, since Highway 1.0 has no name for these instructions. Only functions
// below the target pragma may use them, and nothing here is an inline function that another file could be linked to.
#include "sim/datapath/kernels/dot_tile.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "sim/datapath/kernels/tile_kernels.hpp"

namespace macroscope::datapath::kernels {

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")

namespace {

constexpr std::int64_t width = 16;
constexpr int rows_of_tile = static_cast<int>(tile_rows);

/// sum += the products of words. Both come from registers: an instruction that also loads needs a load port each time, and
/// these are the next bound.
template <bool bytes>
[[gnu::always_inline]] inline __m512i add(__m512i sum, __m512i a, __m512i b) {
  return bytes ? _mm512_dpbusd_epi32(sum, a, b) : _mm512_dpwssd_epi32(sum, a, b);
}

/// Steps known at compile time let the loop be unrolled; 0: not known.
template <bool bytes, int known_steps>
void block_loop(const DotTile& t, float* psum) {
  const std::int64_t steps = known_steps ? known_steps : t.steps;
  for (std::int64_t tile = 0; tile < t.tiles; ++tile) {
    float* out = psum + tile * tile_rows * panel_columns;
    fetch_outputs(t, tile);
    const std::uint32_t* a = t.a + tile * t.groups_of_a * steps * tile_rows;
    const std::uint32_t* b = t.b;
    const float* factor = t.a_factor + tile * t.groups_of_a * tile_rows;
    __m512 total[rows_of_tile][2];
#pragma GCC unroll 6
    for (int r = 0; r < rows_of_tile; ++r) {
      total[r][0] = t.first ? _mm512_setzero_ps() : _mm512_load_ps(out + r * panel_columns);
      total[r][1] = t.first ? _mm512_setzero_ps() : _mm512_load_ps(out + r * panel_columns + width);
    }
    for (std::int64_t g = 0; g < t.groups; ++g) {
      const __m512i start0 = bytes ? _mm512_load_si512(t.start + g * panel_columns) : _mm512_setzero_si512();
      const __m512i start1 = bytes ? _mm512_load_si512(t.start + g * panel_columns + width) : _mm512_setzero_si512();
      __m512i sum[rows_of_tile][2];
#pragma GCC unroll 6
      for (int r = 0; r < rows_of_tile; ++r) {
        sum[r][0] = start0;
        sum[r][1] = start1;
      }
#pragma GCC unroll 16
      for (std::int64_t k = 0; k < steps; ++k) {
        const __m512i b0 = _mm512_load_si512(b + k * panel_columns);
        const __m512i b1 = _mm512_load_si512(b + k * panel_columns + width);
#pragma GCC unroll 6
        for (int r = 0; r < rows_of_tile; ++r) {
          const __m512i x = _mm512_set1_epi32(static_cast<int>(a[k * tile_rows + r]));
          sum[r][0] = add<bytes>(sum[r][0], x, b0);
          sum[r][1] = add<bytes>(sum[r][1], x, b1);
        }
      }
      a += steps * tile_rows;
      b += steps * panel_columns;
      const __m512 factor0 = _mm512_load_ps(t.b_factor + g * panel_columns);
      const __m512 factor1 = _mm512_load_ps(t.b_factor + g * panel_columns + width);
#pragma GCC unroll 6
      for (int r = 0; r < rows_of_tile; ++r) {
        const __m512 x = _mm512_set1_ps(factor[g * tile_rows + r]);
        total[r][0] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r][0]), _mm512_mul_ps(x, factor0), total[r][0]);
        total[r][1] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r][1]), _mm512_mul_ps(x, factor1), total[r][1]);
      }
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows_of_tile; ++r) {
      _mm512_store_ps(out + r * panel_columns, total[r][0]);
      _mm512_store_ps(out + r * panel_columns + width, total[r][1]);
    }
  }
}

template <bool bytes>
void blocks(const DotTile& t, float* psum) {
  switch (t.steps) {
    case 4: return block_loop<bytes, 4>(t, psum);
    case 8: return block_loop<bytes, 8>(t, psum);
    case 16: return block_loop<bytes, 16>(t, psum);
    default: return block_loop<bytes, 0>(t, psum);
  }
}

/// Two register tiles at a time: no scaled totals take registers here.
template <bool bytes>
void sum_loop(const DotTile& t, std::int32_t* psum) {
  constexpr int rows = 2 * rows_of_tile;
  const std::int64_t steps = t.groups * t.steps;
  const std::int64_t tile_words = t.groups_of_a * t.steps * tile_rows;
  const __m512i start0 = t.start ? _mm512_load_si512(t.start) : _mm512_setzero_si512();
  const __m512i start1 = t.start ? _mm512_load_si512(t.start + width) : _mm512_setzero_si512();
  for (std::int64_t tile = 0; tile < t.tiles; tile += 2) {
    std::int32_t* out = psum + tile * tile_rows * panel_columns;
    fetch_outputs(t, tile);
    fetch_outputs(t, tile + 1);
    const std::uint32_t* a0 = t.a + tile * tile_words;
    const std::uint32_t* a1 = a0 + tile_words;
    __m512i sum[rows][2];
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      sum[r][0] = t.first ? start0 : _mm512_load_si512(out + r * panel_columns);
      sum[r][1] = t.first ? start1 : _mm512_load_si512(out + r * panel_columns + width);
    }
    const std::uint32_t* b = t.b;
#pragma GCC unroll 2
    for (std::int64_t k = 0; k < steps; ++k) {
      const __m512i b0 = _mm512_load_si512(b);
      const __m512i b1 = _mm512_load_si512(b + width);
      b += panel_columns;
#pragma GCC unroll 12
      for (int r = 0; r < rows; ++r) {
        const std::uint32_t word = r < rows_of_tile ? a0[k * tile_rows + r] : a1[k * tile_rows + r - rows_of_tile];
        const __m512i x = _mm512_set1_epi32(static_cast<int>(word));
        sum[r][0] = add<bytes>(sum[r][0], x, b0);
        sum[r][1] = add<bytes>(sum[r][1], x, b1);
      }
    }
#pragma GCC unroll 12
    for (int r = 0; r < rows; ++r) {
      _mm512_store_si512(out + r * panel_columns, sum[r][0]);
      _mm512_store_si512(out + r * panel_columns + width, sum[r][1]);
    }
  }
}

}  // namespace

#pragma GCC pop_options

bool has_vnni() { return std::strcmp(instruction_set(), "avx512") == 0 && __builtin_cpu_supports("avx512vnni"); }

DotFunctions vnni_functions() { return {"vnni", 0, sum_loop<true>, blocks<true>, sum_loop<false>, blocks<false>}; }

}  // namespace macroscope::datapath::kernels

#else

namespace macroscope::datapath::kernels {

bool has_vnni() { return false; }
DotFunctions vnni_functions() { return {}; }

}  // namespace macroscope::datapath::kernels

#endif
