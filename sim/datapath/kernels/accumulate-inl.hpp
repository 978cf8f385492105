// SPDX-License-Identifier: Apache-2.0
// Adds group sums to the partial sums of a tile and drains them, for every kernel: included once per instruction set.
#if defined(MACROSCOPE_KERNELS_ACCUMULATE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef MACROSCOPE_KERNELS_ACCUMULATE_INL
#undef MACROSCOPE_KERNELS_ACCUMULATE_INL
#else
#define MACROSCOPE_KERNELS_ACCUMULATE_INL
#endif

#include <hwy/highway.h>

#include <cmath>
#include <cstdint>
#include <cstring>

#include "sim/datapath/kernels/aligned_buffer.hpp"
#include "sim/datapath/kernels/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::CappedTag<double, 8>;
using FloatTag = hn::CappedTag<float, 16>;
using IntTag = hn::CappedTag<std::int32_t, 16>;
using FloatHalfTag = hn::Rebind<float, DoubleTag>;  // as many lanes as a vector of doubles

/// RNE to FP32, beyond the largest finite number infinity. Highway's emulated targets would clamp there instead.
HWY_INLINE hn::Vec<FloatHalfTag> round_to_fp32(hn::Vec<DoubleTag> x) {
  const FloatHalfTag df;
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  const DoubleTag dd;
  HWY_ALIGN double from[8];
  HWY_ALIGN float to[8];
  hn::Store(x, dd, from);
  for (std::size_t i = 0; i < hn::Lanes(dd); ++i) to[i] = static_cast<float>(from[i]);
  return hn::Load(df, to);
#else
  return hn::DemoteTo(df, x);
#endif
}

/// psum += RNE(sum * factor_a * factor_b): the product is exact in FP64, so the conversion is the one rounding.
HWY_INLINE void add_row(const double* HWY_RESTRICT sum, double a_factor, const double* HWY_RESTRICT b_factor, float* HWY_RESTRICT psum) {
  const DoubleTag dd;
  const FloatHalfTag df;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd)) {
    auto s = hn::Load(dd, sum + n);
    if (b_factor) s = hn::Mul(s, hn::Mul(hn::Set(dd, a_factor), hn::LoadU(dd, b_factor + n)));
    hn::Store(hn::Add(hn::Load(df, psum + n), round_to_fp32(s)), df, psum + n);
  }
}

/// The same for sums that FP32 holds exactly.
HWY_INLINE void add_row(const float* HWY_RESTRICT sum, double a_factor, const double* HWY_RESTRICT b_factor, float* HWY_RESTRICT psum) {
  if (b_factor) {
    const DoubleTag dd;
    const FloatHalfTag dh;
    for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd)) {
      const auto s = hn::Mul(hn::PromoteTo(dd, hn::Load(dh, sum + n)), hn::Mul(hn::Set(dd, a_factor), hn::LoadU(dd, b_factor + n)));
      hn::Store(hn::Add(hn::Load(dh, psum + n), round_to_fp32(s)), dh, psum + n);
    }
    return;
  }
  const FloatTag df;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(df))
    hn::Store(hn::Add(hn::Load(df, psum + n), hn::Load(df, sum + n)), df, psum + n);
}

HWY_INLINE void add_row(const double* HWY_RESTRICT sum, double, const double*, double* HWY_RESTRICT psum) {
  const DoubleTag dd;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd))
    hn::Store(hn::Add(hn::Load(dd, psum + n), hn::Load(dd, sum + n)), dd, psum + n);
}

/// The accumulator as FP32, one rounding.
HWY_INLINE void to_fp32(FixedRegister, const float* HWY_RESTRICT psum, float* HWY_RESTRICT out) { std::memcpy(out, psum, panel_columns * sizeof(float)); }

HWY_INLINE void to_fp32(FixedRegister, const std::int32_t* HWY_RESTRICT psum, float* HWY_RESTRICT out) {
  const FloatTag df;
  const IntTag di;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(df)) hn::Store(hn::ConvertTo(df, hn::Load(di, psum + n)), df, out + n);
}

/// What the register keeps of a total that has at most 53.
inline double wrapped(double total, FixedRegister r) {
  const auto units = static_cast<std::uint64_t>(static_cast<std::int64_t>(std::ldexp(total, -r.lsb_exponent)));
  const std::int64_t kept = static_cast<std::int64_t>(units << (64 - r.wrap_bits)) >> (64 - r.wrap_bits);
  return std::ldexp(static_cast<double>(kept), r.lsb_exponent);
}

