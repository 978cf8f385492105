// SPDX-License-Identifier: Apache-2.0
#include "sim/system/array_simulator.hpp"

#include <mutex>
#include <stdexcept>

#include "sim/system/activation_buffer.hpp"
#include "sim/system/memory_port.hpp"
#include "sim/system/output_drain.hpp"
#include "sim/system/processing_array.hpp"
#include "sim/system/weight_loader.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif

// The SystemC library refers to the program's sc_main; ours drives the kernel from an ordinary function instead.
extern "C" int sc_main(int, char**) { return 0; }

namespace macroscope::system {
namespace {

/// SystemC tells AddressSanitizer of its switches between coroutine stacks, but knows no bounds of the stack that called
/// sc_start and leaves it with none; every later exception on it would be reported as a stack overflow. Tells them anew.
void restore_sanitizer_stack() {
#if defined(__SANITIZE_ADDRESS__)
  pthread_attr_t attributes;
  void* bottom = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  pthread_attr_getstack(&attributes, &bottom, &size);
  pthread_attr_destroy(&attributes);
  void* frames = nullptr;
  __sanitizer_start_switch_fiber(&frames, bottom, size);
  __sanitizer_finish_switch_fiber(frames, nullptr, nullptr);
#endif
}

/// Runs the kernel until no module has anything left to do.
void run_kernel() {
  sc_core::sc_start();
  restore_sanitizer_stack();
}

/// The design. SystemC allows no new modules once simulation has begun, so it is elaborated once and given jobs.
struct Accelerator {
  CycleClock clock;
  MemoryPort memory{"memory", clock};
  WeightLoader weights{"weights", clock, memory};
  ActivationBuffer activations{"activations", clock, memory};
  OutputDrain outputs{"outputs", clock, memory};
  ProcessingArray array{"array", clock, weights, activations, outputs};

  Accelerator() { run_kernel(); }  // elaboration; every process then waits for a job

  ArrayRun run(const ArrayConfig& config, const UnitFormat& unit, const TilePlan& plan) {
    clock.restart();
    weights.begin(config, unit, plan);
    activations.begin(config, plan);
    outputs.begin(config, unit, plan);
    array.begin(plan);
    memory.begin(config.memory, {&weights, &activations, &outputs});
    run_kernel();
    if (!array.finished() || outputs.bytes_written() != plan.total_output_bytes())
      throw std::logic_error("the array simulation stopped before all results were written");
    return result(config, plan);
  }

  [[nodiscard]] ArrayRun result(const ArrayConfig& config, const TilePlan& plan) const {
    ArrayRun run;
    run.cycles = outputs.finished();
    run.compute_cycles = array.entered();
    run.stalls = array.stalls();
    run.drain_cycles = run.cycles - (array.last_entry() + 1);
    run.macs = plan.macs();
    run.unit_operations = plan.unit_operations();
    run.unit_cycles = run.cycles * config.rows * config.columns;
    run.lanes = config.lanes;
    run.traffic = {weights.bytes_read(), activations.bytes_read(), outputs.bytes_written()};
    return run;
  }
};

}  // namespace

ArrayRun simulate_matmul(const ArrayConfig& array, const UnitFormat& unit, const MatmulShape& shape) {
  const TilePlan plan(array, unit, shape);
  static std::mutex one_kernel;
  const std::lock_guard<std::mutex> lock(one_kernel);
  static Accelerator accelerator;
  return accelerator.run(array, unit, plan);
}

}  // namespace macroscope::system
