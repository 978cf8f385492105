// SPDX-License-Identifier: Apache-2.0
#include "workloads/vector_math.hpp"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "workloads/vector_math.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace macroscope::workloads::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The last, partial vector of a row, filled up with `filler`.
template <class D, class T = hn::TFromD<D>>
struct Tail {
  HWY_ALIGN T lanes[hn::MaxLanes(D())];

  Tail(const T* from, std::int64_t count, T filler) {
    const auto width = static_cast<std::int64_t>(hn::MaxLanes(D()));
    for (std::int64_t i = 0; i < width; ++i) lanes[i] = i < count ? from[i] : filler;
  }
};

void RmsNorm(const float* x, const float* weight, float epsilon, std::int64_t size, float* out) {
  const hn::ScalableTag<float> d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  auto sums = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + width <= size; i += width) {
    const auto v = hn::LoadU(d, x + i);
    sums = hn::MulAdd(v, v, sums);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (; i < size; ++i) sum += x[i] * x[i];
  const float factor = 1.0f / std::sqrt(sum / static_cast<float>(size) + epsilon);
  for (i = 0; i < size; ++i) out[i] = weight[i] * (x[i] * factor);
}

/// Highway's Exp(NaN) is 0; a NaN that a datapath produced must stay visible.
template <class D, class V>
HWY_INLINE V ExpOrNan(D d, V x) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, x));
}

template <class D, class V>
HWY_INLINE V Silu(D d, V x) {
  const auto one = hn::Set(d, 1.0f);
  return hn::Div(x, hn::Add(one, hn::Exp(d, hn::Neg(x))));
}

void Swiglu(float* gate, const float* up, std::int64_t size) {
  const hn::ScalableTag<float> d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + width <= size; i += width)
    hn::StoreU(hn::Mul(Silu(d, hn::LoadU(d, gate + i)), hn::LoadU(d, up + i)), d, gate + i);
  if (i == size) return;
  Tail<decltype(d)> tail(gate + i, size - i, 0.0f);
  hn::Store(Silu(d, hn::Load(d, tail.lanes)), d, tail.lanes);
  for (std::int64_t j = 0; i + j < size; ++j) gate[i + j] = tail.lanes[j] * up[i + j];
}

template <class T>
T Maximum(const T* row, std::int64_t size) {
  const hn::ScalableTag<T> d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  T largest = row[0];
  std::int64_t i = 0;
  if (size >= width) {
    auto most = hn::LoadU(d, row);
    for (i = width; i + width <= size; i += width) most = hn::Max(most, hn::LoadU(d, row + i));
    largest = hn::GetLane(hn::MaxOfLanes(d, most));
  }
  for (; i < size; ++i) largest = row[i] > largest ? row[i] : largest;
  return largest;
}

void CausalSoftmax(float* row, std::int64_t valid, std::int64_t size, float scale) {
  const hn::ScalableTag<float> d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  const float largest = Maximum(row, valid);
  const auto shift = hn::Set(d, largest), factor = hn::Set(d, scale);
  const auto weight = [&](auto v) { return ExpOrNan(d, hn::Mul(hn::Sub(v, shift), factor)); };
  auto sums = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + width <= valid; i += width) {
    const auto e = weight(hn::LoadU(d, row + i));
    sums = hn::Add(sums, e);
    hn::StoreU(e, d, row + i);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, sums));
  if (i < valid) {
    Tail<decltype(d)> tail(row + i, valid - i, largest);
    hn::Store(weight(hn::Load(d, tail.lanes)), d, tail.lanes);
    for (std::int64_t j = 0; i + j < valid; ++j) sum += row[i + j] = tail.lanes[j];
  }
  const float inverse = 1.0f / sum;
  for (i = 0; i < valid; ++i) row[i] *= inverse;
  for (i = valid; i < size; ++i) row[i] = 0.0f;
}

double LogSumExp(const float* row, std::int64_t size) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> df;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  const float largest = Maximum(row, size);
  const auto shift = hn::Set(d, static_cast<double>(largest));
  auto sums = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + width <= size; i += width)
    sums = hn::Add(sums, ExpOrNan(d, hn::Sub(hn::PromoteTo(d, hn::LoadU(df, row + i)), shift)));
  double sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (; i < size; ++i) sum += std::exp(static_cast<double>(row[i]) - static_cast<double>(largest));
  return static_cast<double>(largest) + std::log(sum);
}

double KlDivergence(const float* p, double p_log_sum, const float* q, double q_log_sum, std::int64_t size) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> df;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  const auto p_shift = hn::Set(d, p_log_sum), shift = hn::Set(d, q_log_sum - p_log_sum);
  auto sums = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + width <= size; i += width) {
    const auto zp = hn::PromoteTo(d, hn::LoadU(df, p + i)), zq = hn::PromoteTo(d, hn::LoadU(df, q + i));
    sums = hn::MulAdd(hn::Exp(d, hn::Sub(zp, p_shift)), hn::Add(hn::Sub(zp, zq), shift), sums);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (; i < size; ++i) {
    const double zp = p[i], zq = q[i];
    sum += std::exp(zp - p_log_sum) * ((zp - zq) + (q_log_sum - p_log_sum));
  }
  return sum;
}

SquaredError SquaredErrorOf(const float* a, const float* b, std::int64_t size) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> df;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  auto errors = hn::Zero(d), signals = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + width <= size; i += width) {
    const auto va = hn::PromoteTo(d, hn::LoadU(df, a + i)), vb = hn::PromoteTo(d, hn::LoadU(df, b + i));
    const auto difference = hn::Sub(va, vb);
    errors = hn::MulAdd(difference, difference, errors);
    signals = hn::MulAdd(va, va, signals);
  }
  SquaredError sum{hn::GetLane(hn::SumOfLanes(d, errors)), hn::GetLane(hn::SumOfLanes(d, signals))};
  for (; i < size; ++i) {
    const double va = a[i], difference = va - static_cast<double>(b[i]);
    sum.error += difference * difference;
    sum.signal += va * va;
  }
  return sum;
}

}  // namespace macroscope::workloads::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::workloads {

HWY_EXPORT(RmsNorm);
HWY_EXPORT(Swiglu);
HWY_EXPORT(CausalSoftmax);
HWY_EXPORT(LogSumExp);
HWY_EXPORT(KlDivergence);
HWY_EXPORT(SquaredErrorOf);

void rms_norm(const float* x, const float* weight, float epsilon, std::int64_t size, float* out) {
  HWY_DYNAMIC_DISPATCH(RmsNorm)(x, weight, epsilon, size, out);
}

void swiglu(float* gate, const float* up, std::int64_t size) { HWY_DYNAMIC_DISPATCH(Swiglu)(gate, up, size); }

void causal_softmax(float* row, std::int64_t valid, std::int64_t size, float scale) {
  HWY_DYNAMIC_DISPATCH(CausalSoftmax)(row, valid, size, scale);
}

double log_sum_exp(const float* row, std::int64_t size) { return HWY_DYNAMIC_DISPATCH(LogSumExp)(row, size); }

double kl_divergence(const float* p_logits, double p_log_sum, const float* q_logits, double q_log_sum, std::int64_t size) {
  return HWY_DYNAMIC_DISPATCH(KlDivergence)(p_logits, p_log_sum, q_logits, q_log_sum, size);
}

SquaredError squared_error(const float* a, const float* b, std::int64_t size) {
  return HWY_DYNAMIC_DISPATCH(SquaredErrorOf)(a, b, size);
}

}  // namespace macroscope::workloads
#endif
