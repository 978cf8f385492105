// SPDX-License-Identifier: Apache-2.0
#include "analysis/hardware/energy.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <stdexcept>

namespace macroscope::hardware {
namespace {

// 95 % confidence of the mean of independent samples: Student's t with n - 1 degrees of freedom.
std::optional<Picojoules> confidence(const std::vector<double>& samples) {
  const auto n = static_cast<double>(samples.size());
  if (samples.size() < 2) return std::nullopt;
  double mean = 0, squares = 0;
  for (const double s : samples) mean += s / n;
  for (const double s : samples) squares += (s - mean) * (s - mean);
  const double t = quantile(boost::math::students_t(n - 1), 0.975);
  return Picojoules(t * std::sqrt(squares / (n - 1) / n));
}

}  // namespace

CycleEnergy measure_energy(const Netlist& netlist, const NetCosts& costs, const Stimulus& stimulus, DelayModel model,
                           Nanoseconds period, int threads, OutputTrace* outputs) {
  if (stimulus.batches() < 2) throw std::logic_error("an energy measurement needs a batch to warm up and one to measure");
  const Activity activity = model == DelayModel::settled ? simulate_settled(netlist, costs, stimulus, outputs)
                                                         : simulate_events(netlist, costs, stimulus, threads, outputs);
  // The parts are told from all batches, the total from those after the first; they are scaled to agree.
  const auto cycles = static_cast<double>(stimulus.cycles);
  CycleEnergy energy;
  const auto part = [&](const std::vector<Edges>& cost) {
    double sum = 0;
    for (size_t n = 0; n < cost.size(); ++n) sum += static_cast<double>(activity.rises[n]) * cost[n].rise + static_cast<double>(activity.falls[n]) * cost[n].fall;
    return Picojoules(sum / cycles);
  };
  energy.internal = part(costs.internal()) + Picojoules(activity.hidden_energy / cycles);
  energy.switching = part(costs.switching());
  energy.registers = part(costs.registers());
  energy.clock = costs.clock();
  energy.leakage = energy_over(costs.leakage(), period);
  energy.toggles = static_cast<double>(activity.total_toggles()) / cycles;

  double dynamic = 0, measured_cycles = 0;
  std::vector<double> means;
  for (size_t b = 1; b < stimulus.batches(); ++b) {
    const auto length = static_cast<double>(stimulus.batch_end(b) - stimulus.batch_begins[b]);
    dynamic += activity.batch_energy[b];
    measured_cycles += length;
    means.push_back(activity.batch_energy[b] / length);
  }
  const Picojoules all = energy.internal + energy.switching + energy.registers;
  const double scale = all.value() > 0 ? dynamic / measured_cycles / all.value() : 1;
  for (Picojoules* p : {&energy.internal, &energy.switching, &energy.registers}) *p = *p * scale;
  energy.total = Picojoules(dynamic / measured_cycles) + energy.clock + energy.leakage;
  energy.ci95 = confidence(means);
  return energy;
}

}  // namespace macroscope::hardware
