// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <verilated.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "sim/datapath/unit_stream.hpp"
#include "sim/system/array_config.hpp"
#include "tests/system/cycle_array.hpp"

namespace macroscope::system::test {

/// The bits of a Verilator port as 32-bit words, low word first, whatever C++ type the port's width gave it.
template <class Port>
void write_port(Port& port, const std::vector<std::uint32_t>& words) {
  if constexpr (std::is_integral_v<Port>) {
    std::uint64_t value = words[0];
    if (words.size() > 1) value |= std::uint64_t{words[1]} << 32;
    port = static_cast<Port>(value);
  } else {
    std::copy(words.begin(), words.end(), port.data());
  }
}

template <class Port>
std::vector<std::uint32_t> read_port(const Port& port) {
  if constexpr (std::is_integral_v<Port>) {
    return {static_cast<std::uint32_t>(port), static_cast<std::uint32_t>(static_cast<std::uint64_t>(port) >> 32)};
  } else {
    return std::vector<std::uint32_t>(port.data(), port.data() + sizeof(Port) / sizeof(std::uint32_t));
  }
}

/// A port's value being put together or taken apart, field by field from the low bits.
class Fields {
 public:
  explicit Fields(int bits) : words_(static_cast<std::size_t>(std::max(2, (bits + 31) / 32)), 0), bits_(bits) {}
  explicit Fields(std::vector<std::uint32_t> words) : words_(std::move(words)) {}

  void push(std::uint32_t value, int bits) {
    for (int bit = 0; bit < bits; ++bit, ++at_)
      if (value >> bit & 1) words_[at_ / 32] |= std::uint32_t{1} << at_ % 32;
  }
  datapath::PsumBits pop(int bits) {
    datapath::PsumBits value = 0;
    for (int bit = 0; bit < bits; ++bit, ++at_) value |= datapath::PsumBits{words_[at_ / 32] >> at_ % 32 & 1} << bit;
    return value;
  }
  /// The words that a port of this width has (integral ports read the first two).
  [[nodiscard]] std::vector<std::uint32_t> words() const {
    return {words_.begin(), words_.begin() + std::max(bits_ > 64 ? 0 : 2, (bits_ + 31) / 32)};
  }

 private:
  std::vector<std::uint32_t> words_;
  std::size_t at_ = 0;
  int bits_ = 0;
};

/// rtl/array/systolic_array.sv with the operands of C = A * B^T on its ports.
template <class Model>
class VerilatedArray : public CycleArray {
 public:
  VerilatedArray(const ArrayConfig& config, const datapath::MacSpec& spec, const datapath::QuantizedMatrix& a, const datapath::QuantizedMatrix& b)
      : config_(config), spec_(spec), a_(a), b_(b), model_(std::make_unique<Model>(&context_)) {
    context_.randReset(2);  // registers power up with random contents: only the reset may be relied on
    context_.randSeed(3);
    model_->clk_i = 0;
    model_->rst_i = 1;
    drive_inputs(Drive());
    for (std::int64_t i = 0; i < 4 * config.rows + config.columns; ++i) tick();
    model_->rst_i = 0;
    model_->eval();
  }

  bool weight_ready() override { return model_->weight_ready_o; }
  bool tile_active() override { return model_->tile_active_o; }
  bool sums_ready(bool first_k) override {
    model_->first_k_i = first_k;
    model_->eval();
    return model_->token_ready_o;
  }
  bool result_leaving() override { return model_->result_valid_o; }

  void clock(const Drive& drive) override {
    drive_inputs(drive);
    model_->eval();
    if (drive.enter && !model_->token_ready_o) throw std::logic_error("a token was given to an array that was not ready");
    if (drive.write_row && !model_->weight_ready_o) throw std::logic_error("a row of weights was given to an array that was not ready");
    tick();
    drive_inputs(Drive());
    model_->eval();
  }

  /// The sums of all columns in the cycle in which result_leaving().
  std::vector<datapath::PsumBits> results() {
    Fields fields(read_port(model_->results_o));
    std::vector<datapath::PsumBits> sums;
    for (std::int64_t c = 0; c < config_.columns; ++c) sums.push_back(fields.pop(datapath::psum_bits(spec_)));
    return sums;
  }

 private:
  void tick() {
    model_->clk_i = 1;
    model_->eval();
    model_->clk_i = 0;
    model_->eval();
  }

  [[nodiscard]] datapath::UnitInput operands(std::int64_t token, std::int64_t channel, std::int64_t group) const {
    datapath::UnitInput padding;
    padding.activation.assign(static_cast<std::size_t>(spec_.dot.lanes), 0);
    padding.weight = padding.activation;
    if (group * spec_.dot.lanes >= a_.cols) return padding;
    const datapath::UnitInput input = datapath::unit_input(spec_, a_, std::min(token, a_.rows - 1), b_, std::min(channel, b_.rows - 1), group);
    return channel < b_.rows ? input : padding;
  }

  void drive_inputs(const Drive& drive) {
    const int act = spec_.activation.element.bits(), wgt = spec_.weight.element.bits(), lanes = spec_.dot.lanes;
    const auto rows = static_cast<int>(config_.rows), columns = static_cast<int>(config_.columns);
    Fields weights(columns * lanes * wgt), weight_scales(columns * 8), activations(rows * lanes * act), activation_scales(rows * 8);
    if (drive.write_row)
      for (int c = 0; c < columns; ++c) {
        const auto input = operands(0, drive.row_n * columns + c, drive.row_k * rows + drive.row);
        for (const formats::Code code : input.weight) weights.push(code, wgt);
        weight_scales.push(input.weight_scale, 8);
      }
    if (drive.enter)
      for (int r = 0; r < rows; ++r) {
        const auto input = operands(drive.token, 0, drive.k * rows + r);
        for (const formats::Code code : input.activation) activations.push(code, act);
        activation_scales.push(input.activation_scale, 8);
      }
    write_port(model_->weights_i, weights.words());
    write_port(model_->weight_scales_i, weight_scales.words());
    write_port(model_->activations_i, activations.words());
    write_port(model_->activation_scales_i, activation_scales.words());
    model_->weight_valid_i = drive.write_row;
    model_->token_valid_i = drive.enter;
    model_->token_last_i = drive.last_token;
    model_->first_k_i = drive.first_k;
    model_->last_k_i = drive.last_k;
  }

  ArrayConfig config_;
  datapath::MacSpec spec_;
  const datapath::QuantizedMatrix& a_;
  const datapath::QuantizedMatrix& b_;
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

}  // namespace macroscope::system::test
