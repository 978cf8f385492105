// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/drain.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cmath>
#include <cstring>

#include "sim/datapath/kernels/accumulate-inl.hpp"
#include "sim/datapath/kernels/drain.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

/// One row: `value(n)` is the vector of its numbers from column n on. `out` is C, or a copy of its ragged end.
template <bool first, class Value>
HWY_INLINE void drain_row(float row_scale, const float* HWY_RESTRICT column_scale, const Value& value, float* HWY_RESTRICT out) {
  const FloatTag df;
  const auto canonical = hn::BitCast(df, hn::Set(IntTag(), 0x7fc00000));
  const auto scale = hn::Set(df, row_scale);
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(df)) {
    auto x = hn::Mul(hn::Mul(value(n), scale), hn::LoadU(df, column_scale + n));
    if (!first) x = hn::Add(hn::LoadU(df, out + n), x);
    hn::StoreU(hn::IfThenElse(hn::Eq(x, x), x, canonical), df, out + n);
  }
}

/// `value(row, n)`: a row's numbers from column n on.
template <bool first, class Value>
HWY_INLINE void drain_rows(const Drain d, const Value& value) {  // by value: stores to C then leave it in registers
  if (d.columns == panel_columns) {
    for (std::int64_t row = 0; row < d.rows; ++row)
      drain_row<first>(d.row_scale[row], d.column_scale, [&](std::size_t n) HWY_ATTR { return value(row, n); }, d.c + row * d.ldc);
    return;
  }
  const auto bytes = static_cast<std::size_t>(d.columns) * sizeof(float);
  HWY_ALIGN float ragged[panel_columns] = {};
  for (std::int64_t row = 0; row < d.rows; ++row) {
    float* c = d.c + row * d.ldc;
    if (!first) std::memcpy(ragged, c, bytes);
    drain_row<first>(d.row_scale[row], d.column_scale, [&](std::size_t n) HWY_ATTR { return value(row, n); }, ragged);
    std::memcpy(c, ragged, bytes);
  }
}

template <class Value>
HWY_INLINE void drain_all(const Drain& d, const Value& value) {
  if (d.first) drain_rows<true>(d, value);
  else drain_rows<false>(d, value);
}

void drain_floats(const Drain& d, const float* HWY_RESTRICT sums) {
  drain_all(d, [sums](std::int64_t row, std::size_t n) HWY_ATTR { return hn::Load(FloatTag(), sums + row * panel_columns + n); });
}
void drain_integers(const Drain& d, const std::int32_t* HWY_RESTRICT sums) {
  drain_all(d, [sums](std::int64_t row, std::size_t n) HWY_ATTR { return hn::ConvertTo(FloatTag(), hn::Load(IntTag(), sums + row * panel_columns + n)); });
}
void drain_totals(const Drain& d, const double* totals, int unit_exponent, FixedRegister accumulator) {
  const DoubleTag dd;
  const auto unit = hn::Set(dd, std::ldexp(1.0, unit_exponent));
  HWY_ALIGN float line[panel_columns];
  drain_all(d, [&](std::int64_t row, std::size_t n) HWY_ATTR {
    if (n == 0) {
      HWY_ALIGN double value[panel_columns];
      for (std::size_t i = 0; i < panel_columns; i += hn::Lanes(dd)) hn::Store(hn::Mul(hn::Load(dd, totals + row * panel_columns + i), unit), dd, value + i);
      to_fp32(accumulator, value, line);
    }
    return hn::Load(FloatTag(), line + n);
  });
}

void add_digits(const std::int32_t* HWY_RESTRICT sums, std::int64_t cells, int bits, double* HWY_RESTRICT total) {
  const DoubleTag dd;
  const hn::Rebind<std::int32_t, DoubleTag> di;
  const auto one = hn::Set(dd, std::ldexp(1.0, bits)), two = hn::Set(dd, std::ldexp(1.0, 2 * bits));
  for (std::int64_t i = 0; i < cells; i += static_cast<std::int64_t>(hn::Lanes(dd))) {
    const auto low = hn::PromoteTo(dd, hn::Load(di, sums + i));
    const auto high = hn::PromoteTo(dd, hn::Load(di, sums + cells + i));
    const auto both = hn::PromoteTo(dd, hn::Load(di, sums + 2 * cells + i));
    const auto middle = hn::Sub(hn::Sub(both, high), low);
    const auto added = hn::MulAdd(high, two, hn::MulAdd(middle, one, low));
    hn::Store(hn::Add(hn::Load(dd, total + i), added), dd, total + i);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(drain_floats);
HWY_EXPORT(drain_integers);
HWY_EXPORT(drain_totals);
HWY_EXPORT(add_digits);
void drain_fp32(const Drain& drain, const float* sums) { HWY_DYNAMIC_DISPATCH(drain_floats)(drain, sums); }
void drain_int32(const Drain& drain, const std::int32_t* sums) { HWY_DYNAMIC_DISPATCH(drain_integers)(drain, sums); }
void drain_fixed(const Drain& drain, const double* totals, int unit_exponent, FixedRegister accumulator) {
  HWY_DYNAMIC_DISPATCH(drain_totals)(drain, totals, unit_exponent, accumulator);
}
void add_digit_sums(const std::int32_t* sums, std::int64_t cells, int bits, double* total) {
  HWY_DYNAMIC_DISPATCH(add_digits)(sums, cells, bits, total);
}

}  // namespace macroscope::datapath::kernels
#endif
