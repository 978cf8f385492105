// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/int8_weights.hpp"

#include <omp.h>

#include <dnnl.hpp>
#include <map>
#include <mutex>
#include <vector>

namespace macroscope::datapath::kernels {
namespace {

using dnnl::memory;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

/// Limits OpenMP's pool, which oneDNN asks for its width, while it lives.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ~ThreadLimit() { omp_set_num_threads(before_); }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int before_;
};

}  // namespace

struct Int8Weights::State {
  struct Product {
    dnnl::matmul primitive;
    memory::desc source, result;
    memory weights;
  };

  std::int64_t channels = 0, k = 0;
  std::vector<std::uint8_t> codes;
  std::vector<memory> layouts;  ///< the same weights, once for each layout that some primitive asked for
  std::map<std::pair<std::int64_t, int>, Product> products;  ///< by rows of A and threads
  std::mutex guard;

  const memory& in_layout(const memory::desc& wanted) {
    for (const memory& m : layouts)
      if (m.get_desc() == wanted) return m;
    memory plain({{k, channels}, memory::data_type::s8, memory::format_tag::ba}, cpu(), codes.data());
    memory packed(wanted, cpu());
    dnnl::stream stream(cpu());
    dnnl::reorder(plain, packed).execute(stream, plain, packed);
    stream.wait();
    return layouts.emplace_back(std::move(packed));
  }

  const Product& product(std::int64_t rows, int threads) {
    const auto found = products.find({rows, threads});
    if (found != products.end()) return found->second;
    const memory::desc source({rows, k}, memory::data_type::s8, memory::format_tag::ab);
    const memory::desc weights({k, channels}, memory::data_type::s8, memory::format_tag::any);
    const memory::desc result({rows, channels}, memory::data_type::s32, memory::format_tag::ab);
    const dnnl::matmul::primitive_desc description({source, weights, result}, cpu());
    return products.emplace(std::pair{rows, threads}, Product{dnnl::matmul(description), source, result, in_layout(description.weights_desc())}).first->second;
  }
};

Int8Weights::Int8Weights(const QuantizedMatrix& matrix) : state_(std::make_unique<State>()) {
  state_->channels = matrix.rows;
  state_->k = matrix.cols;
  state_->codes = matrix.codes8;
}

Int8Weights::~Int8Weights() = default;

bool Int8Weights::fastest_here() {
  const int isa = static_cast<int>(dnnl::get_effective_cpu_isa());
  const int amx = static_cast<int>(dnnl::cpu_isa::avx512_core_amx);
  return (isa & amx) == amx;
}

void Int8Weights::multiply(const std::int8_t* a, std::int64_t rows, std::int32_t* c, int threads) const {
  const ThreadLimit limit(threads);
  State::Product product;
  {
    const std::lock_guard<std::mutex> lock(state_->guard);
    product = state_->product(rows, threads);
  }
  dnnl::stream stream(cpu());
  memory source(product.source, cpu(), const_cast<std::int8_t*>(a));
  memory result(product.result, cpu(), c);
  product.primitive.execute(stream, {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, product.weights}, {DNNL_ARG_DST, result}});
  stream.wait();
}

}  // namespace macroscope::datapath::kernels
