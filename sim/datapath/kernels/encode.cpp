// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/encode.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "sim/datapath/kernels/encode-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET != HWY_SCALAR

/// Runs of four vectors; those with a NaN are left to encode_vector. Returns where it stopped.
template <class Scaling, class Bytes>
std::int64_t encode_bytes(const ElementEncoding& e, const float* HWY_RESTRICT x, std::int64_t n, float scale, std::uint8_t* HWY_RESTRICT codes) {
  const EncodeFloats df;
  const Bytes bytes(e);
  const auto step = static_cast<std::int64_t>(hn::Lanes(df));
  const auto s = hn::Set(df, scale);
  std::int64_t i = 0;
  for (; i + 4 * step <= n; i += 4 * step) {
    const auto a = Scaling()(hn::LoadU(df, x + i), s), b = Scaling()(hn::LoadU(df, x + i + step), s);
    const auto c = Scaling()(hn::LoadU(df, x + i + 2 * step), s), d = Scaling()(hn::LoadU(df, x + i + 3 * step), s);
    const auto any_nan = hn::IsNaN(hn::Add(hn::Add(a, b), hn::Add(c, d)));  // or infinities of both signs
    if (HWY_UNLIKELY(!hn::AllFalse(df, any_nan))) {
      for (std::int64_t v = i; v < i + 4 * step; v += step) encode_vector<Scaling>(e, x + v, s, codes + v);
      continue;
    }
    hn::StoreU(bytes(bytes.clip(a), bytes.clip(b), bytes.clip(c), bytes.clip(d)), EncodeBytes(), codes + i);
  }
  return i;
}

template <class Scaling>
std::int64_t encode_most(const ElementEncoding& e, const float* x, std::int64_t n, float scale, std::uint8_t* codes) {
  if (!e.in_bytes) return 0;
  return e.integer ? encode_bytes<Scaling, IntegerBytes>(e, x, n, scale, codes) : encode_bytes<Scaling, MinifloatBytes>(e, x, n, scale, codes);
}

#endif

/// Where there is no faster way.
template <class Scaling, class Code>
std::int64_t encode_most(const ElementEncoding&, const float*, std::int64_t, float, Code*) {
  return 0;
}

template <class Scaling, class Code>
void encode(const ElementEncoding& e, const float* HWY_RESTRICT x, std::int64_t n, float scale, Code* HWY_RESTRICT codes) {
  const EncodeFloats df;
  const auto step = static_cast<std::int64_t>(hn::Lanes(df));
  const auto s = hn::Set(df, scale);
  std::int64_t i = encode_most<Scaling>(e, x, n, scale, codes);
  for (; i + step <= n; i += step) encode_vector<Scaling>(e, x + i, s, codes + i);
  if (i < n) encode_rest<Scaling>(e, x + i, n - i, s, codes + i);
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
  const auto magnitude = [&](std::int64_t at) HWY_ATTR { return hn::And(mask, hn::BitCast(di, hn::LoadU(EncodeFloats(), x + at))); };
  auto largest = hn::Zero(di), second = hn::Zero(di), third = hn::Zero(di), fourth = hn::Zero(di);
  std::int64_t i = 0;
  for (; i + 4 * step <= n; i += 4 * step) {
    largest = hn::Max(largest, magnitude(i));
    second = hn::Max(second, magnitude(i + step));
    third = hn::Max(third, magnitude(i + 2 * step));
    fourth = hn::Max(fourth, magnitude(i + 3 * step));
  }
  for (; i + step <= n; i += step) largest = hn::Max(largest, magnitude(i));
  largest = hn::Max(hn::Max(largest, second), hn::Max(third, fourth));
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

std::optional<ElementEncoding> vector_encoding(const formats::Minifloat& m) {
  if (m.bits() > 16) return std::nullopt;
  if (m.min_exponent() < -126) return std::nullopt;  // its smallest normal numbers are FP32 subnormals
  if (m.mantissa_bits == 0) return std::nullopt;     // the even code is not the one with the even FP32 fraction
  ElementEncoding e;
  e.limit = static_cast<float>(m.max_finite());
  e.code_mask = (1U << m.bits()) - 1U;
  e.max_code = m.max_code();
  e.mantissa_bits = m.mantissa_bits;
  e.min_exponent = m.min_exponent();
  e.sign_shift = m.bits() - 1;
  e.negative_zero = m.specials != formats::Specials::fnuz;
  e.nan_code = m.has_nan() ? m.nan_code() : 0U;
  e.in_bytes = m.bits() <= 8 && e.negative_zero && m.max_exponent() + 23 - m.mantissa_bits < 127;
  return e;
}

std::optional<ElementEncoding> vector_encoding(const OperandSpec& operand) {
  if (operand.round != formats::Rounding::rne || operand.overflow != formats::Overflow::saturate) return std::nullopt;
  const formats::Element& element = operand.element;
  if (element.is_minifloat()) return vector_encoding(element.minifloat());
  if (!element.is_two_complement()) return std::nullopt;
  ElementEncoding e;
  e.integer = true;
  e.limit = static_cast<float>(element.max_finite());
  e.code_mask = (1U << element.bits()) - 1U;
  e.in_bytes = element.bits() <= 8;
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
