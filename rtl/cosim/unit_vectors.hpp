// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/datapath/unit.hpp"

namespace macroscope::rtl {

/// Inputs of many operations of one unit, in flat arrays: operation i has lanes i * lanes ... of both operands.
class UnitVectors {
 public:
  explicit UnitVectors(const datapath::MacSpec& spec) : spec_(&spec) {}

  /// Appends one operation; both code arrays hold `lanes` codes.
  void add(const formats::Code* activation, const formats::Code* weight, std::uint8_t activation_scale, std::uint8_t weight_scale,
           datapath::PsumBits psum);
  void add(const datapath::UnitInput& input);

  [[nodiscard]] const datapath::MacSpec& spec() const { return *spec_; }
  [[nodiscard]] std::size_t size() const { return psums_.size(); }
  [[nodiscard]] const formats::Code* activation(std::size_t i) const { return &activations_[i * lanes()]; }
  [[nodiscard]] const formats::Code* weight(std::size_t i) const { return &weights_[i * lanes()]; }
  [[nodiscard]] std::uint8_t activation_scale(std::size_t i) const { return activation_scales_[i]; }
  [[nodiscard]] std::uint8_t weight_scale(std::size_t i) const { return weight_scales_[i]; }
  [[nodiscard]] datapath::PsumBits psum(std::size_t i) const { return psums_[i]; }

  /// The golden unit's psum_o of operation i.
  [[nodiscard]] datapath::PsumBits expected(std::size_t i) const;
  /// One operation alone.
  [[nodiscard]] UnitVectors only(std::size_t i) const;

  /// Ports of the operations as 32-bit words, in the order activation_i, weight_i, activation_scale_i, weight_scale_i, psum_i,
  /// each padded to whole words (to two from 33 to 64 bits, the sizes of Verilator's port types).
  [[nodiscard]] std::vector<std::uint32_t> port_words() const;

  /// Appends the operations and their golden results, one a line of hexadecimal digits as $readmemh takes them: from the highest
  /// bits down psum_o, psum_i, weight_scale_i, activation_scale_i, weight_i, activation_i, without gaps.
  void append_memory_lines(std::string& text) const;

 private:
  [[nodiscard]] std::size_t lanes() const { return static_cast<std::size_t>(spec_->dot.lanes); }
  const datapath::MacSpec* spec_;
  std::vector<formats::Code> activations_, weights_;
  std::vector<std::uint8_t> activation_scales_, weight_scales_;
  std::vector<datapath::PsumBits> psums_;
};

}  // namespace macroscope::rtl
