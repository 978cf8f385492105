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

/// One row's part of C from its undrained numbers; `before` is what C holds, null for nothing.
HWY_INLINE void drain_line(const float* HWY_RESTRICT line, float row_scale, const float* HWY_RESTRICT column_scale, const float* before, float* out) {
  const FloatTag df;
  const auto canonical = hn::BitCast(df, hn::Set(IntTag(), 0x7fc00000));
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(df)) {
    auto x = hn::Mul(hn::Mul(hn::Load(df, line + n), hn::Set(df, row_scale)), hn::LoadU(df, column_scale + n));
    if (before) x = hn::Add(hn::LoadU(df, before + n), x);
    hn::StoreU(hn::IfThenElse(hn::Eq(x, x), x, canonical), df, out + n);
  }
}

/// `value(row, out)` writes one row's panel_columns numbers.
template <class Value>
HWY_INLINE void drain_rows(const Drain& d, const Value& value) {
  HWY_ALIGN float line[panel_columns];
  HWY_ALIGN float ragged[panel_columns] = {};
  const auto bytes = static_cast<std::size_t>(d.columns) * sizeof(float);
  const bool whole = d.columns == panel_columns;
  for (std::int64_t row = 0; row < d.rows; ++row) {
    float* c = d.c + row * d.ldc;
    value(row, line);
    if (!whole && !d.first) std::memcpy(ragged, c, bytes);
    float* out = whole ? c : ragged;
    drain_line(line, d.row_scale[row], d.column_scale, d.first ? nullptr : out, out);
    if (!whole) std::memcpy(c, ragged, bytes);
  }
}

void drain_floats(const Drain& d, const float* sums) {
  drain_rows(d, [&](std::int64_t row, float* line) HWY_ATTR { to_fp32(FixedRegister{}, sums + row * panel_columns, line); });
}
void drain_integers(const Drain& d, const std::int32_t* sums) {
  drain_rows(d, [&](std::int64_t row, float* line) HWY_ATTR { to_fp32(FixedRegister{}, sums + row * panel_columns, line); });
}
void drain_totals(const Drain& d, const double* totals, int unit_exponent, FixedRegister accumulator) {
  const DoubleTag dd;
  const auto unit = hn::Set(dd, std::ldexp(1.0, unit_exponent));
  drain_rows(d, [&](std::int64_t row, float* line) HWY_ATTR {
    HWY_ALIGN double value[panel_columns];
    for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd)) hn::Store(hn::Mul(hn::Load(dd, totals + row * panel_columns + n), unit), dd, value + n);
    to_fp32(accumulator, value, line);
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
