// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cfenv>

namespace macroscope::datapath::kernels {

/// Holds the IEEE default environment (round to nearest even, subnormals kept) while it lives, whatever the caller or a
/// library has set, and puts back what was there. Arithmetic must reach it through memory that the compiler can't see
/// through (calls of functions that are not inlined): without FENV_ACCESS it may move register arithmetic across.
class DefaultFloatEnvironment {
 public:
  DefaultFloatEnvironment() {
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFloatEnvironment() { std::fesetenv(&saved_); }
  DefaultFloatEnvironment(const DefaultFloatEnvironment&) = delete;
  DefaultFloatEnvironment& operator=(const DefaultFloatEnvironment&) = delete;

 private:
  std::fenv_t saved_;
};

/// Rounds towards zero while it lives; the same caution about calls applies.
class RoundTowardZero {
 public:
  RoundTowardZero() { std::fesetround(FE_TOWARDZERO); }
  ~RoundTowardZero() { std::fesetround(FE_TONEAREST); }
  RoundTowardZero(const RoundTowardZero&) = delete;
  RoundTowardZero& operator=(const RoundTowardZero&) = delete;
};

}  // namespace macroscope::datapath::kernels
