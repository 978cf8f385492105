// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/encode.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "sim/datapath/kernels/encode.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using EncodeFloats = hn::CappedTag<float, 16>;
using EncodeInts = hn::RebindToSigned<EncodeFloats>;

struct Divide {
  template <class V>
  HWY_INLINE V operator()(V x, V s) const { return hn::Div(x, s); }
};
struct Multiply {
  template <class V>
  HWY_INLINE V operator()(V x, V s) const { return hn::Mul(x, s); }
};

HWY_INLINE hn::Vec<EncodeInts> integer_codes(const ElementEncoding& e, hn::Vec<EncodeFloats> y) {
  const EncodeFloats df;
  const EncodeInts di;
  const auto clipped = hn::Min(hn::Max(y, hn::Set(df, -e.limit)), hn::Set(df, e.limit));
  return hn::And(hn::NearestInt(clipped), hn::Set(di, static_cast<std::int32_t>(e.code_mask)));
}

/// Codes of one sign are ordered as their values are. Normal numbers: the FP32 bits rounded to fewer places, re-biased.
/// Subnormal ones: adding 2^23 last places rounds to them.
HWY_INLINE hn::Vec<EncodeInts> minifloat_codes(const ElementEncoding& e, hn::Vec<EncodeFloats> y) {
  const EncodeFloats df;
  const EncodeInts di;
  const int drop = 23 - e.mantissa_bits;
  const auto bits = hn::BitCast(di, y);
  const auto nan = hn::RebindMask(di, hn::IsNaN(y));
  const auto magnitude = hn::Min(hn::Abs(y), hn::Set(df, e.limit));
  const auto m = hn::BitCast(di, magnitude);
  const auto odd = hn::And(hn::ShiftRightSame(m, drop), hn::Set(di, 1));
  const auto rounded = hn::ShiftRightSame(hn::Add(hn::Add(m, odd), hn::Set(di, (1 << (drop - 1)) - 1)), drop);
  const auto normal = hn::Sub(rounded, hn::Set(di, (e.min_exponent - 1 + 127) << e.mantissa_bits));
  const auto last_places = hn::BitCast(df, hn::Set(di, (23 + e.min_exponent - e.mantissa_bits + 127) << 23));
  const auto subnormal = hn::Sub(hn::BitCast(di, hn::Add(magnitude, last_places)), hn::BitCast(di, last_places));
  const auto smallest_normal = hn::BitCast(df, hn::Set(di, (e.min_exponent + 127) << 23));
  const auto code = hn::IfThenElse(hn::RebindMask(di, hn::Lt(magnitude, smallest_normal)), subnormal, normal);
  auto sign = hn::ShiftLeftSame(hn::And(hn::ShiftRight<31>(bits), hn::Set(di, 1)), e.sign_shift);
  if (!e.negative_zero) sign = hn::IfThenZeroElse(hn::Eq(code, hn::Zero(di)), sign);
  return hn::IfThenElse(nan, hn::Set(di, static_cast<std::int32_t>(e.nan_code)), hn::Or(code, sign));
}

template <class Scaling, class Code>
HWY_INLINE void encode_vector(const ElementEncoding& e, const float* HWY_RESTRICT x, hn::Vec<EncodeFloats> scale, Code* HWY_RESTRICT codes) {
  const EncodeFloats df;
  const hn::Rebind<Code, EncodeFloats> dc;
  const auto y = Scaling()(hn::LoadU(df, x), scale);
  hn::StoreU(hn::DemoteTo(dc, e.integer ? integer_codes(e, y) : minifloat_codes(e, y)), dc, codes);
}

template <class Scaling, class Code>
void encode(const ElementEncoding& e, const float* HWY_RESTRICT x, std::int64_t n, float scale, Code* HWY_RESTRICT codes) {
  const EncodeFloats df;
  const auto step = static_cast<std::int64_t>(hn::Lanes(df));
  const auto s = hn::Set(df, scale);
  std::int64_t i = 0;
  for (; i + step <= n; i += step) encode_vector<Scaling>(e, x + i, s, codes + i);
  if (i >= n) return;
  float rest[16] = {};
  Code rest_codes[16] = {};
  std::copy(x + i, x + n, rest);
  encode_vector<Scaling>(e, rest, s, rest_codes);
  std::copy(rest_codes, rest_codes + (n - i), codes + i);
}

