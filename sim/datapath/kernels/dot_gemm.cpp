// SPDX-License-Identifier: Apache-2.0
#include "sim/datapath/kernels/dot_gemm.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "sim/datapath/kernels/digit_images.hpp"
#include "sim/datapath/kernels/dot_tile.hpp"
#include "sim/datapath/kernels/drain.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/integer_image.hpp"
#include "sim/datapath/kernels/parallel.hpp"
#include "sim/datapath/unit.hpp"

namespace macroscope::datapath::kernels {
namespace {

constexpr std::int64_t two_tiles = 2 * tile_rows;
/// Rows of one task: its partial sums of a panel stay in the first-level cache.
constexpr std::int64_t largest_chunk = 4 * two_tiles;
/// Words of a column between two visits of the partial sums: a panel's part of B stays in the first-level cache.
constexpr std::int64_t words_a_visit = 128;

/// Memory of one thread, kept from call to call.
struct Scratch {
  AlignedBuffer<std::uint32_t> words;
  AlignedBuffer<float> factors, scaled_sums;
  AlignedBuffer<std::int32_t> sums;
  AlignedBuffer<double> totals;
  std::vector<float> scales;  ///< [drain][row]
};

class DotGemm {
 public:
  DotGemm(KernelKind kind, const Problem& problem, const RowCensus& a_census, const PackedOperand& b, float* c, std::int64_t ldc)
      : p_(problem), a_census_(a_census), b_(b), c_(c), ldc_(ldc), functions_(dot_functions()),
        bytes_(kind == KernelKind::byte_sum || kind == KernelKind::byte_blocks),
        blocks_(kind == KernelKind::byte_blocks || kind == KernelKind::pair_blocks), digits_(kind == KernelKind::digit_sum),
        layout_{p_.lanes(), bytes_ ? 4 : 2, p_.groups()} {
    fill_column_scales();
    get_packed();
  }

  void run(int threads) const {
    const std::int64_t m = p_.a.rows;
    const std::int64_t parts = (m + largest_chunk - 1) / largest_chunk;
    const std::int64_t even_parts = (parts + threads - 1) / threads * threads;
    const std::int64_t rows = std::max(two_tiles, ((m + even_parts - 1) / even_parts + two_tiles - 1) / two_tiles * two_tiles);
    const std::int64_t row_tasks = (m + rows - 1) / rows;
    const std::int64_t panel_tasks = row_tasks >= threads ? 1 : std::min<std::int64_t>(b_.panels(), (threads + row_tasks - 1) / row_tasks);
    parallel_for(row_tasks * panel_tasks, threads, [&](std::int64_t task) {
      const std::int64_t part = task % panel_tasks;
      const DefaultFloatEnvironment environment;
      chunk((task / panel_tasks) * rows, rows, b_.panels() * part / panel_tasks, b_.panels() * (part + 1) / panel_tasks);
    });
  }

 private:
  /// One task's rows of A.
  struct Rows {
    std::int64_t first = 0, valid = 0, padded = 0;
  };

  void fill_column_scales() {
    const std::int64_t drains = p_.drains(), columns = b_.panels() * panel_columns;
    column_scales_.assign(static_cast<std::size_t>(columns * drains), 1.0F);
    for (std::int64_t d = 0; d < drains; ++d)
      for (std::int64_t n = 0; n < p_.b.rows; ++n) column_scales_[static_cast<std::size_t>(d * columns + n)] = fp32_scale_at(p_.b, n, d * p_.drain_interval());
  }

  /// Asks for the packed forms before threads share them: packing is then not done under a lock that others wait for.
  void get_packed() {
    b_words_ = digits_ ? b_.digits() : bytes_ ? b_.bytes() : b_.pairs();
    if (bytes_) b_starts_ = b_.byte_starts();
    if (bytes_ && !blocks_) add_up_starts();
    if (!blocks_) return;
    b_factors_ = b_.integer_factors();
    a_factors_.emplace(p_.a, a_census_, layout_.lanes, integer_image(p_.a.element).shift);
  }

