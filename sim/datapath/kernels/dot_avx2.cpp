// SPDX-License-Identifier: Apache-2.0
// Block sums of small bytes by AVX2: vpmaddubsw multiplies unsigned by signed bytes and adds two products in INT16, saturating.
// Where no such sum, nor some of them added up, leaves INT16, it does four times FP32's multiplications an instruction. Raw
// intrinsics, since Highway 1.0 has no name for it; see dot_vnni.cpp for how the file keeps to itself.
#include "sim/datapath/kernels/dot_tile.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

namespace macroscope::datapath::kernels {

#pragma GCC push_options
#pragma GCC target("avx2,fma")

namespace {

constexpr std::int64_t width = 8;
constexpr int rows_of_tile = static_cast<int>(tile_rows);

struct Sums {
  __m256i sum[rows_of_tile][2];
};

/// Products of `steps` words, not widened: `begin` sets the sums, else they are added to.
template <bool begin>
[[gnu::always_inline]] inline void add_step(const std::uint32_t* a, const std::uint32_t* b, Sums& s) {
  const __m256i b0 = _mm256_load_si256(reinterpret_cast<const __m256i*>(b));
  const __m256i b1 = _mm256_load_si256(reinterpret_cast<const __m256i*>(b + width));
#pragma GCC unroll 6
  for (int r = 0; r < rows_of_tile; ++r) {
    const __m256i x = _mm256_set1_epi32(static_cast<int>(a[r]));
    const __m256i p0 = _mm256_maddubs_epi16(x, b0), p1 = _mm256_maddubs_epi16(x, b1);
    s.sum[r][0] = begin ? p0 : _mm256_add_epi16(s.sum[r][0], p0);
    s.sum[r][1] = begin ? p1 : _mm256_add_epi16(s.sum[r][1], p1);
  }
}

/// psum (or +0) + RNE(S) a_factor b_factor of 8 columns.
[[gnu::always_inline]] inline void scale(__m256i sum, __m256 factor, bool begin, float* psum) {
  const __m256 before = begin ? _mm256_setzero_ps() : _mm256_load_ps(psum);
  _mm256_store_ps(psum, _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), factor, before));
}

/// `quiet`: all of a group's steps stay in INT16; else each is widened.
template <bool quiet>
[[gnu::always_inline]] inline void group(const DotTile& t, const std::uint32_t* a, const std::uint32_t* b, const float* a_factor, std::int64_t g, std::int64_t n,
                                         float* out) {
  const __m256i ones = _mm256_set1_epi16(1);
  Sums s;
  if (quiet) {
    add_step<true>(a, b, s);
    for (std::int64_t k = 1; k < t.steps; ++k) add_step<false>(a + k * tile_rows, b + k * panel_columns, s);
#pragma GCC unroll 6
    for (int r = 0; r < rows_of_tile; ++r)
#pragma GCC unroll 2
      for (int v = 0; v < 2; ++v) s.sum[r][v] = _mm256_madd_epi16(s.sum[r][v], ones);
  } else {
#pragma GCC unroll 6
    for (int r = 0; r < rows_of_tile; ++r) s.sum[r][0] = s.sum[r][1] = _mm256_setzero_si256();
    for (std::int64_t k = 0; k < t.steps; ++k) {
      const __m256i b0 = _mm256_load_si256(reinterpret_cast<const __m256i*>(b + k * panel_columns));
      const __m256i b1 = _mm256_load_si256(reinterpret_cast<const __m256i*>(b + k * panel_columns + width));
#pragma GCC unroll 6
      for (int r = 0; r < rows_of_tile; ++r) {
        const __m256i x = _mm256_set1_epi32(static_cast<int>(a[k * tile_rows + r]));
        s.sum[r][0] = _mm256_add_epi32(s.sum[r][0], _mm256_madd_epi16(_mm256_maddubs_epi16(x, b0), ones));
        s.sum[r][1] = _mm256_add_epi32(s.sum[r][1], _mm256_madd_epi16(_mm256_maddubs_epi16(x, b1), ones));
      }
    }
  }
  const __m256i start0 = _mm256_load_si256(reinterpret_cast<const __m256i*>(t.start + g * panel_columns + n));
  const __m256i start1 = _mm256_load_si256(reinterpret_cast<const __m256i*>(t.start + g * panel_columns + n + width));
  const __m256 factor0 = _mm256_load_ps(t.b_factor + g * panel_columns + n), factor1 = _mm256_load_ps(t.b_factor + g * panel_columns + n + width);
  const bool begin = t.first && g == 0;
#pragma GCC unroll 6
  for (int r = 0; r < rows_of_tile; ++r) {
    const __m256 x = _mm256_set1_ps(a_factor[r]);
    scale(_mm256_add_epi32(s.sum[r][0], start0), _mm256_mul_ps(x, factor0), begin, out + r * panel_columns);
    scale(_mm256_add_epi32(s.sum[r][1], start1), _mm256_mul_ps(x, factor1), begin, out + r * panel_columns + width);
  }
}

template <bool quiet>
void block_loop(const DotTile& t, float* psum) {
  for (std::int64_t tile = 0; tile < t.tiles; ++tile) {
    fetch_outputs(t, tile);
    for (std::int64_t n = 0; n < panel_columns; n += 2 * width) {
      const std::uint32_t* a = t.a + tile * t.groups_of_a * t.steps * tile_rows;
      const float* a_factor = t.a_factor + tile * t.groups_of_a * tile_rows;
      for (std::int64_t g = 0; g < t.groups; ++g)
        group<quiet>(t, a + g * t.steps * tile_rows, t.b + g * t.steps * panel_columns + n, a_factor + g * tile_rows, g, n, psum + tile * tile_rows * panel_columns + n);
    }
  }
}

void byte_blocks(const DotTile& t, float* psum) {
  if (t.largest_pair * t.steps <= small_pair_limit) block_loop<true>(t, psum);
  else block_loop<false>(t, psum);
}

}  // namespace

#pragma GCC pop_options

DotBlocks avx2_byte_blocks() { return byte_blocks; }

}  // namespace macroscope::datapath::kernels

#else

namespace macroscope::datapath::kernels {

DotBlocks avx2_byte_blocks() { return nullptr; }

}  // namespace macroscope::datapath::kernels

#endif
