// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <mutex>

namespace macroscope::datapath::kernels {

/// Calls work(i) for every i in [0, count) on up to `threads` threads of OpenMP's pool (oneDNN's own: one pool, not two).
/// Which thread takes which i is not defined, so work(i) must write only what belongs to i. An exception stops nothing
/// that runs already and is thrown again at the end.
template <class Work>
void parallel_for(std::int64_t count, int threads, const Work& work) {
  std::exception_ptr failure;
  std::mutex guard;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1 && count > 1)
  for (std::int64_t i = 0; i < count; ++i) {
    try {
      work(i);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(guard);
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace macroscope::datapath::kernels
