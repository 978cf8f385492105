// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/tile_gemm.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/datapath/kernels/decode_table.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/parallel.hpp"
#include "sim/datapath/kernels/tile_kernels.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath::kernels {
namespace {

/// Fills out[(group * rows + row) * lanes + lane] with the values of A's rows [first, first + valid); the rest is 0.
template <class Code, class Value>
void fill_rows(const QuantizedMatrix& a, const Code* codes, std::int64_t first, const RowChunk& chunk, std::int64_t lanes, Value* out) {
  const std::vector<float>& table = decode_table(a.element);
  std::fill(out, out + chunk.groups * chunk.rows * lanes, Value{0});
  for (std::int64_t row = 0; row < chunk.valid_rows; ++row) {
    const Code* from = codes + (first + row) * a.cols;
    for (std::int64_t g = 0; g < chunk.groups; ++g) {
      const std::int64_t k = g * chunk.lanes;
      Value* to = out + (g * chunk.rows + row) * lanes;
      const std::int64_t n = std::min(chunk.lanes, a.cols - k);
      for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<Value>(table[from[k + i]]);
    }
  }
}

template <class Value>
void fill_rows(const QuantizedMatrix& a, std::int64_t first, const RowChunk& chunk, std::int64_t lanes, Value* out) {
  if (a.codes16.empty()) fill_rows(a, a.codes8.data(), first, chunk, lanes, out);
  else fill_rows(a, a.codes16.data(), first, chunk, lanes, out);
}

/// As stored; an integer's only one.
int lowest_exponent(const formats::Element& e) { return e.is_minifloat() ? e.minifloat().min_exponent() : e.fraction_bits(); }

/// Memory of one thread, kept from call to call.
struct Scratch {
  AlignedBuffer<float> values;
  std::vector<double> factors;
  std::vector<float> scales;
  std::vector<Panel> panels;
};

class TileGemm {
 public:
  TileGemm(KernelKind kind, const Problem& problem, const RowCensus& a_census, const PackedOperand& b, float* c, std::int64_t ldc)
      : kind_(kind), p_(problem), a_census_(a_census), b_(b), c_(c), ldc_(ldc), scaled_(problem.spec.has_block_scales()) {
    fill_column_scales();
    pack();
  }

  void run(int threads) const {
    const std::int64_t wanted = (p_.a.rows + threads - 1) / threads;
    const std::int64_t rows = std::clamp<std::int64_t>((wanted + row_step - 1) / row_step * row_step, row_step, largest_chunk);
    const std::int64_t row_tasks = (p_.a.rows + rows - 1) / rows;
    const std::int64_t panel_tasks = row_tasks >= threads ? 1 : std::min<std::int64_t>(b_.panels(), (threads + row_tasks - 1) / row_tasks);
    parallel_for(row_tasks * panel_tasks, threads, [&](std::int64_t task) {
      const std::int64_t part = task % panel_tasks;
      chunk((task / panel_tasks) * rows, rows, b_.panels() * part / panel_tasks, b_.panels() * (part + 1) / panel_tasks);
    });
  }

 private:
  static constexpr std::int64_t largest_chunk = 128;

  void fill_column_scales() {
    const std::int64_t drains = p_.drains();
    column_scales_.assign(static_cast<std::size_t>(b_.panels() * drains * panel_columns), 1.0F);
    for (std::int64_t n = 0; n < p_.b.rows; ++n)
      for (std::int64_t d = 0; d < drains; ++d)
        column_scales_[static_cast<std::size_t>(((n / panel_columns) * drains + d) * panel_columns + n % panel_columns)] =
            fp32_scale_at(p_.b, n, d * p_.drain_interval());
  }

  /// Asks for the packed forms before threads share them: packing is then not done under a lock that others wait for.
  void pack() const {
    b_.values();
    if (kind_ == KernelKind::aligned_checked) b_.depths();
    if (scaled_) b_.factors();
  }

  void chunk(std::int64_t first, std::int64_t rows, std::int64_t first_panel, std::int64_t last_panel) const {
    thread_local Scratch scratch;
    RowChunk chunk;
    chunk.valid_rows = std::min(rows, p_.a.rows - first);
    chunk.rows = (chunk.valid_rows + row_step - 1) / row_step * row_step;
    chunk.groups = p_.groups();
    chunk.lanes = p_.lanes();
    chunk.groups_per_drain = p_.groups_per_drain();
    set_rules(chunk);
    fill_row_scales(first, chunk, scratch);
    fill_panels(first, first_panel, last_panel, scratch);
    const DefaultFloatEnvironment environment;
    multiply(first, chunk, scratch);
  }

