// SPDX-License-Identifier: Apache-2.0
// Product exponents of a tile and the accumulators' bias, for the aligned kernels: included once per instruction set.
#if defined(MACROSCOPE_KERNELS_ALIGNMENT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef MACROSCOPE_KERNELS_ALIGNMENT_INL
#undef MACROSCOPE_KERNELS_ALIGNMENT_INL
#else
#define MACROSCOPE_KERNELS_ALIGNMENT_INL
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <cstring>

#include "sim/datapath/kernels/aligned_buffer.hpp"
#include "sim/datapath/kernels/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Exponent of a zero: below any other even when added to the largest exponent of the other operand.
inline constexpr std::int32_t zero_exponent = -8192;

/// Stored exponents of `n` FP32 numbers (a multiple of 16), zeros marked.
HWY_INLINE void stored_exponents(const float* HWY_RESTRICT x, std::int64_t n, int min_exponent, std::int32_t* HWY_RESTRICT out) {
  const hn::CappedTag<float, 16> df;
  const hn::RebindToSigned<decltype(df)> di;
  const auto exponent_field = hn::Set(di, 0x7f800000);
  const auto magnitude = hn::Set(di, 0x7fffffff);
  for (std::int64_t i = 0; i < n; i += static_cast<std::int64_t>(hn::Lanes(df))) {
    const auto bits = hn::BitCast(di, hn::Load(df, x + i));
    const auto unbiased = hn::Sub(hn::ShiftRight<23>(hn::And(bits, exponent_field)), hn::Set(di, 127));
    const auto stored = hn::Max(unbiased, hn::Set(di, min_exponent));
    const auto zero = hn::Eq(hn::And(bits, magnitude), hn::Zero(di));
    hn::Store(hn::IfThenElse(zero, hn::Set(di, zero_exponent), stored), di, out + i);
  }
}

/// A's side of an aligned sum: magnitudes, how far the addends of its negative numbers lie from those of the positive ones,
/// and stored exponents doubled up for INT16 arithmetic.
template <class Value>
struct AlignedRows {
  AlignedBuffer<Value> magnitudes;
  AlignedBuffer<std::int32_t> swaps;
  AlignedBuffer<std::int32_t> exponents;

  HWY_NOINLINE void load(const float* HWY_RESTRICT x, std::size_t count, int min_exponent) {
    Value* magnitude = magnitudes.reserve(count);
    std::int32_t* swap = swaps.reserve(count);
    std::int32_t* exponent = exponents.reserve(count + 16);
    for (std::size_t i = 0; i < count; ++i) {
      std::int32_t bits = 0;
      std::memcpy(&bits, x + i, sizeof bits);
      magnitude[i] = static_cast<Value>(x[i] < 0 ? -x[i] : x[i]);
      swap[i] = bits < 0 ? static_cast<std::int32_t>(panel_columns) : 0;
      const std::int32_t unbiased = ((bits >> 23) & 0xff) - 127;
      const std::int32_t stored = x[i] == 0 ? zero_exponent : (unbiased < min_exponent ? min_exponent : unbiased);
      exponent[i] = static_cast<std::int32_t>((static_cast<std::uint32_t>(stored) << 16U) | (static_cast<std::uint32_t>(stored) & 0xffffU));
    }
  }
};

/// INT32 to INT16, n a multiple of 32.
HWY_INLINE void narrow_exponents(const std::int32_t* HWY_RESTRICT x, std::int64_t n, std::int16_t* HWY_RESTRICT out) {
  const hn::CappedTag<std::int32_t, 16> di;
  const hn::Rebind<std::int16_t, decltype(di)> dh;
  for (std::int64_t i = 0; i < n; i += static_cast<std::int64_t>(hn::Lanes(di))) hn::Store(hn::DemoteTo(dh, hn::Load(di, x + i)), dh, out + i);
}

/// Largest product exponent of each column for row_step rows: a[row * lanes + lane] holds one exponent twice, as two INT16.
HWY_INLINE void largest_exponents(const std::int32_t* HWY_RESTRICT a, const std::int16_t* HWY_RESTRICT b, std::int64_t lanes, std::int16_t floor,
                                  std::int16_t* HWY_RESTRICT out) {
  const hn::CappedTag<std::int16_t, panel_columns> d16;
  const hn::RepartitionToWide<decltype(d16)> d32;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(d16)) {
    auto e0 = hn::Set(d16, floor), e1 = e0, e2 = e0, e3 = e0;
    for (std::int64_t k = 0; k < lanes; ++k) {
      const auto eb = hn::Load(d16, b + k * panel_columns + static_cast<std::int64_t>(n));
      e0 = hn::Max(e0, hn::Add(eb, hn::BitCast(d16, hn::Set(d32, a[k]))));
      e1 = hn::Max(e1, hn::Add(eb, hn::BitCast(d16, hn::Set(d32, a[lanes + k]))));
      e2 = hn::Max(e2, hn::Add(eb, hn::BitCast(d16, hn::Set(d32, a[2 * lanes + k]))));
      e3 = hn::Max(e3, hn::Add(eb, hn::BitCast(d16, hn::Set(d32, a[3 * lanes + k]))));
    }
    static_assert(row_step == 4, "four rows share each load of B");
    hn::Store(e0, d16, out + n);
    hn::Store(e1, d16, out + panel_columns + n);
    hn::Store(e2, d16, out + 2 * panel_columns + n);
    hn::Store(e3, d16, out + 3 * panel_columns + n);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#endif
