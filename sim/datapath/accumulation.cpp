// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/accumulation.hpp"

namespace macroscope::datapath {

void Accumulation::add(const formats::Code* activation, formats::Code activation_scale, const formats::Code* weight, formats::Code weight_scale) {
  bool overflowed = false;
  psum_ = unit_step(*spec_, activation, activation_scale, weight, weight_scale, psum_, &overflowed);
  overflows_ += overflowed;
  elements_ += spec_->dot.lanes;
  if (spec_->accumulate.chunk && elements_ >= spec_->accumulate.chunk->length) empty_inner();
}

PsumBits Accumulation::finish() {
  if (!spec_->accumulate.chunk) return psum_;
  if (elements_ > 0) empty_inner();
  return outer_;
}

void Accumulation::empty_inner() {
  const ChunkSpec& chunk = *spec_->accumulate.chunk;
  const FloatRegister outer(chunk.into.number(), chunk.round, spec_->dot.flush_subnormals);
  const ExactNumber inner = partial_sum(*spec_, psum_);
  const bool finite = inner.is_finite() && outer.value(outer_).is_finite();
  outer_ = outer.add(outer_, inner);
  overflows_ += finite && !outer.value(outer_).is_finite();
  psum_ = 0;
  elements_ = 0;
}

}  // namespace macroscope::datapath