  static FloatRule rule_of(const AccumulatorFormat& format, formats::Rounding round) {
    if (!format.is_floating() || round == formats::Rounding::rne) return {};
    return {true, ~((1U << (23 - format.number().mantissa_bits)) - 1U)};
  }

  void set_rules(RowChunk& chunk) const {
    const AccumulateSpec& a = p_.spec.accumulate;
    chunk.accumulator = rule_of(a.format, a.round);
    chunk.fused = p_.spec.dot.fused;
    if (!a.chunk) return;
    if (is_emptied_each_group(p_.spec)) {
      chunk.fused = true;
      chunk.accumulator = rule_of(a.chunk->into, a.chunk->round);
      chunk.lowest = -std::ldexp(1.0, a.bits - 1);
      chunk.highest = -chunk.lowest - 1;
      return;
    }
    chunk.groups_per_chunk = a.chunk->length / chunk.lanes;
    chunk.outer = rule_of(a.chunk->into, a.chunk->round);
  }

  void fill_row_scales(std::int64_t first, RowChunk& chunk, Scratch& scratch) const {
    scratch.scales.assign(static_cast<std::size_t>(p_.drains() * chunk.rows), 1.0F);
    for (std::int64_t row = 0; row < chunk.valid_rows; ++row)
      for (std::int64_t d = 0; d < p_.drains(); ++d)
        scratch.scales[static_cast<std::size_t>(d * chunk.rows + row)] = fp32_scale_at(p_.a, first + row, d * p_.drain_interval());
    chunk.scale = scratch.scales.data();
    if (!scaled_) return;
    scratch.factors.assign(static_cast<std::size_t>(chunk.groups * chunk.rows), 1.0);
    for (std::int64_t row = 0; row < chunk.valid_rows; ++row)
      for (std::int64_t g = 0; g < chunk.groups; ++g)
        scratch.factors[static_cast<std::size_t>(g * chunk.rows + row)] = group_factor(p_.a, a_census_, first + row, g, chunk.lanes);
    chunk.factor = scratch.factors.data();
  }

  void fill_panels(std::int64_t first, std::int64_t first_panel, std::int64_t last_panel, Scratch& scratch) const {
    scratch.panels.clear();
    for (std::int64_t i = first_panel; i < last_panel; ++i) {
      Panel panel;
      panel.index = i;
      panel.factor = scaled_ ? b_.factors() + i * p_.groups() * panel_columns : nullptr;
      panel.scale = column_scales_.data() + i * p_.drains() * panel_columns;
      panel.c = c_ + first * ldc_ + i * panel_columns;
      panel.ldc = ldc_;
      panel.valid_columns = std::min(panel_columns, p_.b.rows - i * panel_columns);
      scratch.panels.push_back(panel);
    }
  }

  void multiply(std::int64_t first, const RowChunk& chunk, Scratch& scratch) const {
    const Panel* panels = scratch.panels.data();
    const auto count = static_cast<std::int64_t>(scratch.panels.size());
    const std::int64_t values = chunk.groups * chunk.rows * chunk.lanes;
    float* a = scratch.values.reserve(static_cast<std::size_t>(values + 15));
    std::fill(a + values, a + values + 15, 0.0F);  // kernels read whole vectors
    fill_rows(p_.a, first, chunk, chunk.lanes, a);
    if (kind_ == KernelKind::exact) return exact_chunk(chunk, a, b_.values(), panels, count);
    if (kind_ == KernelKind::kulisch) return kulisch_chunk(chunk, a, b_.values(), panels, count, {wrapping_bits(p_), product_lsb(p_.spec)});
    if (kind_ == KernelKind::sequential) return sequential_chunk(chunk, a, b_.values(), panels, count, is_half(p_.spec.accumulate));
    const Alignment alignment{p_.spec.dot.window, lowest_exponent(p_.a.element), lowest_exponent(p_.b.element)};
    if (kind_ == KernelKind::aligned_checked) return aligned_checked_chunk(chunk, a, b_.values(), panels, count, alignment, b_.depths());
    (kind_ == KernelKind::aligned_narrow ? aligned_narrow_chunk : aligned_wide_chunk)(chunk, a, b_.values(), panels, count, alignment);
  }

  KernelKind kind_;
  const Problem& p_;
  const RowCensus& a_census_;
  const PackedOperand& b_;
  float* c_;
  std::int64_t ldc_;
  bool scaled_;
  std::vector<float> column_scales_;  ///< [panel][drain][column]
};

}  // namespace

void tile_gemm(KernelKind kind, const Problem& problem, const RowCensus& a_census, const PackedOperand& b, float* c, std::int64_t ldc, int threads) {
  TileGemm(kind, problem, a_census, b, c, ldc).run(threads);
}

}  // namespace macroscope::datapath::kernels
