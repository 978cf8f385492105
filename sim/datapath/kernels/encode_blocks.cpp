// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/encode_blocks.cpp"
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cmath>
#include <cstring>

#include "sim/datapath/kernels/encode-inl.hpp"
#include "sim/datapath/kernels/encode_blocks.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

constexpr std::int32_t infinity_bits = 0x7f800000, smallest_normal_bits = 0x00800000;

HWY_INLINE IntVector magnitude_bits(const float* x) {
  return hn::And(hn::BitCast(EncodeInts(), hn::LoadU(EncodeFloats(), x)), hn::Set(EncodeInts(), 0x7fffffff));
}

/// Lane by lane, of one block.
template <int kBlock>
HWY_INLINE IntVector lane_maxima(const float* x) {
  constexpr auto step = static_cast<int>(hn::MaxLanes(EncodeFloats()));
  auto largest = magnitude_bits(x);
  for (int i = step; i < kBlock; i += step) largest = hn::Max(largest, magnitude_bits(x + i));
  return largest;
}

#if HWY_TARGET != HWY_SCALAR
/// The maximum over a vector's 128-bit blocks, in the lowest.
HWY_INLINE hn::Vec128<std::int32_t> over_blocks(hn::Vec128<std::int32_t> v) { return v; }
template <class V>
HWY_INLINE hn::Vec128<std::int32_t> over_blocks(V v) {
  const hn::Half<hn::DFromV<V>> half;
  return over_blocks(hn::Max(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
}
#endif

/// FP32 bits of each block's largest magnitude. Four blocks at a time: two interleavings leave in every 128-bit block four
/// lanes' maxima of the four.
template <int kBlock>
void block_maxima(const float* HWY_RESTRICT x, std::int64_t blocks, std::int32_t* HWY_RESTRICT maxima) {
  const EncodeInts di;
  std::int64_t b = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::RepartitionToWide<EncodeInts> pairs;
  for (; b + 4 <= blocks; b += 4) {
    const float* p = x + b * kBlock;
    const auto m0 = lane_maxima<kBlock>(p), m1 = lane_maxima<kBlock>(p + kBlock), m2 = lane_maxima<kBlock>(p + 2 * kBlock), m3 = lane_maxima<kBlock>(p + 3 * kBlock);
    const auto m01 = hn::BitCast(pairs, hn::Max(hn::InterleaveLower(di, m0, m1), hn::InterleaveUpper(di, m0, m1)));
    const auto m23 = hn::BitCast(pairs, hn::Max(hn::InterleaveLower(di, m2, m3), hn::InterleaveUpper(di, m2, m3)));
    const auto all = hn::Max(hn::BitCast(di, hn::InterleaveLower(pairs, m01, m23)), hn::BitCast(di, hn::InterleaveUpper(pairs, m01, m23)));
    hn::StoreU(over_blocks(all), hn::Full128<std::int32_t>(), maxima + b);
  }
#endif
  for (; b < blocks; ++b) maxima[b] = hn::GetLane(hn::MaxOfLanes(di, lane_maxima<kBlock>(x + b * kBlock)));
}

template <class Scaling, class Bytes, int kBlock>
HWY_INLINE void encode_codes(const ElementEncoding& e, const float* HWY_RESTRICT x, std::int64_t blocks, const float* HWY_RESTRICT scales, std::uint8_t* HWY_RESTRICT codes) {
  const EncodeFloats df;
  constexpr auto step = static_cast<std::int64_t>(hn::MaxLanes(df));
  const std::int64_t n = blocks * kBlock;
  std::int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const Bytes bytes(e);
  const auto scaled = [&](std::int64_t at) HWY_ATTR { return Scaling()(hn::LoadU(df, x + at), hn::Set(df, scales[at / kBlock])); };
  for (; i + 4 * step <= n; i += 4 * step) {
    for (std::int64_t line = 0; line < 4 * step; line += 16) hwy::Prefetch(x + n + i + line);  // the next call's blocks: memory would rest meanwhile
    const auto a = scaled(i), b = scaled(i + step), c = scaled(i + 2 * step), d = scaled(i + 3 * step);
    if (Scaling::bounded) hn::StoreU(bytes(a, b, c, d), EncodeBytes(), codes + i);
    else hn::StoreU(bytes(bytes.clip(a), bytes.clip(b), bytes.clip(c), bytes.clip(d)), EncodeBytes(), codes + i);
  }
#endif
  for (; i < n; i += step) encode_vector<Scaling>(e, x + i, hn::Set(df, scales[i / kBlock]), codes + i);
}

template <class Scaling, int kBlock>
HWY_INLINE void encode_scaled(const ElementEncoding& e, const float* x, std::int64_t blocks, const float* scales, std::uint8_t* codes) {
#if HWY_TARGET == HWY_SCALAR
  encode_codes<Scaling, void, kBlock>(e, x, blocks, scales, codes);
#else
  if (e.integer) return encode_codes<Scaling, IntegerBytes, kBlock>(e, x, blocks, scales, codes);
  encode_codes<Scaling, MinifloatBytes, kBlock>(e, x, blocks, scales, codes);
#endif
}

/// E8M0 codes of the maxima and what the blocks are multiplied by; false when a block is not for vectors. Like the next function it
/// takes whole vectors of maxima, zeros behind the last block.
bool form_power_scales(const PowerScales& s, const std::int32_t* HWY_RESTRICT maxima, std::int64_t blocks, std::uint8_t* HWY_RESTRICT scales, float* HWY_RESTRICT factors) {
  const EncodeInts di;
  const hn::Rebind<std::uint8_t, EncodeInts> db;
  HWY_ALIGN std::uint8_t codes[BlockEncoder::most_blocks];
  const auto step = static_cast<std::int64_t>(hn::Lanes(di));
  const auto lowest = hn::Set(di, s.fraction_bits), highest = hn::Set(di, std::min(253 + s.fraction_bits, 254)), subnormal = hn::Set(di, smallest_normal_bits - 1);
  auto odd = hn::Zero(di);
  for (std::int64_t b = 0; b < blocks; b += step) {
    const auto bits = hn::Load(di, maxima + b);
    const auto zero = hn::Eq(bits, hn::Zero(di));
    const auto code = hn::Sub(hn::ShiftRight<23>(hn::Add(bits, hn::Set(di, s.bias))), hn::Set(di, s.exponent));
    const auto normal = hn::And(hn::Gt(bits, subnormal), hn::Lt(bits, hn::Set(di, infinity_bits)));
    const auto fits = hn::AndNot(hn::Or(hn::Lt(code, lowest), hn::Gt(code, highest)), normal);
    odd = hn::Or(odd, hn::VecFromMask(di, hn::Not(hn::Or(zero, fits))));
    hn::Store(hn::DemoteTo(db, hn::IfThenZeroElse(zero, code)), db, codes + b);
    const auto factor = hn::ShiftLeft<23>(hn::Sub(hn::Set(di, 254 + s.fraction_bits), code));
    hn::Store(hn::IfThenElse(hn::RebindMask(EncodeFloats(), zero), hn::Set(EncodeFloats(), 1.0F), hn::BitCast(EncodeFloats(), factor)), EncodeFloats(), factors + b);  // zeros keep their signs
  }
  std::copy(codes, codes + blocks, scales);
  return hn::AllTrue(di, hn::Eq(odd, hn::Zero(di)));
}

/// Minifloat codes of the maxima and what the blocks are divided by; false when one is not finite.
bool form_minifloat_scales(const MinifloatScales& s, const std::int32_t* HWY_RESTRICT maxima, std::int64_t blocks, std::uint16_t* HWY_RESTRICT scales, float* HWY_RESTRICT divisors) {
  const EncodeFloats df;
  const EncodeInts di;
  HWY_ALIGN std::int32_t codes[BlockEncoder::most_blocks];
  const auto step = static_cast<std::int64_t>(hn::Lanes(df));
  auto largest = hn::Zero(di);
  for (std::int64_t b = 0; b < blocks; b += step) {
    const auto bits = hn::Load(di, maxima + b);
    largest = hn::Max(largest, bits);
    const auto code = minifloat_codes(s.format, hn::Div(hn::BitCast(df, bits), hn::Set(df, s.largest)));
    hn::Store(hn::Max(code, hn::Set(di, 1)), di, codes + b);
  }
  for (std::int64_t b = 0; b < blocks; ++b) {
    scales[b] = static_cast<std::uint16_t>(codes[b]);
    divisors[b] = s.divisor[static_cast<std::size_t>(codes[b])];
  }
  return hn::GetLane(hn::MaxOfLanes(di, largest)) < infinity_bits;
}

/// By a power of two that leaves magnitudes below twice the largest code's.
struct Shift : Multiply {
  static constexpr bool bounded = true;
};
/// By a scale that may have saturated.
struct Quotient : Divide {
  static constexpr bool bounded = false;
};

template <int kBlock>
bool power_blocks(const ElementEncoding& e, const PowerScales& s, const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint8_t* scales) {
  HWY_ALIGN std::int32_t maxima[BlockEncoder::most_blocks] = {};
  HWY_ALIGN float factors[BlockEncoder::most_blocks];
  block_maxima<kBlock>(x, blocks, maxima);
  if (!form_power_scales(s, maxima, blocks, scales, factors)) return false;
  encode_scaled<Shift, kBlock>(e, x, blocks, factors, codes);
  return true;
}

template <int kBlock>
bool minifloat_blocks(const ElementEncoding& e, const MinifloatScales& s, const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint16_t* scales) {
  HWY_ALIGN std::int32_t maxima[BlockEncoder::most_blocks] = {};
  HWY_ALIGN float divisors[BlockEncoder::most_blocks];
  block_maxima<kBlock>(x, blocks, maxima);
  if (!form_minifloat_scales(s, maxima, blocks, scales, divisors)) return false;
  encode_scaled<Quotient, kBlock>(e, x, blocks, divisors, codes);
  return true;
}

bool power16(const ElementEncoding& e, const PowerScales& s, const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint8_t* scales) {
  return power_blocks<16>(e, s, x, blocks, codes, scales);
}
bool power32(const ElementEncoding& e, const PowerScales& s, const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint8_t* scales) {
  return power_blocks<32>(e, s, x, blocks, codes, scales);
}
bool minifloat16(const ElementEncoding& e, const MinifloatScales& s, const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint16_t* scales) {
  return minifloat_blocks<16>(e, s, x, blocks, codes, scales);
}
bool minifloat32(const ElementEncoding& e, const MinifloatScales& s, const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint16_t* scales) {
  return minifloat_blocks<32>(e, s, x, blocks, codes, scales);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {
namespace {

HWY_EXPORT(power16);
HWY_EXPORT(power32);
HWY_EXPORT(minifloat16);
HWY_EXPORT(minifloat32);

/// 23 bits of an FP32 number in [1, 2).
int fraction_of(double significand) { return static_cast<int>((significand - 1) * 0x1p23); }

/// With the largest number under a scale f * 2^E, 1 <= f < 2, and a block's maximum g * 2^a, the exponent is a - E, and
///   ceil:     one more where g > f
///   nearest:  one more where g >= 1.5 f, one less where g < 0.75 f (scale.hpp: half the covering power below 3/4 of it)
/// A bias on the FP32 bits carries out of, or borrows from, the fraction exactly there.
std::optional<PowerScales> power_scales(const formats::Element& element, formats::ScaleRule rule) {
  const int fraction_bits = element.block_fraction_bits();
  const double largest = std::ldexp(element.max_finite(), -fraction_bits);
  const int exponent = std::ilogb(largest);
  const double f = std::ldexp(largest, -exponent);
  if (exponent < 0) return std::nullopt;  // subnormal maxima would leave code 0
  switch (rule) {
    case formats::ScaleRule::floor: return PowerScales{0, element.block_max_exponent(), fraction_bits};
    case formats::ScaleRule::ceil: return PowerScales{0x7fffff - fraction_of(f), exponent, fraction_bits};
    case formats::ScaleRule::nearest: return PowerScales{1.5 * f < 2 ? 0x800000 - fraction_of(1.5 * f) : -fraction_of(0.75 * f), exponent, fraction_bits};
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<BlockEncoder> BlockEncoder::of(const OperandSpec& operand, float tensor_scale) {
  const auto element = vector_encoding(operand);
  if (!element || !element->in_bytes || !operand.has_unit_scale() || (operand.scale->block != 16 && operand.scale->block != 32)) return std::nullopt;
  BlockEncoder encoder;
  encoder.element_ = *element;
  encoder.block_ = operand.scale->block;
  if (!operand.scale->format) {
    const auto power = power_scales(operand.element, operand.scale->rule);
    if (!power) return std::nullopt;
    encoder.power_ = *power;
    return encoder;
  }
  const formats::Minifloat& format = *operand.scale->format;
  const auto scale = vector_encoding(format);
  if (operand.scale->rule != formats::ScaleRule::absmax || !scale || format.bits() > 8 || !std::isfinite(tensor_scale)) return std::nullopt;
  MinifloatScales& s = encoder.minifloat_;
  s.format = *scale;
  s.largest = static_cast<float>(operand.element.max_finite() * static_cast<double>(tensor_scale));
  if (s.largest == 0) s.largest = 1;
  for (formats::Code code = 0; code < (1U << format.bits()); ++code) s.divisor.push_back(formats::block_scale(format, code, tensor_scale));
  return encoder;
}

bool BlockEncoder::encode(const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint8_t* scales) const {
  if (block_ == 16) return HWY_DYNAMIC_DISPATCH(power16)(element_, power_, x, blocks, codes, scales);
  return HWY_DYNAMIC_DISPATCH(power32)(element_, power_, x, blocks, codes, scales);
}

bool BlockEncoder::encode(const float* x, std::int64_t blocks, std::uint8_t* codes, std::uint16_t* scales) const {
  if (block_ == 16) return HWY_DYNAMIC_DISPATCH(minifloat16)(element_, minifloat_, x, blocks, codes, scales);
  return HWY_DYNAMIC_DISPATCH(minifloat32)(element_, minifloat_, x, blocks, codes, scales);
}

}  // namespace macroscope::datapath::kernels
#endif
