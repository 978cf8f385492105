// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/gemm_speed.hpp"

#include <hwy/targets.h>
#include <omp.h>

#include <algorithm>
#include <dnnl.hpp>
#include <random>

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"
#include "sim/datapath/gemm.hpp"
#include "sim/datapath/kernels/planner.hpp"
#include "sim/datapath/timing.hpp"

namespace macroscope::datapath {
namespace {

using dnnl::memory;

std::vector<float> gaussian(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& value : x) value = normal(random);
  return x;
}

}  // namespace

struct Fp32Matmul::State {
  GemmShape shape;
  int threads;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::vector<float> a, b, c;
  memory source, weights, result;
  dnnl::matmul primitive;
};

Fp32Matmul::Fp32Matmul(const GemmShape& shape, int threads) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.shape = shape;
  s.threads = threads;
  s.a = gaussian(shape.m * shape.k, 1);
  s.b = gaussian(shape.n * shape.k, 2);
  s.c.resize(static_cast<std::size_t>(shape.m * shape.n));
  omp_set_num_threads(threads);
  const auto f32 = memory::data_type::f32;
  s.source = memory({{shape.m, shape.k}, f32, memory::format_tag::ab}, s.engine, s.a.data());
  s.result = memory({{shape.m, shape.n}, f32, memory::format_tag::ab}, s.engine, s.c.data());
  const dnnl::matmul::primitive_desc description({s.source.get_desc(), memory::desc({shape.k, shape.n}, f32, memory::format_tag::any), s.result.get_desc()}, s.engine);
  memory plain({{shape.k, shape.n}, f32, memory::format_tag::ba}, s.engine, s.b.data());
  s.weights = memory(description.weights_desc(), s.engine);
  dnnl::reorder(plain, s.weights).execute(s.stream, plain, s.weights);
  s.stream.wait();
  s.primitive = dnnl::matmul(description);
}

Fp32Matmul::~Fp32Matmul() = default;

void Fp32Matmul::run() {
  omp_set_num_threads(state_->threads);
  state_->primitive.execute(state_->stream, {{DNNL_ARG_SRC, state_->source}, {DNNL_ARG_WEIGHTS, state_->weights}, {DNNL_ARG_DST, state_->result}});
  state_->stream.wait();
}

GemmSpeed measure_gemm(const MacSpec& spec, const GemmShape& shape, int threads, double seconds) {
  const std::vector<float> x = gaussian(shape.m * shape.k, 3), w = gaussian(shape.n * shape.k, 4);
  std::vector<float> c(static_cast<std::size_t>(shape.m * shape.n));
  const PreparedOperand b(spec, quantize(spec.weight, w.data(), shape.n, shape.k, shape.k, 0, threads));
  const std::int64_t few = std::min<std::int64_t>(shape.m, 8);
  const std::string kernel = gemm_kernel_name(spec, quantize(spec.activation, x.data(), few, shape.k, shape.k), b.matrix());
  const std::int64_t rows = kernel == "unit" ? few : shape.m;  // all of them would take minutes
  const QuantizedMatrix a = quantize(spec.activation, x.data(), rows, shape.k, shape.k, 0, threads);
  Fp32Matmul reference(shape, threads);
  const auto multiply = [&] { gemm(spec, a, b, c.data(), shape.n, threads); };
  multiply();  // packs B
  reference.run();
  double best = 1e30, best_fp32 = 1e30;
  repeat_for(seconds, [&] {
    best_fp32 = std::min(best_fp32, seconds_of(threads, [&] { reference.run(); }));
    best = std::min(best, seconds_of(threads, multiply));
  });
  const double done = shape.macs() * static_cast<double>(rows) / static_cast<double>(shape.m);
  return {spec.name, gemm_kernel_name(spec, a, b.matrix()), gemm_instruction_set(), threads, shape, done / best / 1e9, shape.macs() / best_fp32 / 1e9};
}

std::vector<KernelVerdict> explain_gemm(const MacSpec& spec, const GemmShape& shape) {
  constexpr std::int64_t enough_rows = 16;  // the number of rows decides nothing
  const std::int64_t m = std::min(shape.m, enough_rows), n = std::min(shape.n, enough_rows);
  const QuantizedMatrix a = quantize(spec.activation, gaussian(m * shape.k, 3).data(), m, shape.k, shape.k);
  const QuantizedMatrix b = quantize(spec.weight, gaussian(n * shape.k, 4).data(), n, shape.k, shape.k);
  std::vector<KernelVerdict> verdicts;
  for (const kernels::KernelVerdict& v : kernels::explain_kernels({spec, a, b}, kernels::take_census(a), kernels::take_census(b)))
    verdicts.push_back({v.kernel, v.what, v.objection});
  return verdicts;
}

std::vector<std::string> instruction_sets() { return {"scalar", "avx2", "avx512"}; }

void limit_instruction_set(const std::string& name) {
  // Highway's better targets have the lower bits.
  if (name == "scalar") {
    hwy::DisableTargets(HWY_AVX2 | (HWY_AVX2 - 1));
    dnnl::set_max_cpu_isa(dnnl::cpu_isa::sse41);
  } else if (name == "avx2") {
    hwy::DisableTargets(HWY_AVX2 - 1);
    dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
  } else if (name != "avx512") {
    throw InputError("unknown instruction set '" + name + "'" + accepted_words(name, instruction_sets()));
  }
}

}  // namespace macroscope::datapath
