// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdio>
#include <sstream>

#include "rtl/cosim/cosimulation.hpp"

namespace macroscope::rtl {
namespace {

using datapath::MacSpec;
using datapath::PsumBits;

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

std::string binary(std::uint32_t value, int bits) {
  std::string text;
  for (int bit = bits - 1; bit >= 0; --bit) text += (value >> bit) & 1 ? '1' : '0';
  return text;
}

/// "0x3f = + 0111 111 (0.875)": sign, exponent field, fraction, value; for an integer code and value.
std::string element_text(const formats::Element& element, formats::Code code) {
  std::string text = "0x" + datapath::hex(code, element.bits());
  if (element.is_minifloat()) {
    const auto& format = element.minifloat();
    text += (code >> (format.bits() - 1)) & 1 ? " = - " : " = + ";
    text += binary((code >> format.mantissa_bits) & ((1U << format.exponent_bits) - 1), format.exponent_bits) + " ";
    text += binary(code & ((1U << format.mantissa_bits) - 1), format.mantissa_bits);
  }
  return text + " (" + number(element.decode(code)) + ")";
}

std::string psum_text(const MacSpec& spec, PsumBits psum) {
  const int bits = datapath::psum_bits(spec);
  std::string text = "0x" + datapath::hex(psum, bits);
  if (spec.accumulate.format.is_fp32()) {
    const auto word = static_cast<std::uint32_t>(psum);
    text += std::string(word >> 31 ? " = - " : " = + ") + binary((word >> 23) & 255, 8) + " " + binary(word & 0x7fffff, 23);
  }
  return text + " (" + number(datapath::drain(spec, psum, 1, 1)) + ")";
}

}  // namespace

std::string explain(const Mismatch& mismatch) {
  const UnitVectors& operation = mismatch.operation;
  const MacSpec& spec = operation.spec();
  std::ostringstream text;
  text << "  lane  activation" << (spec.activation.element.is_minifloat() ? " = sign exponent fraction (value)" : " (value)") << "  x  weight\n";
  int zeros = 0;
  for (int lane = 0; lane < spec.dot.lanes; ++lane) {
    const formats::Code a = operation.activation(0)[lane], w = operation.weight(0)[lane];
    if (a == 0 && w == 0) {
      ++zeros;
      continue;
    }
    text << "  " << (lane < 10 ? "   " : lane < 100 ? "  " : " ") << lane << "  " << element_text(spec.activation.element, a) << "  x  "
         << element_text(spec.weight.element, w) << "\n";
  }
  if (zeros) text << "  the other " << zeros << " lanes are 0 x 0\n";
  if (spec.has_block_scales())
    text << "  block scales 2^" << operation.activation_scale(0) - 127 << " (code " << int{operation.activation_scale(0)} << ") and 2^"
         << operation.weight_scale(0) - 127 << " (code " << int{operation.weight_scale(0)} << "); 255 is NaN\n";
  const PsumBits difference = mismatch.expected ^ mismatch.actual;
  text << "  psum_i    " << psum_text(spec, operation.psum(0)) << "\n  expected  " << psum_text(spec, mismatch.expected) << "\n  actual    "
       << psum_text(spec, mismatch.actual) << "\n  differ in 0x" << datapath::hex(difference, datapath::psum_bits(spec)) << "\n";
  return text.str();
}

}  // namespace macroscope::rtl
