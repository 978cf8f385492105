// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/random_vectors.hpp"

#include <algorithm>
#include <array>

#include "rtl/cosim/operand_pairs.hpp"

namespace macroscope::rtl {
namespace {

using datapath::PsumBits;
using formats::Element;
using Codes = std::vector<formats::Code>;

constexpr std::uint32_t fp32_sign = 0x80000000U;
constexpr std::uint32_t fp32_infinity = 0x7f800000U;

/// Draws codes of one element.
class CodeSource {
 public:
  explicit CodeSource(const Element& element) : element_(element), corners_(corner_codes(element)), sign_(1U << (element.bits() - 1)) {
    for (unsigned code = 0; code < 2 * sign_; ++code) {
      if (is_finite(code)) finite_.push_back(static_cast<formats::Code>(code));
      else special_.push_back(static_cast<formats::Code>(code));
    }
    // Magnitude order is code order in a minifloat, so a band of codes is a band of exponents.
    bands_ = static_cast<unsigned>(sign_);
  }

  formats::Code uniform(RandomBits& random) const { return pick(finite_, random); }
  formats::Code corner(RandomBits& random) const {
    const formats::Code code = pick(corners_, random);
    return is_finite(code) ? code : formats::Code{0};
  }
  /// A code of random sign within `width` of magnitude code `base`.
  formats::Code near(unsigned base, unsigned width, RandomBits& random) const {
    unsigned code = std::min(base + random.below(width), bands_ - 1);
    if (element_.is_integer() && random.once_in(2)) return static_cast<formats::Code>((2 * sign_ - code) % (2 * sign_));
    if (!element_.is_integer() && random.once_in(2)) code |= sign_;
    return is_finite(code) ? static_cast<formats::Code>(code) : formats::Code{0};
  }
  unsigned random_base(RandomBits& random) const { return random.below(bands_); }
  [[nodiscard]] unsigned subnormals() const { return element_.is_integer() ? 4U : 1U << element_.minifloat().mantissa_bits; }
  [[nodiscard]] bool has_special() const { return !special_.empty(); }
  formats::Code special(RandomBits& random) const { return pick(special_, random); }
  /// The code of the negated number, where there is one.
  [[nodiscard]] formats::Code negative(formats::Code code) const {
    const unsigned flipped = element_.is_integer() ? (2 * sign_ - code) % (2 * sign_) : code ^ sign_;
    return is_finite(flipped) ? static_cast<formats::Code>(flipped) : code;
  }

 private:
  [[nodiscard]] bool is_finite(unsigned code) const {
    return element_.is_integer() ||
           formats::unpack(element_.minifloat(), static_cast<formats::Code>(code)).kind == formats::Unpacked::Kind::finite;
  }
  static formats::Code pick(const Codes& codes, RandomBits& random) { return codes[random.below(static_cast<std::uint32_t>(codes.size()))]; }

  Element element_;
  Codes corners_, finite_, special_;
  unsigned sign_;
  unsigned bands_;
};

/// One operation's operands in one of the styles.
class OperandStyles {
 public:
  explicit OperandStyles(const datapath::MacSpec& spec) : activation_(spec.activation.element), weight_(spec.weight.element), lanes_(spec.dot.lanes) {}

  void draw(Codes& a, Codes& w, RandomBits& random) const {
    const unsigned a_base = activation_.random_base(random), w_base = weight_.random_base(random);
    const unsigned style = random.below(8);
    const unsigned width = style == 1 ? 1 + random.below(64) : activation_.subnormals();
    const std::uint32_t sparsity = 1 + random.below(8);
    for (std::size_t i = 0; i < a.size(); ++i) {
      switch (style) {
        case 0: a[i] = activation_.uniform(random); w[i] = weight_.uniform(random); break;
        case 1: a[i] = activation_.near(a_base, width, random); w[i] = weight_.near(w_base, width, random); break;
        case 2:
          a[i] = random.once_in(4 * sparsity) ? activation_.uniform(random) : formats::Code{0};
          w[i] = weight_.uniform(random);
          break;
        case 3: a[i] = activation_.corner(random); w[i] = weight_.corner(random); break;
        case 4: a[i] = activation_.near(0, width, random); w[i] = weight_.near(0, weight_.subnormals(), random); break;
        case 5: a[i] = i ? a[0] : activation_.near(a_base, 1, random); w[i] = i ? w[0] : weight_.near(w_base, 1, random); break;
        case 6: a[i] = random.once_in(2) ? activation_.uniform(random) : activation_.corner(random); w[i] = weight_.near(w_base, 24, random); break;
        default: a[i] = activation_.near(a_base, 24, random); w[i] = weight_.uniform(random); break;
      }
    }
    if (random.once_in(4)) cancel_pairs(a, w, random);
    if (random.once_in(16)) put_special(a, w, random);
  }

 private:
  /// Lane 2i + 1 takes the negated product of lane 2i, but for a few lanes.
  void cancel_pairs(Codes& a, Codes& w, RandomBits& random) const {
    const std::uint32_t exceptions = 1 + random.below(32);
    for (std::size_t i = 0; i + 1 < a.size(); i += 2) {
      if (random.once_in(exceptions)) continue;
      a[i + 1] = a[i];
      w[i + 1] = weight_.negative(w[i]);
    }
  }
  void put_special(Codes& a, Codes& w, RandomBits& random) const {
    for (std::uint32_t times = 1 + random.below(2); times > 0; --times) {
      const std::size_t lane = random.below(static_cast<std::uint32_t>(lanes_));
      if (random.once_in(2) && activation_.has_special()) a[lane] = activation_.special(random);
      else if (weight_.has_special()) w[lane] = weight_.special(random);
    }
  }

