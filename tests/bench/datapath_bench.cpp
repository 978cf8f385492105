// SPDX-License-Identifier: Apache-2.0
// Speed of the fast multiplications and encoders of every preset. Counters: MAC/s and the ratio to oneDNN's FP32 matmul
// on the same shape and threads, timed in turns with it. No test asserts a time.
#include <benchmark/benchmark.h>

#include <chrono>
#include <random>
#include <thread>

#include "sim/datapath/gemm.hpp"
#include "sim/datapath/gemm_speed.hpp"

namespace {

using namespace macroscope::datapath;

const std::vector<GemmShape> shapes{{1024, 1024, 1024}, {512, 1536, 576}};

MacSpec preset(const std::string& name) { return load_mac_spec(name, MACROSCOPE_SOURCE_DIR "/configs/mac"); }

std::vector<float> gaussian(std::int64_t count) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& value : x) value = normal(random);
  return x;
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void multiply(benchmark::State& state, const std::string& name, const GemmShape& shape, int threads) {
  const MacSpec spec = preset(name);
  const std::vector<float> x = gaussian(shape.m * shape.k), w = gaussian(shape.n * shape.k);
  const QuantizedMatrix a = quantize(spec.activation, x.data(), shape.m, shape.k, shape.k, 0, threads);
  const PreparedOperand b(spec, quantize(spec.weight, w.data(), shape.n, shape.k, shape.k, 0, threads));
  std::vector<float> c(static_cast<std::size_t>(shape.m * shape.n));
  Fp32Matmul reference(shape, threads);
  gemm(spec, a, b, c.data(), shape.n, threads);
  reference.run();
  double fp32 = 1e30, own = 1e30;
  for (auto _ : state) {
    double start = now();
    gemm(spec, a, b, c.data(), shape.n, threads);
    const double elapsed = now() - start;
    own = std::min(own, elapsed);
    state.SetIterationTime(elapsed);
    start = now();
    reference.run();
    fp32 = std::min(fp32, now() - start);
  }
  state.SetLabel(gemm_kernel_name(spec, a, b.matrix()) + " " + gemm_instruction_set());
  state.counters["MAC/s"] = benchmark::Counter(shape.macs(), benchmark::Counter::kIsIterationInvariantRate);
  state.counters["best_MAC/s"] = shape.macs() / own;
  state.counters["ratio_to_fp32"] = fp32 / own;
}

void encode_activations(benchmark::State& state, const std::string& name, int threads) {
  const MacSpec spec = preset(name);
  constexpr std::int64_t rows = 512, cols = 1536;
  const std::vector<float> x = gaussian(rows * cols);
  QuantizedMatrix codes = quantize(spec.activation, x.data(), rows, cols, cols, 0, threads);
  for (auto _ : state) {
    const double start = now();
    quantize_into(codes, spec.activation, x.data(), rows, cols, cols, 0, threads);
    benchmark::DoNotOptimize(codes.codes8.data());
    state.SetIterationTime(now() - start);
  }
  state.counters["elements/s"] = benchmark::Counter(static_cast<double>(rows * cols), benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
  const int all = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (const std::string& name : preset_names(MACROSCOPE_SOURCE_DIR "/configs/mac")) {
    if (preset(name).is_reference()) continue;
    for (const int threads : {1, all}) {
      for (const GemmShape& shape : shapes) {
        const std::string title = "gemm/" + name + "/" + shape.text() + "/threads:" + std::to_string(threads);
        benchmark::RegisterBenchmark(title.c_str(), [=](benchmark::State& s) { multiply(s, name, shape, threads); })->UseManualTime()->Unit(benchmark::kMillisecond);
      }
      const std::string title = "encode/" + name + "/512x1536/threads:" + std::to_string(threads);
      benchmark::RegisterBenchmark(title.c_str(), [=](benchmark::State& s) { encode_activations(s, name, threads); })->UseManualTime()->Unit(benchmark::kMicrosecond);
      if (all == 1) break;
    }
  }
  return true;
}();

}  // namespace
