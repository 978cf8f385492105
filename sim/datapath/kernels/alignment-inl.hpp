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

  /// `count` numbers; memory up to the next multiple of 16 is read and written too.
  HWY_NOINLINE void load(const float* HWY_RESTRICT x, std::int64_t count, int min_exponent) {
    const hn::CappedTag<float, 16> df;
    const hn::RebindToSigned<decltype(df)> di;
    const std::int64_t padded = (count + 15) / 16 * 16;
    Value* magnitude = magnitudes.reserve(static_cast<std::size_t>(padded));
    std::int32_t* swap = swaps.reserve(static_cast<std::size_t>(padded));
    std::int32_t* exponent = exponents.reserve(static_cast<std::size_t>(padded));
    stored_exponents(x, padded, min_exponent, exponent);
    for (std::int64_t i = 0; i < padded; i += static_cast<std::int64_t>(hn::Lanes(df))) {
      const auto value = hn::Load(df, x + i);
      const auto negative = hn::BroadcastSignBit(hn::BitCast(di, value));
      hn::Store(hn::And(negative, hn::Set(di, static_cast<std::int32_t>(panel_columns))), di, swap + i);
      store_magnitudes(hn::Abs(value), magnitude + i);
      const auto e = hn::Load(di, exponent + i);
      hn::Store(hn::Or(hn::ShiftLeft<16>(e), hn::And(e, hn::Set(di, 0xffff))), di, exponent + i);
    }
  }

 private:
  template <class V>
  static HWY_INLINE void store_magnitudes(V value, float* HWY_RESTRICT out) {
    hn::Store(value, hn::CappedTag<float, 16>(), out);
  }
  template <class V>
  static HWY_INLINE void store_magnitudes(V value, double* HWY_RESTRICT out) {
    const hn::CappedTag<float, 16> df;
    const hn::CappedTag<double, 8> dd;
    const hn::Rebind<float, decltype(dd)> dh;
    HWY_ALIGN float single[16];
    hn::Store(value, df, single);
    for (std::size_t i = 0; i < hn::Lanes(df); i += hn::Lanes(dd)) hn::Store(hn::PromoteTo(dd, hn::Load(dh, single + i)), dd, out + i);
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
