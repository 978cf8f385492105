// SPDX-License-Identifier: Apache-2.0
#include "formats/block_format.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "formats/binary_coding.hpp"
#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"

namespace macroscope::formats {
namespace {

Element known(const char* name) { return Element::parse(name, "block format"); }

ScaleFormat scale_in(const char* minifloat) { return {ScaleFormat::Kind::minifloat, *parse_minifloat(minifloat)}; }

BlockFormat shared_exponent(const char* name, const char* source, const char* element, int block, int sub_block = 0) {
  BlockFormat f{name, source, known(element), block, {}, ScaleRule::floor};
  f.sub_block = sub_block;
  return f;
}

BlockFormat under_tensor_scale(const char* name, const char* source, const char* element) {
  BlockFormat f{name, source, known(element), 16, scale_in("e4m3"), ScaleRule::absmax};
  f.has_tensor_scale = true;
  return f;
}

BlockFormat scaled_by_fp32(const std::string& name, const char* source, const Element& element, int block) {
  return {name, source, element, block, {ScaleFormat::Kind::fp32, {}}, ScaleRule::absmax};
}

BlockFormat binary_coded(const char* name, int planes) {
  BlockFormat f{name, "arXiv 2206.09557 (LUT-GEMM)", known("binary"), 128, scale_in("fp16"), ScaleRule::mse};
  f.planes = planes;
  f.has_offset = true;
  return f;
}

std::vector<BlockFormat> all_formats() {
  const char* ocp = "OCP MX v1.0";
  const char* integers = "arXiv 2510.25602";
  const char* smx = "arXiv 2302.08007";
  const char* msfp = "Darvish Rouhani et al., NeurIPS 2020";
  return {shared_exponent("mxfp8_e4m3", ocp, "e4m3", 32), shared_exponent("mxfp8_e5m2", ocp, "e5m2", 32),
          shared_exponent("mxfp6_e2m3", ocp, "e2m3", 32), shared_exponent("mxfp6_e3m2", ocp, "e3m2", 32),
          shared_exponent("mxfp4_e2m1", ocp, "e2m1", 32), shared_exponent("mxint8", ocp, "int8", 32),
          shared_exponent("mxint6", integers, "int6", 32), shared_exponent("mxint4", integers, "int4", 32),
          under_tensor_scale("nvfp4", "arXiv 2509.25149", "e2m1"), under_tensor_scale("nvint4", integers, "int4"),
          shared_exponent("mx9", smx, "int8", 16, 2), shared_exponent("mx6", smx, "int5", 16, 2), shared_exponent("mx4", smx, "int3", 16, 2),
          shared_exponent("msfp16", msfp, "int8", 16), shared_exponent("msfp12", msfp, "int4", 16),
          shared_exponent("dfp16", "arXiv 1802.00930", "int16", 0), scaled_by_fp32("nf4_b64", "arXiv 2305.14314", known("nf4"), 64),
          binary_coded("bcq1", 1), binary_coded("bcq2", 2), binary_coded("bcq3", 3), binary_coded("bcq4", 4)};
}

std::int64_t units(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

float largest_magnitude(const float* x, std::int64_t n) {
  float largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i])) return std::numeric_limits<float>::quiet_NaN();
    largest = std::max(largest, std::fabs(x[i]));
  }
  return largest;
}

