// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/unit_vectors.hpp"

#include <algorithm>

namespace macroscope::rtl {
namespace {

using datapath::PsumBits;

/// Packs codes of `bits` bits, lane 0 lowest, into whole 32-bit words.
void append_codes(std::vector<std::uint32_t>& words, const formats::Code* codes, std::size_t lanes, int bits) {
  std::uint64_t pending = 0;
  int filled = 0;
  for (std::size_t i = 0; i < lanes; ++i) {
    pending |= static_cast<std::uint64_t>(codes[i]) << filled;
    filled += bits;
    for (; filled >= 32; filled -= 32, pending >>= 32) words.push_back(static_cast<std::uint32_t>(pending));
  }
  if (filled > 0) words.push_back(static_cast<std::uint32_t>(pending));
}

void append_psum(std::vector<std::uint32_t>& words, PsumBits psum, int bits) {
  for (int low = 0; low < bits; low += 32) words.push_back(static_cast<std::uint32_t>(psum >> low));
}

}  // namespace

void UnitVectors::add(const formats::Code* activation, const formats::Code* weight, std::uint8_t activation_scale, std::uint8_t weight_scale,
                      PsumBits psum) {
  activations_.insert(activations_.end(), activation, activation + lanes());
  weights_.insert(weights_.end(), weight, weight + lanes());
  activation_scales_.push_back(activation_scale);
  weight_scales_.push_back(weight_scale);
  psums_.push_back(psum);
}

void UnitVectors::add(const datapath::UnitInput& input) {
  add(input.activation.data(), input.weight.data(), input.activation_scale, input.weight_scale, input.psum);
}

PsumBits UnitVectors::expected(std::size_t i) const {
  return datapath::unit_step(*spec_, activation(i), activation_scale(i), weight(i), weight_scale(i), psum(i));
}

UnitVectors UnitVectors::only(std::size_t i) const {
  UnitVectors one(*spec_);
  one.add(activation(i), weight(i), activation_scale(i), weight_scale(i), psum(i));
  return one;
}

namespace {

/// Bits from the lowest up.
class BitString {
 public:
  void append(PsumBits value, int bits) {
    for (int i = 0; i < bits; ++i) bits_.push_back((value >> i) & 1 ? 1 : 0);
  }
  [[nodiscard]] std::string hex() const {
    std::string digits;
    for (std::size_t i = 0; i < bits_.size(); i += 4) {
      unsigned digit = 0;
      for (std::size_t j = i; j < std::min(i + 4, bits_.size()); ++j) digit |= static_cast<unsigned>(bits_[j]) << (j - i);
      digits += "0123456789abcdef"[digit];
    }
    return {digits.rbegin(), digits.rend()};
  }

 private:
  std::vector<std::uint8_t> bits_;
};

}  // namespace

void UnitVectors::append_memory_lines(std::string& text) const {
  const int psum_width = datapath::psum_bits(*spec_);
  for (std::size_t i = 0; i < size(); ++i) {
    BitString line;
    for (std::size_t lane = 0; lane < lanes(); ++lane) line.append(activation(i)[lane], spec_->activation.element.bits());
    for (std::size_t lane = 0; lane < lanes(); ++lane) line.append(weight(i)[lane], spec_->weight.element.bits());
    line.append(activation_scale(i), 8);
    line.append(weight_scale(i), 8);
    line.append(psum(i), psum_width);
    line.append(expected(i), psum_width);
    text += line.hex() + "\n";
  }
}

std::vector<std::uint32_t> UnitVectors::port_words() const {
  std::vector<std::uint32_t> words;
  const int psum_width = datapath::psum_bits(*spec_);
  for (std::size_t i = 0; i < size(); ++i) {
    append_codes(words, activation(i), lanes(), spec_->activation.element.bits());
    append_codes(words, weight(i), lanes(), spec_->weight.element.bits());
    words.push_back(activation_scale(i));
    words.push_back(weight_scale(i));
    append_psum(words, psum(i), psum_width);
    if (i == 0) words.reserve(words.size() * size());
  }
  return words;
}

}  // namespace macroscope::rtl