  /// What takes the offset back in sums over all groups between two drains, modulo 2^32.
  void add_up_starts() {
    std::int32_t* total = total_starts_.reserve(static_cast<std::size_t>(b_.panels() * p_.drains() * panel_columns));
    for (std::int64_t panel = 0; panel < b_.panels(); ++panel)
      for (std::int64_t drain = 0; drain < p_.drains(); ++drain, total += panel_columns) {
        std::uint32_t sum[panel_columns] = {};
        const std::int64_t first = drain * p_.groups_per_drain(), last = std::min(first + p_.groups_per_drain(), layout_.groups);
        for (std::int64_t g = first; g < last; ++g)
          for (std::int64_t n = 0; n < panel_columns; ++n) sum[n] += static_cast<std::uint32_t>(b_starts_[(panel * layout_.groups + g) * panel_columns + n]);
        std::memcpy(total, sum, sizeof sum);
      }
  }

  void chunk(std::int64_t first, std::int64_t wanted, std::int64_t first_panel, std::int64_t last_panel) const {
    thread_local Scratch scratch;
    Rows rows{first, std::min(wanted, p_.a.rows - first), 0};
    rows.padded = (rows.valid + two_tiles - 1) / two_tiles * two_tiles;
    pack_a(rows, scratch);
    fill_row_scales(rows, scratch);
    for (std::int64_t panel = first_panel; panel < last_panel; ++panel)
      for (std::int64_t d = 0; d < p_.drains(); ++d) multiply(rows, panel, d, scratch);
  }

  void pack_a(const Rows& rows, Scratch& scratch) const {
    const std::int64_t words = rows.padded * layout_.words();
    std::uint32_t* out = scratch.words.reserve(static_cast<std::size_t>(words * (digits_ ? 3 : 1)));
    if (digits_) {
      for (const std::vector<std::int32_t>& plane : digit_images(p_.a.element)->of_code) {
        pack_rows(p_.a, plane.data(), layout_, rows.first, rows.valid, rows.padded, out);
        out += words;
      }
      return;
    }
    const IntegerImage& image = integer_image(p_.a.element);
    pack_rows(p_.a, image.of_code.data(), layout_, rows.first, rows.valid, rows.padded, out);
    if (blocks_) fill_row_factors(rows, scratch);
  }

  void fill_row_factors(const Rows& rows, Scratch& scratch) const {
    float* out = scratch.factors.reserve(static_cast<std::size_t>(rows.padded * layout_.groups));
    std::memset(out, 0, static_cast<std::size_t>(rows.padded * layout_.groups) * sizeof *out);
    for (std::int64_t row = 0; row < rows.valid; ++row)
      a_factors_->fill(rows.first + row, layout_.groups, out + row / tile_rows * layout_.groups * tile_rows + row % tile_rows, tile_rows);
  }

  /// One panel between two drains of the accumulator.
  void multiply(const Rows& rows, std::int64_t panel, std::int64_t drain, Scratch& scratch) const {
    const std::int64_t first_group = drain * p_.groups_per_drain();
    const std::int64_t last_group = std::min(first_group + p_.groups_per_drain(), layout_.groups);
    const Drain out{rows.valid, std::min(panel_columns, p_.b.rows - panel * panel_columns), scratch.scales.data() + drain * rows.valid,
                    column_scales_.data() + (drain * b_.panels() + panel) * panel_columns, drain == 0, c_ + rows.first * ldc_ + panel * panel_columns, ldc_};
    const auto cells = static_cast<std::size_t>(rows.padded * panel_columns);
    if (blocks_) {
      float* psum = scratch.scaled_sums.reserve(cells);
      visit(rows, panel, first_group, last_group, 0, scratch, [&](const DotTile& tile) { (bytes_ ? functions_.byte_blocks : functions_.pair_blocks)(tile, psum); });
      drain_fp32(out, psum);
    } else if (digits_) {
      digit_total(rows, panel, first_group, last_group, out, scratch);
    } else {
      std::int32_t* psum = scratch.sums.reserve(cells);
      visit(rows, panel, first_group, last_group, 0, scratch, [&](const DotTile& tile) { (bytes_ ? functions_.byte_sum : functions_.pair_sum)(tile, psum); });
      drain_int32(out, psum);
    }
  }


