// SPDX-License-Identifier: Apache-2.0
// Codes of vectors of FP32 numbers, for the encoders of rows and of blocks: included once per instruction set.
#if defined(MACROSCOPE_KERNELS_ENCODE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef MACROSCOPE_KERNELS_ENCODE_INL
#undef MACROSCOPE_KERNELS_ENCODE_INL
#else
#define MACROSCOPE_KERNELS_ENCODE_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "sim/datapath/kernels/encode.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using EncodeFloats = hn::CappedTag<float, 16>;
using EncodeInts = hn::RebindToSigned<EncodeFloats>;
using EncodeBytes = hn::Repartition<std::uint8_t, EncodeFloats>;
using FloatVector = hn::Vec<EncodeFloats>;
using IntVector = hn::Vec<EncodeInts>;

struct Divide {
  template <class V>
  HWY_INLINE V operator()(V x, V s) const { return hn::Div(x, s); }
};
struct Multiply {
  template <class V>
  HWY_INLINE V operator()(V x, V s) const { return hn::Mul(x, s); }
};

HWY_INLINE IntVector integer_codes(const ElementEncoding& e, FloatVector y) {
  const EncodeFloats df;
  const EncodeInts di;
  const auto clipped = hn::Min(hn::Max(y, hn::Set(df, -e.limit)), hn::Set(df, e.limit));
  const auto number = hn::IfThenElseZero(hn::RebindMask(di, hn::Eq(y, y)), hn::NearestInt(clipped));
  return hn::And(number, hn::Set(di, static_cast<std::int32_t>(e.code_mask)));
}