Code bits_of(float value) {
  Code bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float float_of(Code bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

Code encode_scale(const ScaleFormat& format, double value) {
  switch (format.kind) {
    case ScaleFormat::Kind::e8m0: return encode_e8m0(value);
    case ScaleFormat::Kind::fp32: return bits_of(static_cast<float>(value));
    case ScaleFormat::Kind::minifloat: break;
  }
  return encode(*format.minifloat, value, Rounding::rne, Overflow::saturate);
}

double decode_scale(const ScaleFormat& format, Code code) {
  switch (format.kind) {
    case ScaleFormat::Kind::e8m0: return decode_e8m0(static_cast<std::uint8_t>(code));
    case ScaleFormat::Kind::fp32: return static_cast<double>(float_of(code));
    case ScaleFormat::Kind::minifloat: break;
  }
  return decode(*format.minifloat, code);
}

/// Encodes one span block by block into `out`.
class Encoder {
 public:
  Encoder(const BlockFormat& format, const float* x, std::int64_t n, const BlockEncoding& how) : f_(format), x_(x), how_(how) {
    out_.count = n;
    out_.codes.assign(static_cast<std::size_t>(n), 0);
    if (f_.has_tensor_scale) out_.tensor_scale = formats::tensor_scale(largest_magnitude(x, n), f_.element, *f_.scale.minifloat);
  }

  EncodedSpan run() && {
    const std::int64_t size = f_.block ? f_.block : std::max<std::int64_t>(out_.count, 1);
    for (std::int64_t first = 0; first < out_.count; first += size) encode_block(first, std::min(size, out_.count - first));
    return std::move(out_);
  }

 private:
  void encode_block(std::int64_t first, std::int64_t n) {
    if (f_.planes) return encode_planes(first, n);
    const float largest = largest_magnitude(x_ + first, n);
    if (f_.sub_block) return encode_pairs(first, n, largest);
    switch (f_.scale.kind) {
      case ScaleFormat::Kind::e8m0: return encode_shifted(first, n, largest);
      case ScaleFormat::Kind::fp32: {
        const float scale = f_.rule == ScaleRule::mse ? fp32_mse_scale(x_ + first, n, f_.element, how_.rounding) : fp32_scale(largest, f_.element);
        out_.scales.push_back(bits_of(scale));
        return encode_divided(first, n, scale);
      }
      case ScaleFormat::Kind::minifloat: break;
    }
    const Minifloat& format = *f_.scale.minifloat;
    out_.scales.push_back(f_.rule == ScaleRule::mse && !std::isnan(out_.tensor_scale)
                              ? minifloat_mse_scale(x_ + first, n, f_.element, format, out_.tensor_scale, how_.rounding)
                              : minifloat_scale(largest, f_.element, format, out_.tensor_scale));
    encode_divided(first, n, block_scale(format, out_.scales.back(), out_.tensor_scale));
  }

  void encode_shifted(std::int64_t first, std::int64_t n, float largest) {
    const std::uint8_t scale = f_.rule == ScaleRule::mse ? e8m0_mse_scale(x_ + first, n, f_.element, how_.rounding) : e8m0_scale(largest, f_.element, f_.rule);
    out_.scales.push_back(scale);
    if (scale == e8m0_nan) return;
    const int exponent = f_.element.block_fraction_bits() + e8m0_bias - scale;
    for (std::int64_t i = first; i < first + n; ++i) put(i, std::ldexp(static_cast<double>(x_[i]), exponent));
  }

  void encode_divided(std::int64_t first, std::int64_t n, float scale) {
    if (std::isnan(scale)) return;
    for (std::int64_t i = first; i < first + n; ++i) put(i, static_cast<double>(x_[i] / scale));
  }

  void encode_pairs(std::int64_t first, std::int64_t n, float largest) {
    const std::uint8_t scale = e8m0_scale(largest, f_.element, ScaleRule::floor);
    out_.scales.push_back(scale);
    for (std::int64_t pair = first; pair < first + n; pair += f_.sub_block) {
      const std::int64_t last = std::min(pair + f_.sub_block, first + n);
      const float of_pair = scale == e8m0_nan ? 0.0F : largest_magnitude(x_ + pair, last - pair);
      const int tau = of_pair == 0 || std::ilogb(of_pair) < static_cast<int>(scale) - e8m0_bias ? 1 : 0;
      out_.micro.push_back(static_cast<std::uint8_t>(tau));
      if (scale == e8m0_nan) continue;
      const int exponent = f_.element.block_fraction_bits() + e8m0_bias - scale + tau;
      for (std::int64_t i = pair; i < last; ++i) put(i, std::ldexp(static_cast<double>(x_[i]), exponent));
    }
  }

  void encode_planes(std::int64_t first, std::int64_t n) {
    const auto scales = static_cast<std::size_t>(f_.scales_a_block());
    if (std::isnan(largest_magnitude(x_ + first, n))) {
      out_.scales.insert(out_.scales.end(), scales, encode_scale(f_.scale, std::numeric_limits<double>::quiet_NaN()));
      return;
    }
    BinaryCoding coding = fit_binary_coding(x_ + first, n, f_.planes, f_.has_offset, how_.fit_rounds);
    for (double& alpha : coding.alpha) {
      out_.scales.push_back(encode_scale(f_.scale, alpha));
      alpha = decode_scale(f_.scale, out_.scales.back());
    }
    if (f_.has_offset) {
      out_.scales.push_back(encode_scale(f_.scale, coding.offset));
      coding.offset = decode_scale(f_.scale, out_.scales.back());
    }
    const std::vector<Code> codes = nearest_levels(coding, x_ + first, n);
    std::copy(codes.begin(), codes.end(), out_.codes.begin() + first);
  }

  void put(std::int64_t i, double value) {
    const std::uint32_t random = how_.rounding == Rounding::stochastic ? random_word(how_.seed, static_cast<std::uint64_t>(i)) : 0;
    out_.codes[static_cast<std::size_t>(i)] = f_.element.encode(value, how_.rounding, how_.overflow, how_.subnormals, random);
  }

  const BlockFormat& f_;
  const float* x_;
  const BlockEncoding& how_;
  EncodedSpan out_;
};

/// What of a span belongs to one block, in the order of storage: calls scale(index), micro(index) and code(index).
template <class Scale, class Micro, class Element>
void visit(const BlockFormat& f, std::int64_t count, const Scale& scale, const Micro& micro, const Element& code) {
  const std::int64_t size = f.block ? f.block : std::max<std::int64_t>(count, 1);
  std::size_t scales = 0, micros = 0;
  for (std::int64_t first = 0; first < count; first += size) {
    const std::int64_t n = std::min(size, count - first);
    for (int i = 0; i < f.scales_a_block(); ++i) scale(scales++);
    if (f.sub_block)
      for (std::int64_t i = 0; i < units(n, f.sub_block); ++i) micro(micros++);
    for (std::int64_t i = first; i < first + n; ++i) code(static_cast<std::size_t>(i));
  }
}

std::optional<int> block_suffix(std::string_view suffix) {
  if (suffix == "tensor") return 0;
  if (suffix.size() < 2 || suffix.size() > 6 || suffix[0] != 'g') return std::nullopt;
  int block = 0;
  for (const char digit : suffix.substr(1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    block = 10 * block + (digit - '0');
  }
  return block >= 1 && block <= 65536 ? std::optional<int>(block) : std::nullopt;
}

}  // namespace

int ScaleFormat::bits() const { return kind == Kind::e8m0 ? 8 : kind == Kind::fp32 ? 32 : minifloat->bits(); }

std::string ScaleFormat::name() const { return kind == Kind::e8m0 ? "e8m0" : kind == Kind::fp32 ? "fp32" : minifloat->name; }

std::int64_t BlockFormat::blocks(std::int64_t count) const { return block ? units(count, block) : (count > 0 ? 1 : 0); }

std::int64_t BlockFormat::storage_bits(std::int64_t count) const {
  std::int64_t bits = (has_tensor_scale ? 32 : 0) + count * code_bits() + blocks(count) * scales_a_block() * scale.bits();
  if (sub_block && block) bits += count / block * units(block, sub_block) + units(count % block, sub_block);
  return bits;
}

double BlockFormat::bits_per_element() const {
  double bits = code_bits();
  if (block) bits += static_cast<double>(scales_a_block() * scale.bits()) / block;
  if (sub_block) bits += 1.0 / sub_block;
  return bits;
}

const std::vector<BlockFormat>& block_formats() {
  static const std::vector<BlockFormat> formats = all_formats();
  return formats;
}

std::optional<BlockFormat> find_block_format(std::string_view name) {
  for (const BlockFormat& format : block_formats())
    if (format.name == name) return format;
  const std::size_t at = name.rfind('_');
  if (at == std::string_view::npos) return std::nullopt;
  const auto block = block_suffix(name.substr(at + 1));
  if (!block) return std::nullopt;
  try {
    const Element element = Element::parse(name.substr(0, at), "block format");
    if (element.is_fp32()) return std::nullopt;
    return scaled_by_fp32(std::string(name), "FP32 absmax scales", element, *block);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

BlockFormat parse_block_format(std::string_view name, std::string_view where) {
  if (auto format = find_block_format(name)) return *format;
  std::vector<std::string> names;
  for (const BlockFormat& format : block_formats()) names.push_back(format.name);
  names.insert(names.end(), {"ELEMENT_gN (N 1 to 65536)", "ELEMENT_tensor"});
  throw InputError(std::string(where) + ": unknown block format '" + std::string(name) + "'" + accepted_words(name, names));
}

bool operator==(const EncodedSpan& a, const EncodedSpan& b) {
  return a.count == b.count && bits_of(a.tensor_scale) == bits_of(b.tensor_scale) && a.scales == b.scales && a.micro == b.micro && a.codes == b.codes;
}

EncodedSpan encode(const BlockFormat& format, const float* x, std::int64_t n, const BlockEncoding& how) { return Encoder(format, x, n, how).run(); }

std::vector<double> decode(const BlockFormat& f, const EncodedSpan& span) {
  std::vector<double> values;
  values.reserve(span.codes.size());
  std::vector<double> scales;
  const int fraction = f.scale.kind == ScaleFormat::Kind::e8m0 ? f.element.block_fraction_bits() : 0;
  for (std::size_t i = 0; i < span.codes.size(); ++i) {
    const std::size_t block = f.block ? i / static_cast<std::size_t>(f.block) : 0;
    if (f.planes) {
      BinaryCoding coding;
      const auto first = span.scales.begin() + static_cast<std::ptrdiff_t>(block * static_cast<std::size_t>(f.scales_a_block()));
      for (int plane = 0; plane < f.planes; ++plane) coding.alpha.push_back(decode_scale(f.scale, first[plane]));
      if (f.has_offset) coding.offset = decode_scale(f.scale, first[f.planes]);
      values.push_back(coding.level(span.codes[i]));
      continue;
    }
    double value = std::ldexp(f.element.decode(span.codes[i]), -fraction);
    if (f.sub_block) {
      const std::size_t in_block = i % static_cast<std::size_t>(f.block);
      const auto pairs_a_block = static_cast<std::size_t>(units(f.block, f.sub_block));
      value = std::ldexp(value, -span.micro[block * pairs_a_block + in_block / static_cast<std::size_t>(f.sub_block)]);
    }
    value *= decode_scale(f.scale, span.scales[block]);
    values.push_back(f.has_tensor_scale ? value * static_cast<double>(span.tensor_scale) : value);
  }
  return values;
}

std::vector<std::uint8_t> pack(const BlockFormat& f, const EncodedSpan& span) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(units(f.storage_bits(span.count), 8)), 0);
  std::size_t at = 0;
  const auto write = [&](Code value, int bits) {
    for (int i = 0; i < bits; ++i, ++at) bytes[at / 8] = static_cast<std::uint8_t>(bytes[at / 8] | (value >> i & 1U) << (at % 8));
  };
  if (f.has_tensor_scale) write(bits_of(span.tensor_scale), 32);
  visit(f, span.count, [&](std::size_t i) { write(span.scales[i], f.scale.bits()); }, [&](std::size_t i) { write(span.micro[i], 1); },
        [&](std::size_t i) { write(span.codes[i], f.code_bits()); });
  return bytes;
}

EncodedSpan unpack(const BlockFormat& f, const std::vector<std::uint8_t>& bytes, std::int64_t count) {
  const std::int64_t expected = units(f.storage_bits(count), 8);
  if (static_cast<std::int64_t>(bytes.size()) != expected)
    throw InputError(f.name + ": found " + std::to_string(bytes.size()) + " bytes of packed storage for " + std::to_string(count) + " elements, accepted are " + std::to_string(expected));
  EncodedSpan span;
  span.count = count;
  std::size_t at = 0;
  const auto read = [&](int bits) {
    Code value = 0;
    for (int i = 0; i < bits; ++i, ++at) value |= static_cast<Code>(bytes[at / 8] >> (at % 8) & 1U) << i;
    return value;
  };
  if (f.has_tensor_scale) span.tensor_scale = float_of(read(32));
  visit(f, count, [&](std::size_t) { span.scales.push_back(read(f.scale.bits())); },
        [&](std::size_t) { span.micro.push_back(static_cast<std::uint8_t>(read(1))); }, [&](std::size_t) { span.codes.push_back(read(f.code_bits())); });
  return span;
}

}  // namespace macroscope::formats
