// SPDX-License-Identifier: Apache-2.0
// Compiled together with the Verilated registered_unit into a shared library; not part of the program itself. It hides the port
// types, which depend on the unit's widths, behind the four C functions that VerilatedUnit (verilated_unit.cpp) calls.
#include <cstdint>
#include <memory>

#include "Vregistered_unit.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

namespace {

// A port is a plain integer up to 64 bits and an array of 32-bit words beyond.
template <class Port>
const std::uint32_t* load(Port& port, const std::uint32_t* words) {
  port = static_cast<Port>(sizeof(Port) > 4 ? words[0] | (static_cast<std::uint64_t>(words[1]) << 32) : words[0]);
  return words + (sizeof(Port) > 4 ? 2 : 1);
}
template <std::size_t N>
const std::uint32_t* load(VlWide<N>& port, const std::uint32_t* words) {
  for (std::size_t i = 0; i < N; ++i) port[i] = words[i];
  return words + N;
}
template <class Port>
std::uint32_t* store(const Port& port, std::uint32_t* words) {
  words[0] = static_cast<std::uint32_t>(port);
  if (sizeof(Port) > 4) words[1] = static_cast<std::uint32_t>(static_cast<std::uint64_t>(port) >> 32);
  return words + (sizeof(Port) > 4 ? 2 : 1);
}
template <std::size_t N>
std::uint32_t* store(const VlWide<N>& port, std::uint32_t* words) {
  for (std::size_t i = 0; i < N; ++i) words[i] = port[i];
  return words + N;
}

class Bench {
 public:
  explicit Bench(const char* waveform) {
#if VM_TRACE
    context_.traceEverOn(true);
    unit_ = std::make_unique<Vregistered_unit>(&context_);
    if (waveform) {
      unit_->trace(&trace_, 99);
      trace_.open(waveform);
    }
#else
    (void)waveform;
    unit_ = std::make_unique<Vregistered_unit>(&context_);
#endif
  }
  ~Bench() {
    unit_->final();
#if VM_TRACE
    trace_.close();
#endif
  }

  const std::uint32_t* cycle(const std::uint32_t* in) {
    in = load(unit_->activation_i, in);
    in = load(unit_->weight_i, in);
    in = load(unit_->activation_scale_i, in);
    in = load(unit_->weight_scale_i, in);
    in = load(unit_->psum_i, in);
    edge(0);
    edge(1);
    return in;
  }
  std::uint32_t* result(std::uint32_t* out) const { return store(unit_->psum_o, out); }

 private:
  void edge(int clock) {
    unit_->clk_i = static_cast<CData>(clock);
    unit_->eval();
#if VM_TRACE
    if (trace_.isOpen()) trace_.dump(static_cast<std::uint64_t>(time_));
    time_ += 5;
#endif
  }
  VerilatedContext context_;
  std::unique_ptr<Vregistered_unit> unit_;
#if VM_TRACE
  VerilatedVcdC trace_;
  std::uint64_t time_ = 0;
#endif
};

}  // namespace

extern "C" {

void* mac_open(const char* waveform) { return new Bench(waveform); }
void mac_close(void* bench) { delete static_cast<Bench*>(bench); }

// Feeds `count` input records back to back; the result of record i is written as record i of `out`. The pipeline of
// `latency` ranks is filled and drained here: the last record is repeated until its result arrives.
void mac_run(void* bench, const std::uint32_t* in, std::uint32_t* out, std::uint64_t count, std::uint64_t latency) {
  auto& unit = *static_cast<Bench*>(bench);
  const std::uint32_t* record = in;
  for (std::uint64_t i = 0; i < count + latency - 1; ++i) {
    const std::uint32_t* next = unit.cycle(record);
    if (i + 1 < count) record = next;
    if (i + 1 >= latency) out = unit.result(out);
  }
}
}
