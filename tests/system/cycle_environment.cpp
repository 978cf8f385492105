// SPDX-License-Identifier: Apache-2.0
#include "tests/system/cycle_environment.hpp"

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <vector>

namespace macroscope::system::test {
namespace {

std::int64_t bytes_of_row(const OperandFormat& format, std::int64_t begin, std::int64_t end, std::int64_t rows) {
  std::int64_t bits = 0;
  for (std::int64_t i = begin; i < end; ++i) {
    if (i % format.vector == 0) bits += format.element_bits;
    if (format.scale_block > 0 ? i % format.scale_block == 0 : i == 0) bits += format.scale_bits;
  }
  return (bits * rows + 7) / 8;
}

struct RowLoad {
  std::int64_t n, k, row, bytes;
};
struct Step {  // a token that enters
  std::int64_t tile, token, n, k;
  bool last_token, first_k, last_k;
  std::int64_t activations_before;  // bytes of the activation stream that must have come
  std::int64_t releases;            // bytes freed by this step
  std::int64_t result_bytes;
};
struct Work {
  std::vector<RowLoad> rows;
  std::vector<Step> steps;
  std::int64_t weight_bytes = 0, activation_bytes = 0, result_bytes = 0, unit_operations = 0;
};

Work cut(const ArrayConfig& config, const UnitFormat& unit, const MatmulShape& shape) {
  Work work;
  const std::int64_t depth = config.rows * config.lanes;
  std::int64_t token_bytes = 0, k_tiles = 0, n_tiles = 0;
  for (std::int64_t k = 0; k < shape.k; k += depth, ++k_tiles)
    token_bytes += bytes_of_row(unit.activation, k, std::min(shape.k, k + depth), 1);
  for (std::int64_t n = 0; n < shape.n; n += config.columns) ++n_tiles;
  // The fewest blocks that fit, and those as equal as can be: grow the number until the largest fits.
  std::int64_t blocks = 1, largest = shape.m;
  const auto fits = [&](std::int64_t tokens) {
    return tokens * token_bytes <= config.buffers.activation_bytes &&
           (k_tiles == 1 || tokens * ((config.columns * unit.psum_bits + 7) / 8) <= config.buffers.partial_sum_bytes);
  };
  while (!fits(largest)) {
    ++blocks;
    largest = (shape.m + blocks - 1) / blocks;
  }
  std::int64_t tile = 0, activations = 0;
  for (std::int64_t begin = 0; begin < shape.m; begin += largest) {
    const std::int64_t end = std::min(shape.m, begin + largest);
    for (std::int64_t n = 0; n < n_tiles; ++n) {
      const std::int64_t columns = std::min(config.columns, shape.n - n * config.columns);
      for (std::int64_t k = 0; k < k_tiles; ++k, ++tile) {
        for (std::int64_t row = 0; row < config.rows; ++row) {
          const std::int64_t first = std::min(shape.k, k * depth + row * config.lanes);
          const std::int64_t last = std::min(shape.k, first + config.lanes);
          work.rows.push_back({n, k, row, bytes_of_row(unit.weight, first, last, columns)});
          work.weight_bytes += work.rows.back().bytes;
          if (last > first) work.unit_operations += columns * (end - begin);
        }
        const std::int64_t slice = bytes_of_row(unit.activation, k * depth, std::min(shape.k, (k + 1) * depth), 1);
        for (std::int64_t token = begin; token < end; ++token) {
          Step step{tile, token, n, k, token == end - 1, k == 0, k == k_tiles - 1, 0, 0, 0};
          if (n == 0) step.activations_before = activations += slice;
          if (n == n_tiles - 1 && step.last_token) step.releases = slice * (end - begin);
          if (step.last_k) step.result_bytes = (columns * unit.output_bits + 7) / 8;
          work.result_bytes += step.result_bytes;
          work.steps.push_back(step);
        }
      }
    }
  }
  work.activation_bytes = activations;
  return work;
}

/// One of the three users of the memory port.
struct Stream {
  std::int64_t total = 0;      // bytes in all
  std::int64_t requested = 0;  // bytes granted so far
  std::int64_t arrived = 0;    // bytes of those that are there (read) or gone (written)
  std::int64_t freed = 0;      // bytes that need no room any more
  std::int64_t capacity = 0;
  struct InFlight {
    std::int64_t cycle, bytes;
  };
  std::deque<InFlight> in_flight;

