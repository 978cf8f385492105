// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <ctime>

namespace macroscope::datapath {

/// The clock that work on `threads` threads is timed with, in seconds: one thread's own CPU time, which leaves out what other
/// programs take; for several threads only the wall clock is meaningful.
inline double now(int threads) {
  if (threads > 1) return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class Work>
double seconds_of(int threads, const Work& work) {
  const double start = now(threads);
  work();
  return now(threads) - start;
}

/// Calls `turn` at least three times, and again until the time is used up.
template <class Turn>
void repeat_for(double seconds, const Turn& turn) {
  double used = 0;
  for (int i = 0; i < 3 || used < seconds; ++i) used += seconds_of(2, turn);
}

}  // namespace macroscope::datapath