  /// Calls work(tile) for parts of K, `plane` counting digit planes.
  template <class Work>
  void visit(const Rows& rows, std::int64_t panel, std::int64_t first_group, std::int64_t last_group, std::int64_t plane, const Scratch& scratch, const Work& work) const {
    const std::int64_t groups_a_visit = std::max<std::int64_t>(1, words_a_visit / layout_.steps());
    const std::int64_t a_plane = plane * rows.padded * layout_.words(), b_plane = plane * b_.panels() * panel_columns * layout_.words();
    for (std::int64_t g = first_group; g < last_group; g += groups_a_visit) {
      const std::int64_t at = panel * layout_.groups + g;
      DotTile tile;
      tile.a = scratch.words.data() + a_plane + g * layout_.steps() * tile_rows;
      tile.b = b_words_ + b_plane + at * layout_.steps() * panel_columns;
      if (bytes_) tile.start = blocks_ ? b_starts_ + at * panel_columns : total_starts_.data() + (panel * p_.drains() + first_group / p_.groups_per_drain()) * panel_columns;
      if (blocks_) {
        tile.a_factor = scratch.factors.data() + g * tile_rows;
        tile.b_factor = b_factors_ + at * panel_columns;
      }
      tile.tiles = rows.padded / tile_rows;
      tile.groups = std::min(groups_a_visit, last_group - g);
      tile.groups_of_a = layout_.groups;
      tile.steps = layout_.steps();
      if (bytes_) tile.largest_pair = largest_byte_pair(p_);
      tile.first = g == first_group;
      if (g + groups_a_visit >= last_group) {
        tile.outputs = c_ + rows.first * ldc_ + panel * panel_columns;
        tile.output_stride = ldc_;
      }
      work(tile);
    }
  }

  /// Exact totals of wide integers from the sums of their digits, gathered in FP64 before INT32 could overflow.
  void digit_total(const Rows& rows, std::int64_t panel, std::int64_t first_group, std::int64_t last_group, const Drain& out, Scratch& scratch) const {
    const auto cells = static_cast<std::size_t>(rows.padded * panel_columns);
    double* total = scratch.totals.reserve(cells);
    std::memset(total, 0, cells * sizeof *total);
    std::int32_t* sums = scratch.sums.reserve(3 * cells);
    const std::int64_t safe_groups = digit_terms(p_) / (layout_.steps() * layout_.per_word);
    for (std::int64_t g = first_group; g < last_group; g += safe_groups) {
      for (std::int64_t plane = 0; plane < 3; ++plane)
        visit(rows, panel, g, std::min(g + safe_groups, last_group), plane, scratch,
              [&](const DotTile& tile) { functions_.pair_sum(tile, sums + plane * static_cast<std::int64_t>(cells)); });
      add_digit_sums(sums, static_cast<std::int64_t>(cells), DigitImages::digit_bits, total);
    }
    drain_fixed(out, total, -(integer_image(p_.a.element).shift + integer_image(p_.b.element).shift), {wrapping_bits(p_), product_lsb(p_.spec)});
  }

  void fill_row_scales(const Rows& rows, Scratch& scratch) const {
    scratch.scales.resize(static_cast<std::size_t>(p_.drains() * rows.valid));
    for (std::int64_t d = 0; d < p_.drains(); ++d)
      for (std::int64_t row = 0; row < rows.valid; ++row)
        scratch.scales[static_cast<std::size_t>(d * rows.valid + row)] = fp32_scale_at(p_.a, rows.first + row, d * p_.drain_interval());
  }

  const Problem& p_;
  const RowCensus& a_census_;
  const PackedOperand& b_;
  float* c_;
  std::int64_t ldc_;
  DotFunctions functions_;
  bool bytes_, blocks_, digits_;
  WordLayout layout_;
  std::vector<float> column_scales_;  ///< [drain][column]
  const std::uint32_t* b_words_ = nullptr;
  const std::int32_t* b_starts_ = nullptr;
  AlignedBuffer<std::int32_t> total_starts_;  ///< [panel][drain][column]
  const float* b_factors_ = nullptr;
  std::optional<IntegerFactors> a_factors_;
};

}  // namespace

void dot_gemm(KernelKind kind, const Problem& problem, const RowCensus& a_census, const PackedOperand& b, float* c, std::int64_t ldc, int threads) {
  DotGemm(kind, problem, a_census, b, c, ldc).run(threads);
}

}  // namespace macroscope::datapath::kernels