  void settle(std::int64_t cycle) {
    while (!in_flight.empty() && in_flight.front().cycle <= cycle) {
      arrived += in_flight.front().bytes;
      in_flight.pop_front();
    }
  }
};

}  // namespace

ArrayRun run_cycle_by_cycle(const ArrayConfig& config, const UnitFormat& unit, const MatmulShape& shape, CycleArray& array,
                            const std::function<void(std::int64_t, std::int64_t)>& collected) {
  const Work work = cut(config, unit, shape);
  const std::int64_t burst_bytes = config.memory.burst_bytes;
  Stream weights, activations, results;
  weights.total = work.weight_bytes;
  weights.capacity = config.buffers.weight_rows * bytes_of_row(unit.weight, 0, config.lanes, config.columns) + burst_bytes;
  activations.total = work.activation_bytes;
  activations.capacity = config.buffers.activation_bytes + burst_bytes;
  results.total = work.result_bytes;
  results.capacity = std::max(config.buffers.output_bytes, (config.columns * unit.output_bits + 7) / 8) + burst_bytes;
  std::int64_t results_reserved = 0, results_there = 0;
  std::deque<Step> in_array;

  ArrayRun run;
  std::size_t next_row = 0, next_step = 0;
  std::int64_t row_bytes_needed = 0, port_free = 0, turn = 0, cycle = 0, last_entry = -1, written_until = 0;
  for (; results.requested < results.total; ++cycle) {
    if (cycle > 100000000) throw std::logic_error("the oracle does not end");
    weights.settle(cycle);
    activations.settle(cycle);
    results.settle(cycle);
    Drive drive;
    std::int64_t results_next = 0, weights_freed = 0, activations_freed = 0;

    if (array.result_leaving()) {
      results_next = in_array.front().result_bytes;
      if (collected) collected(in_array.front().n, in_array.front().token);
      in_array.pop_front();
    }

    if (next_row < work.rows.size()) {
      const RowLoad& row = work.rows[next_row];
      if (weights.arrived >= row_bytes_needed + row.bytes && array.weight_ready()) {
        drive.write_row = true;
        drive.row = row.row;
        drive.row_n = row.n;
        drive.row_k = row.k;
        row_bytes_needed += row.bytes;
        weights_freed = row.bytes;
        ++next_row;
      }
    }

    if (next_step < work.steps.size()) {
      const Step& step = work.steps[next_step];
      if (!array.tile_active()) {
        ++(next_step == 0 ? run.stalls.first_load : run.stalls.weights);
      } else if (activations.arrived < step.activations_before) {
        ++run.stalls.activations;
      } else if (!array.sums_ready(step.first_k)) {
        ++run.stalls.partial_sums;
      } else if (results_reserved - results.arrived + step.result_bytes > results.capacity) {
        ++run.stalls.outputs;
      } else {
        drive.enter = true;
        drive.token = step.token;
        drive.n = step.n;
        drive.k = step.k;
        drive.last_token = step.last_token;
        drive.first_k = step.first_k;
        drive.last_k = step.last_k;
        activations_freed = step.releases;
        results_reserved += step.result_bytes;
        if (step.last_k) in_array.push_back(step);
        ++run.compute_cycles;
        ++next_step;
        last_entry = cycle;
      }
    }

    if (cycle >= port_free) {
      for (int tries = 0; tries < 3; ++tries) {
        const int client = static_cast<int>((turn + tries) % 3);
        Stream& stream = client == 0 ? weights : client == 1 ? activations : results;
        const std::int64_t burst = std::min(burst_bytes, stream.total - stream.requested);
        const bool wants = burst > 0 && (client == 2 ? results_there - stream.requested >= burst
                                                     : stream.requested - stream.freed + burst <= stream.capacity);
        if (!wants) continue;
        std::int64_t beats = 0;
        while (beats * config.memory.bytes_per_cycle < burst) ++beats;
        port_free = cycle + beats;
        stream.requested += burst;
        stream.in_flight.push_back({port_free + (client == 2 ? 0 : config.memory.latency), burst});
        if (client == 2) written_until = port_free;
        turn = client + 1;
        break;
      }
    }

    array.clock(drive);
    results_there += results_next;
    weights.freed += weights_freed;
    activations.freed += activations_freed;
  }
  run.cycles = written_until;
  run.drain_cycles = run.cycles - (last_entry + 1);
  run.macs = shape.m * shape.n * shape.k;
  run.unit_operations = work.unit_operations;
  run.unit_cycles = run.cycles * config.rows * config.columns;
  run.lanes = config.lanes;
  run.traffic = {weights.requested, activations.requested, results.requested};
  return run;
}

}  // namespace macroscope::system::test