void quotients8(const ElementEncoding& e, const float* x, std::int64_t n, float s, std::uint8_t* out) { encode<Divide>(e, x, n, s, out); }
void quotients16(const ElementEncoding& e, const float* x, std::int64_t n, float s, std::uint16_t* out) { encode<Divide>(e, x, n, s, out); }
void products8(const ElementEncoding& e, const float* x, std::int64_t n, float s, std::uint8_t* out) { encode<Multiply>(e, x, n, s, out); }
void products16(const ElementEncoding& e, const float* x, std::int64_t n, float s, std::uint16_t* out) { encode<Multiply>(e, x, n, s, out); }

/// Magnitudes of FP32 numbers are ordered as their bits are, and NaNs come last.
float largest_magnitude(const float* HWY_RESTRICT x, std::int64_t n) {
  const EncodeInts di;
  const auto step = static_cast<std::int64_t>(hn::Lanes(di));
  const auto mask = hn::Set(di, 0x7fffffff);
  auto largest = hn::Zero(di);
  std::int64_t i = 0;
  for (; i + step <= n; i += step) largest = hn::Max(largest, hn::And(mask, hn::BitCast(di, hn::LoadU(EncodeFloats(), x + i))));
  std::int32_t bits = hn::GetLane(hn::MaxOfLanes(di, largest));
  for (; i < n; ++i) {
    std::int32_t one = 0;
    std::memcpy(&one, x + i, sizeof one);
    bits = std::max(bits, one & 0x7fffffff);
  }
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(quotients8);
HWY_EXPORT(quotients16);
HWY_EXPORT(products8);
HWY_EXPORT(products16);
HWY_EXPORT(largest_magnitude);

std::optional<ElementEncoding> vector_encoding(const OperandSpec& operand) {
  if (operand.round != formats::Rounding::rne || operand.overflow != formats::Overflow::saturate) return std::nullopt;
  const formats::Element& element = operand.element;
  if (!element.is_two_complement() && !(element.is_minifloat() && element.bits() <= 16)) return std::nullopt;
  ElementEncoding e;
  e.limit = static_cast<float>(operand.element.max_finite());
  e.code_mask = (1U << operand.element.bits()) - 1U;
  e.integer = operand.element.is_integer();
  if (e.integer) return e;
  const formats::Minifloat& m = operand.element.minifloat();
  if (m.min_exponent() < -126) return std::nullopt;  // its smallest normal numbers are FP32 subnormals
  if (m.mantissa_bits == 0) return std::nullopt;     // the even code is not the one with the even FP32 fraction
  e.mantissa_bits = m.mantissa_bits;
  e.min_exponent = m.min_exponent();
  e.sign_shift = m.bits() - 1;
  e.negative_zero = m.specials != formats::Specials::fnuz;
  e.nan_code = m.has_nan() ? m.nan_code() : 0U;
  return e;
}

void encode_quotients(const ElementEncoding& e, const float* x, std::int64_t n, float scale, std::uint8_t* codes) {
  HWY_DYNAMIC_DISPATCH(quotients8)(e, x, n, scale, codes);
}
void encode_quotients(const ElementEncoding& e, const float* x, std::int64_t n, float scale, std::uint16_t* codes) {
  HWY_DYNAMIC_DISPATCH(quotients16)(e, x, n, scale, codes);
}
void encode_products(const ElementEncoding& e, const float* x, std::int64_t n, float factor, std::uint8_t* codes) {
  HWY_DYNAMIC_DISPATCH(products8)(e, x, n, factor, codes);
}
void encode_products(const ElementEncoding& e, const float* x, std::int64_t n, float factor, std::uint16_t* codes) {
  HWY_DYNAMIC_DISPATCH(products16)(e, x, n, factor, codes);
}
float absolute_maximum(const float* x, std::int64_t n) { return HWY_DYNAMIC_DISPATCH(largest_magnitude)(x, n); }

}  // namespace macroscope::datapath::kernels
#endif