  CodeSource activation_, weight_;
  int lanes_;
};

struct Scales {
  std::uint8_t activation = 127, weight = 127;
};

Scales random_scales(const datapath::MacSpec& spec, RandomBits& random) {
  Scales scales;
  if (!spec.has_block_scales()) return scales;
  constexpr std::array<std::uint8_t, 7> extremes = {0, 1, 2, 127, 253, 254, 255};
  switch (random.below(5)) {
    case 0: break;
    case 1: scales = {static_cast<std::uint8_t>(random.below(256)), static_cast<std::uint8_t>(random.below(256))}; break;
    case 2: scales = {extremes[random.below(7)], extremes[random.below(7)]}; break;
    case 3: scales = {static_cast<std::uint8_t>(64 + random.below(40)), static_cast<std::uint8_t>(20 + random.below(50))}; break;  // sum near 2^-126
    default: scales = {static_cast<std::uint8_t>(170 + random.below(40)), static_cast<std::uint8_t>(170 + random.below(40))}; break;  // near 2^127
  }
  return scales;
}

std::uint32_t random_fp32(RandomBits& random) {
  const auto bits = static_cast<std::uint32_t>(random.word());
  switch (random.below(10)) {
    case 0: return bits & fp32_sign;                                    // zeros
    case 1: return bits & (fp32_sign | 0x007fffffU);                    // subnormals
    case 2: return (bits & fp32_sign) | fp32_infinity;
    case 3: return random.once_in(4) ? bits | fp32_infinity : (bits & 0x80ffffffU) | 0x7e800000U;  // NaNs; the largest numbers
    case 4: return (bits & fp32_sign) | 0x007ffff0U | (bits & 0x01U) | ((bits & 0x1f00U) << 12);  // around the smallest normal
    case 5: return (bits & 0x87ffffffU) + 0x3c000000U;                  // near 1
    default: return bits;
  }
}

/// psum_i close to minus what the operation adds, or a chosen number of binary places away from it.
std::uint32_t matched_fp32(std::uint32_t added, RandomBits& random) {
  switch (random.below(4)) {
    case 0: return added ^ fp32_sign;
    case 1: return (added ^ fp32_sign) + random.below(33) - 16;
    case 2: return (added ^ fp32_sign ^ static_cast<std::uint32_t>(random.word() & 0x00ffffffU));
    default: {
      const std::uint32_t field = ((added >> 23) & 255U) + random.below(56) - 28;
      const std::uint32_t fraction = random.once_in(2) ? static_cast<std::uint32_t>(random.word()) & 0x007fffffU : (random.once_in(2) ? 0U : 0x007fffffU);
      return (static_cast<std::uint32_t>(random.word()) & fp32_sign) | ((field & 255U) << 23) | fraction;
    }
  }
}

}  // namespace

PsumBits random_psum(const datapath::MacSpec& spec, RandomBits& random) {
  if (spec.accumulate.format.is_fp32()) return random_fp32(random);
  const int width = datapath::psum_bits(spec);
  const int number_bits = spec.accumulate.bits;
  const PsumBits mask = (static_cast<PsumBits>(1) << number_bits) - 1;
  const PsumBits bits = ((static_cast<PsumBits>(random.word()) << 64) | random.word()) & mask;
  const PsumBits smallest = static_cast<PsumBits>(1) << (number_bits - 1);
  PsumBits value = bits;
  switch (random.below(6)) {
    case 0: value = 0; break;
    case 1: value = smallest + (bits >> (number_bits - 20)); break;      // just above the most negative
    case 2: value = smallest - 1 - (bits >> (number_bits - 20)); break;  // just below the largest
    case 3: value = mask - (bits >> (number_bits - 8)); break;           // small negative
    default: break;
  }
  if (width > number_bits && random.once_in(16)) value |= static_cast<PsumBits>(1) << number_bits;
  return value;
}

UnitVectors random_vectors(const datapath::MacSpec& spec, std::size_t count, RandomBits& random) {
  const OperandStyles styles(spec);
  const auto lanes = static_cast<std::size_t>(spec.dot.lanes);
  Codes a(lanes), w(lanes);
  UnitVectors vectors(spec);
  const bool fp32 = spec.accumulate.format.is_fp32();
  for (std::size_t i = 0; i < count; ++i) {
    styles.draw(a, w, random);
    const Scales scales = random_scales(spec, random);
    PsumBits psum = 0;
    if (fp32 && random.once_in(2)) {
      const PsumBits added = datapath::unit_step(spec, a.data(), scales.activation, w.data(), scales.weight, 0);
      psum = matched_fp32(static_cast<std::uint32_t>(added), random);
    } else {
      psum = random_psum(spec, random);
    }
    vectors.add(a.data(), w.data(), scales.activation, scales.weight, psum);
  }
  return vectors;
}

}  // namespace macroscope::rtl