/// Codes of one sign are ordered as their values are. Normal numbers: the FP32 bits rounded to fewer places, re-biased.
/// Subnormal ones: adding 2^23 last places rounds to them.
HWY_INLINE IntVector minifloat_codes(const ElementEncoding& e, FloatVector y) {
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

/// One vector, any numbers, any element.
template <class Scaling, class Code>
HWY_INLINE void encode_vector(const ElementEncoding& e, const float* HWY_RESTRICT x, FloatVector scale, Code* HWY_RESTRICT codes) {
  const EncodeFloats df;
  const hn::Rebind<Code, EncodeFloats> dc;
  const auto y = Scaling()(hn::LoadU(df, x), scale);
  hn::StoreU(hn::DemoteTo(dc, e.integer ? integer_codes(e, y) : minifloat_codes(e, y)), dc, codes);
}

/// At most a vector's numbers.
template <class Scaling, class Code>
HWY_INLINE void encode_rest(const ElementEncoding& e, const float* HWY_RESTRICT x, std::int64_t n, FloatVector scale, Code* HWY_RESTRICT codes) {
  HWY_ALIGN float rest[16] = {};
  HWY_ALIGN Code rest_codes[16] = {};
  std::copy(x, x + n, rest);
  encode_vector<Scaling>(e, rest, scale, rest_codes);
  std::copy(rest_codes, rest_codes + n, codes);
}

#if HWY_TARGET != HWY_SCALAR

/// The low halves of a's and b's lanes, a's below b's; the low bytes of the halves of ab and cd likewise.
HWY_INLINE IntVector low_halves(IntVector a, IntVector b) { return hn::OrAnd(hn::ShiftLeft<16>(b), a, hn::Set(EncodeInts(), 0xffff)); }
HWY_INLINE IntVector low_bytes(IntVector ab, IntVector cd) {
  const hn::Repartition<std::int16_t, EncodeInts> d16;
  return hn::OrAnd(hn::BitCast(EncodeInts(), hn::ShiftLeft<8>(hn::BitCast(d16, cd))), ab, hn::Set(EncodeInts(), 0x00ff00ff));
}

/// Puts the bytes of low_bytes(low_halves(a, b), low_halves(c, d)) into the order a, b, c, d.
class ByteOrder {
 public:
  ByteOrder() : lanes_(hn::SetTableIndices(EncodeInts(), indices().of)) {
    alignas(16) static constexpr std::uint8_t of_block[16] = {0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15};
    bytes_ = hn::LoadDup128(EncodeBytes(), of_block);
  }
  HWY_INLINE hn::Vec<EncodeBytes> operator()(hn::Vec<EncodeBytes> v) const {
    const auto by_vector = hn::BitCast(EncodeInts(), hn::TableLookupBytes(v, bytes_));
    return hn::BitCast(EncodeBytes(), hn::TableLookupLanes(by_vector, lanes_));
  }

 private:
  /// 128-bit block b holds four bytes of each vector: lane v of block b goes to lane b of the v-th quarter.
  struct Indices {
    HWY_ALIGN std::int32_t of[16];
  };
  static Indices indices() {
    Indices all{};
    const auto blocks = static_cast<std::int32_t>(hn::Lanes(EncodeInts()) / 4);
    for (std::int32_t v = 0; v < 4; ++v)
      for (std::int32_t b = 0; b < blocks; ++b) all.of[v * blocks + b] = b * 4 + v;
    return all;
  }

  hn::Vec<EncodeBytes> bytes_;
  decltype(hn::SetTableIndices(EncodeInts(), static_cast<const std::int32_t*>(nullptr))) lanes_;
};

/// Four vectors of numbers to bytes of codes, for ElementEncoding::in_bytes and numbers that are no NaN.
class IntegerBytes {
 public:
  explicit IntegerBytes(const ElementEncoding& e)
      : limit_(hn::Set(EncodeFloats(), e.limit)), places_(hn::Set(EncodeFloats(), 0x1.8p23F)),
        code_limit_(hn::Set(Halves(), static_cast<std::int16_t>(e.limit))), mask_(hn::Set(EncodeBytes(), static_cast<std::uint8_t>(e.code_mask))) {}

  HWY_INLINE FloatVector clip(FloatVector y) const { return hn::Min(hn::Max(y, hn::Neg(limit_)), limit_); }

  /// Of |y| < 2^15. Adding 1.5 * 2^23 leaves the rounded integer, in two's complement, in the low bits.
  HWY_INLINE hn::Vec<EncodeBytes> operator()(FloatVector a, FloatVector b, FloatVector c, FloatVector d) const {
    return hn::And(order_(hn::BitCast(EncodeBytes(), low_bytes(halves(a, b), halves(c, d)))), mask_);
  }

 private:
  using Halves = hn::Repartition<std::int16_t, EncodeFloats>;
  HWY_INLINE IntVector rounded(FloatVector y) const { return hn::BitCast(EncodeInts(), hn::Add(y, places_)); }
  HWY_INLINE IntVector halves(FloatVector a, FloatVector b) const {
    const auto both = hn::BitCast(Halves(), low_halves(rounded(a), rounded(b)));
    return hn::BitCast(EncodeInts(), hn::Min(hn::Max(both, hn::Neg(code_limit_)), code_limit_));
  }

  ByteOrder order_;
  FloatVector limit_, places_;
  hn::Vec<Halves> code_limit_;
  hn::Vec<EncodeBytes> mask_;
};

/// With e the exponent of a number, at least that of the smallest normal one, and m fraction bits: adding 2^(e + 23 - m) to a magnitude
/// rounds it to a multiple of 2^(e - m), which it leaves in the low bits of the sum; and the code is that multiple plus
/// 2^m * (e - min_exponent), which the low bits of the addend bring along. Subnormal numbers are no special case.
class MinifloatBytes {
 public:
  explicit MinifloatBytes(const ElementEncoding& e)
      : shift_(23 - e.mantissa_bits), sign_move_(7 - e.sign_shift), limit_(hn::Set(EncodeFloats(), e.limit)),
        smallest_(hn::Set(EncodeInts(), (e.min_exponent + 127) << 23)),
        addend_(hn::Set(EncodeInts(), (shift_ << 23) - (((e.min_exponent + 127) << 23) >> shift_))),
        most_(hn::Set(EncodeBytes(), static_cast<std::uint8_t>(e.max_code))) {}

  HWY_INLINE FloatVector clip(FloatVector y) const { return hn::Or(hn::Min(hn::Abs(y), limit_), hn::And(y, hn::SignBit(EncodeFloats()))); }

  /// Of magnitudes below twice the largest code's; those beyond it saturate.
  HWY_INLINE hn::Vec<EncodeBytes> operator()(FloatVector a, FloatVector b, FloatVector c, FloatVector d) const {
    const EncodeInts di;
    const EncodeBytes db;
    const auto magnitudes = hn::BitCast(db, low_bytes(low_halves(rounded(a), rounded(b)), low_halves(rounded(c), rounded(d))));
    const auto tops = hn::BitCast(db, high_bytes(high_halves(hn::BitCast(di, a), hn::BitCast(di, b)), high_halves(hn::BitCast(di, c), hn::BitCast(di, d))));
    const hn::Repartition<std::uint16_t, EncodeInts> d16;
    const auto signs = hn::ShiftRightSame(hn::BitCast(d16, hn::And(tops, hn::Set(db, 0x80))), sign_move_);
    return order_(hn::Or(hn::Min(magnitudes, most_), hn::BitCast(db, signs)));
  }

 private:
  HWY_INLINE IntVector rounded(FloatVector y) const {
    const EncodeInts di;
    const auto magnitude = hn::Abs(y);
    const auto binade = hn::And(hn::Max(hn::BitCast(di, magnitude), smallest_), hn::Set(di, 0x7f800000));
    const auto addend = hn::Add(hn::Add(binade, hn::ShiftRightSame(binade, shift_)), addend_);
    return hn::BitCast(di, hn::Add(magnitude, hn::BitCast(EncodeFloats(), addend)));
  }
  /// As low_halves and low_bytes, of the upper ones.
  static HWY_INLINE IntVector high_halves(IntVector a, IntVector b) {
    const hn::RebindToUnsigned<EncodeInts> du;
    return hn::OrAnd(hn::BitCast(EncodeInts(), hn::ShiftRight<16>(hn::BitCast(du, a))), b, hn::Set(EncodeInts(), static_cast<std::int32_t>(0xffff0000U)));
  }
  static HWY_INLINE IntVector high_bytes(IntVector ab, IntVector cd) {
    const hn::Repartition<std::uint16_t, EncodeInts> d16;
    return hn::OrAnd(hn::BitCast(EncodeInts(), hn::ShiftRight<8>(hn::BitCast(d16, ab))), cd, hn::Set(EncodeInts(), static_cast<std::int32_t>(0xff00ff00U)));
  }

  ByteOrder order_;
  int shift_, sign_move_;
  FloatVector limit_;
  IntVector smallest_, addend_;
  hn::Vec<EncodeBytes> most_;
};

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#endif
