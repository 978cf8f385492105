// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <systemc>

namespace macroscope::system {

using Cycle = std::int64_t;

/// Cycles counted from the start of a job. What a cycle's registers hold is settled at its beginning; every decision is
/// taken in its middle and takes effect at the beginning of a later cycle. Processes that run in the same middle therefore
/// never see each other's decisions, in whatever order the kernel runs them.
class CycleClock {
 public:
  /// Makes the next whole cycle of simulated time cycle 0.
  void restart() { base_ = (sc_core::sc_time_stamp().value() / kPeriod + 1) * kPeriod; }

  /// The cycle that simulated time is in; -1 before cycle 0.
  [[nodiscard]] Cycle now() const {
    const auto since = static_cast<std::int64_t>(sc_core::sc_time_stamp().value()) - static_cast<std::int64_t>(base_);
    return since < 0 ? -1 : since / static_cast<std::int64_t>(kPeriod);
  }

  /// Time from here to the beginning, or the middle, of a cycle that is not past.
  [[nodiscard]] sc_core::sc_time until_beginning(Cycle cycle) const { return until(cycle, 0); }
  [[nodiscard]] sc_core::sc_time until_middle(Cycle cycle) const { return until(cycle, kPeriod / 2); }

 private:
  static constexpr std::uint64_t kPeriod = 2000;  // kernel ticks

  [[nodiscard]] sc_core::sc_time until(Cycle cycle, std::uint64_t offset) const {
    const std::uint64_t target = base_ + static_cast<std::uint64_t>(cycle) * kPeriod + offset;
    const std::uint64_t here = sc_core::sc_time_stamp().value();
    return target > here ? sc_core::sc_time::from_value(target - here) : sc_core::SC_ZERO_TIME;
  }

  std::uint64_t base_ = 0;
};

/// A module whose processes live on the clock.
class ClockedModule : public sc_core::sc_module {
 protected:
  ClockedModule(const sc_core::sc_module_name& name, const CycleClock& clock) : sc_module(name), clock_(clock) {}

  /// Suspends the calling process to the middle of `cycle`; at once if that is here.
  void wait_until(Cycle cycle) {
    const sc_core::sc_time time = clock_.until_middle(cycle);
    if (time != sc_core::SC_ZERO_TIME) sc_core::wait(time);
  }

  const CycleClock& clock_;
};

/// Tells a process that something it waits for changes at the beginning of some cycle. Every announcement is kept.
class Announcement {
 public:
  Announcement(const char* name, const CycleClock& clock) : queue_(name), clock_(clock) {}

  void announce(Cycle cycle) { queue_.notify(clock_.until_beginning(cycle)); }

  /// Suspends the calling process to the middle of the next announced cycle, which it returns.
  Cycle await() {
    sc_core::wait(queue_.default_event());
    const Cycle cycle = clock_.now();
    sc_core::wait(clock_.until_middle(cycle));
    return cycle;
  }

 private:
  sc_core::sc_event_queue queue_;
  const CycleClock& clock_;
};

/// A running total whose increments take effect at the beginning of a stated cycle. Increments come in order of cycle.
class StampedTotal {
 public:
  void add(Cycle cycle, std::int64_t amount) { pending_.push_back({cycle, amount}); }

  /// The total that registers hold in `cycle`; questions come in order of cycle.
  [[nodiscard]] std::int64_t at(Cycle cycle) {
    while (!pending_.empty() && pending_.front().cycle <= cycle) {
      total_ += pending_.front().amount;
      pending_.pop_front();
    }
    return total_;
  }

 private:
  struct Increment {
    Cycle cycle;
    std::int64_t amount;
  };
  std::deque<Increment> pending_;
  std::int64_t total_ = 0;
};

}  // namespace macroscope::system
