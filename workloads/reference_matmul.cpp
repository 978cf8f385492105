// SPDX-License-Identifier: Apache-2.0
#include "workloads/reference_matmul.hpp"

#include <dnnl.hpp>
#include <map>
#include <tuple>

namespace macroscope::workloads {
namespace {

using dnnl::memory;

/// Everything a primitive depends on: M, N, K, the three strides, and whether B may have oneDNN's own layout.
using Shape = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, bool>;

memory::desc strided(std::int64_t rows, std::int64_t cols, std::int64_t row_stride, std::int64_t col_stride) {
  return {{rows, cols}, memory::data_type::f32, memory::dims{row_stride, col_stride}};
}

}  // namespace

struct ReferenceMatmul::Cache {
  struct Product {
    dnnl::matmul::primitive_desc description;
    dnnl::matmul primitive;
  };

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::map<Shape, Product> products;
  std::map<const float*, memory> parameters;

  const Product& product(const MatmulSite& site, const MatrixView& a, const MatrixView& b, const MutableMatrixView& c) {
    const bool own_layout = site.weights_are_parameters();
    const Shape shape{c.rows, c.cols, a.cols, a.stride, b.stride, c.stride, own_layout};
    if (const auto found = products.find(shape); found != products.end()) return found->second;
    const memory::desc weights = own_layout ? memory::desc({b.cols, b.rows}, memory::data_type::f32, memory::format_tag::any)
                                            : strided(b.cols, b.rows, 1, b.stride);
    const dnnl::matmul::desc operation(strided(a.rows, a.cols, a.stride, 1), weights, strided(c.rows, c.cols, c.stride, 1));
    const dnnl::matmul::primitive_desc description(operation, engine);
    return products.emplace(shape, Product{description, dnnl::matmul(description)}).first->second;
  }

  /// B as the product wants it: as it lies, or a parameter's reordered copy.
  memory weights(const Product& product, const MatmulSite& site, const MatrixView& b) {
    const memory plain(strided(b.cols, b.rows, 1, b.stride), engine, const_cast<float*>(b.data));
    if (!site.weights_are_parameters()) return plain;
    const auto found = parameters.find(b.data);
    if (found != parameters.end() && found->second.get_desc() == product.description.weights_desc()) return found->second;
    memory reordered(product.description.weights_desc(), engine);
    dnnl::reorder(plain, reordered).execute(stream, const_cast<memory&>(plain), reordered);
    stream.wait();
    parameters[b.data] = reordered;
    return reordered;
  }
};

ReferenceMatmul::ReferenceMatmul() : cache_(std::make_unique<Cache>()) {}

ReferenceMatmul::~ReferenceMatmul() = default;

void ReferenceMatmul::multiply(const MatmulSite& site, MatrixView a, MatrixView b, MutableMatrixView c) {
  const Cache::Product& product = cache_->product(site, a, b, c);
  const memory weights = cache_->weights(product, site, b);
  const memory source(product.description.src_desc(), cache_->engine, const_cast<float*>(a.data));
  const memory destination(product.description.dst_desc(), cache_->engine, c.data);
  product.primitive.execute(cache_->stream,
                            {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, destination}});
  cache_->stream.wait();
}

std::string ReferenceMatmul::library() {
  const dnnl_version_t* version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

}  // namespace macroscope::workloads