HWY_INLINE void to_fp32(FixedRegister accumulator, const double* HWY_RESTRICT psum, float* HWY_RESTRICT out) {
  const DoubleTag dd;
  const FloatHalfTag df;
  HWY_ALIGN double total[panel_columns];
  std::memcpy(total, psum, sizeof total);
  if (accumulator.wrap_bits)
    for (double& x : total) x = wrapped(x, accumulator);
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd)) hn::Store(round_to_fp32(hn::Load(dd, total + n)), df, out + n);
}

/// total = (or +=) RNE(RNE(accumulator * a_scale) * b_scale); the accumulator starts again from zero.
template <class Psum>
HWY_INLINE void drain_row(FixedRegister accumulator, float a_scale, const float* HWY_RESTRICT b_scale, bool first, Psum* HWY_RESTRICT psum,
                          float* HWY_RESTRICT total) {
  const FloatTag df;
  HWY_ALIGN float value[panel_columns];
  to_fp32(accumulator, psum, value);
  std::memset(psum, 0, panel_columns * sizeof(Psum));
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(df)) {
    const auto scaled = hn::Mul(hn::Mul(hn::Load(df, value + n), hn::Set(df, a_scale)), hn::LoadU(df, b_scale + n));
    hn::Store(first ? scaled : hn::Add(hn::Load(df, total + n), scaled), df, total + n);
  }
}

/// Writes the valid part of one row of totals; every NaN is the canonical one.
HWY_INLINE void store_row(const float* HWY_RESTRICT total, std::int64_t columns, float* HWY_RESTRICT c) {
  const FloatTag df;
  HWY_ALIGN float out[panel_columns];
  const auto canonical = hn::BitCast(df, hn::Set(IntTag(), 0x7fc00000));
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(df)) {
    const auto x = hn::Load(df, total + n);
    hn::Store(hn::IfThenElse(hn::Eq(x, x), x, canonical), df, out + n);
  }
  std::memcpy(c, out, static_cast<std::size_t>(columns) * sizeof(float));
}

/// Walks the groups of one panel. `Kernel::begin_group(panel, g)` gets the group's part of B ready; `Kernel::sums(g, first,
/// rows, out)` writes rows x panel_columns group sums of the rows from `first` on.
template <class Psum, class Kernel>
HWY_NOINLINE void run_panel(const RowChunk& t, const Panel& panel, FixedRegister accumulator, Kernel& kernel) {
  constexpr std::int64_t strip_rows = 32;  // the sums of a strip stay in the first-level cache
  thread_local AlignedBuffer<Psum> psum_buffer;
  thread_local AlignedBuffer<float> total_buffer;
  const auto cells = static_cast<std::size_t>(t.rows * panel_columns);
  Psum* psum = psum_buffer.reserve(cells);
  float* total = total_buffer.reserve(cells);
  std::memset(psum, 0, cells * sizeof(Psum));
  HWY_ALIGN typename Kernel::Sum sums[strip_rows * panel_columns];

  for (std::int64_t g = 0; g < t.groups; ++g) {
    kernel.begin_group(panel, g);
    const std::int64_t drain = g / t.groups_per_drain;
    const bool last = g + 1 == t.groups || (g + 1) % t.groups_per_drain == 0;
    for (std::int64_t first = 0; first < t.rows; first += strip_rows) {
      const std::int64_t rows = t.rows - first < strip_rows ? t.rows - first : strip_rows;
      kernel.sums(g, first, rows, sums);
      for (std::int64_t r = 0; r < rows; ++r) {
        const std::int64_t row = first + r;
        Psum* at = psum + row * panel_columns;
        add_row(sums + r * panel_columns, t.factor ? t.factor[g * t.rows + row] : 1.0, t.factor ? panel.factor + g * panel_columns : nullptr, at);
        if (last) drain_row(accumulator, t.scale[drain * t.rows + row], panel.scale + drain * panel_columns, drain == 0, at, total + row * panel_columns);
      }
    }
  }
  for (std::int64_t row = 0; row < t.valid_rows; ++row) store_row(total + row * panel_columns, panel.valid_columns, panel.c + row * panel.ldc);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#endif
