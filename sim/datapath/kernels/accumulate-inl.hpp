// SPDX-License-Identifier: Apache-2.0
// Adds group sums to the partial sums of a tile and drains them, for every kernel: included once per instruction set.
#if defined(MACROSCOPE_KERNELS_ACCUMULATE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef MACROSCOPE_KERNELS_ACCUMULATE_INL
#undef MACROSCOPE_KERNELS_ACCUMULATE_INL
#else
#define MACROSCOPE_KERNELS_ACCUMULATE_INL
#endif

#include <hwy/highway.h>

#include <cmath>
#include <cstdint>
#include <cstring>

#include "sim/datapath/kernels/aligned_buffer.hpp"
#include "sim/datapath/kernels/drain.hpp"
#include "sim/datapath/kernels/float_environment.hpp"
#include "sim/datapath/kernels/tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::CappedTag<double, 8>;
using FloatTag = hn::CappedTag<float, 16>;
using IntTag = hn::CappedTag<std::int32_t, 16>;
using FloatHalfTag = hn::Rebind<float, DoubleTag>;  // as many lanes as a vector of doubles

/// RNE to FP32, beyond the largest finite number infinity. Highway's emulated targets would clamp there instead.
HWY_INLINE hn::Vec<FloatHalfTag> round_to_fp32(hn::Vec<DoubleTag> x) {
  const FloatHalfTag df;
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  const DoubleTag dd;
  HWY_ALIGN double from[8];
  HWY_ALIGN float to[8];
  hn::Store(x, dd, from);
  for (std::size_t i = 0; i < hn::Lanes(dd); ++i) to[i] = static_cast<float>(from[i]);
  return hn::Load(df, to);
#else
  return hn::DemoteTo(df, x);
#endif
}

/// psum += RNE(sum * factor_a * factor_b): the product is exact in FP64, so the conversion is the one rounding.
HWY_INLINE void add_row(const double* HWY_RESTRICT sum, double a_factor, const double* HWY_RESTRICT b_factor, float* HWY_RESTRICT psum) {
  const DoubleTag dd;
  const FloatHalfTag df;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd)) {
    auto s = hn::Load(dd, sum + n);
    if (b_factor) s = hn::Mul(s, hn::Mul(hn::Set(dd, a_factor), hn::LoadU(dd, b_factor + n)));
    hn::Store(hn::Add(hn::Load(df, psum + n), round_to_fp32(s)), df, psum + n);
  }
}

/// The same for sums that FP32 holds exactly.
HWY_INLINE void add_row(const float* HWY_RESTRICT sum, double a_factor, const double* HWY_RESTRICT b_factor, float* HWY_RESTRICT psum) {
  if (b_factor) {
    const DoubleTag dd;
    const FloatHalfTag dh;
    for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd)) {
      const auto s = hn::Mul(hn::PromoteTo(dd, hn::Load(dh, sum + n)), hn::Mul(hn::Set(dd, a_factor), hn::LoadU(dd, b_factor + n)));
      hn::Store(hn::Add(hn::Load(dh, psum + n), round_to_fp32(s)), dh, psum + n);
    }
    return;
  }
  const FloatTag df;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(df))
    hn::Store(hn::Add(hn::Load(df, psum + n), hn::Load(df, sum + n)), df, psum + n);
}

HWY_INLINE void add_row(const double* HWY_RESTRICT sum, double, const double*, double* HWY_RESTRICT psum) {
  const DoubleTag dd;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd))
    hn::Store(hn::Add(hn::Load(dd, psum + n), hn::Load(dd, sum + n)), dd, psum + n);
}

/// The accumulator as FP32, one rounding.
HWY_INLINE void to_fp32(FixedRegister, const float* HWY_RESTRICT psum, float* HWY_RESTRICT out) { std::memcpy(out, psum, panel_columns * sizeof(float)); }

HWY_INLINE void to_fp32(FixedRegister, const std::int32_t* HWY_RESTRICT psum, float* HWY_RESTRICT out) {
  const FloatTag df;
  const IntTag di;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(df)) hn::Store(hn::ConvertTo(df, hn::Load(di, psum + n)), df, out + n);
}

/// What the register keeps of a total that has at most 53.
inline double wrapped(double total, FixedRegister r) {
  const auto units = static_cast<std::uint64_t>(static_cast<std::int64_t>(std::ldexp(total, -r.lsb_exponent)));
  const std::int64_t kept = static_cast<std::int64_t>(units << (64 - r.wrap_bits)) >> (64 - r.wrap_bits);
  return std::ldexp(static_cast<double>(kept), r.lsb_exponent);
}

HWY_INLINE void to_fp32(FixedRegister accumulator, const double* HWY_RESTRICT psum, float* HWY_RESTRICT out) {
  const DoubleTag dd;
  const FloatHalfTag df;
  HWY_ALIGN double total[panel_columns];
  std::memcpy(total, psum, sizeof total);
  if (accumulator.wrap_bits)
    for (double& x : total) x = wrapped(x, accumulator);
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd)) hn::Store(round_to_fp32(hn::Load(dd, total + n)), df, out + n);
}

/// RNE, or what the mode makes of it, to FP32 and to the bits that a rule keeps.
HWY_INLINE hn::Vec<FloatHalfTag> keep_bits(FloatRule rule, hn::Vec<FloatHalfTag> x) {
  const FloatHalfTag df;
  return hn::And(x, hn::BitCast(df, hn::Set(hn::RebindToUnsigned<FloatHalfTag>(), rule.kept)));
}

/// One row of group sums into partial sums of any rule, in the rounding mode that holds: psum = R(psum + R(sum * factors)), with
/// `joined` R(psum + the sum, clamped), and with `replaced` R(sum * factors).
enum class Join : std::uint8_t { added, joined, replaced };
template <Join join, class Sum>
HWY_INLINE void add_row_by_rule(const RowChunk& t, const Sum* HWY_RESTRICT sum, double a_factor, const double* HWY_RESTRICT b_factor, float* HWY_RESTRICT psum) {
  const DoubleTag dd;
  const FloatHalfTag df;
  const FloatRule rule = t.accumulator;
  for (std::size_t n = 0; n < panel_columns; n += hn::Lanes(dd)) {
    hn::Vec<DoubleTag> s;
    if constexpr (sizeof(Sum) == 8) s = hn::Load(dd, sum + n);
    else s = hn::PromoteTo(dd, hn::Load(df, sum + n));
    if (b_factor) s = hn::Mul(s, hn::Mul(hn::Set(dd, a_factor), hn::LoadU(dd, b_factor + n)));
    const auto before = hn::Load(df, psum + n);
    if (join == Join::joined) s = hn::Add(hn::Min(hn::Max(s, hn::Set(dd, t.lowest)), hn::Set(dd, t.highest)), hn::PromoteTo(dd, before));
    auto after = keep_bits(rule, round_to_fp32(s));
    if (join == Join::added) after = keep_bits(rule, hn::Add(before, after));
    hn::Store(after, df, psum + n);
  }
}

template <Join join, class Sum>
HWY_NOINLINE void add_rows_by_rule(const RowChunk& t, const Panel& panel, std::int64_t g, std::int64_t first, std::int64_t rows, const Sum* HWY_RESTRICT sums,
                                   float* HWY_RESTRICT psum) {
  for (std::int64_t r = 0; r < rows; ++r)
    add_row_by_rule<join>(t, sums + r * panel_columns, t.factor ? t.factor[g * t.rows + first + r] : 1.0,
                          t.factor ? panel.factor + g * panel_columns : nullptr, psum + r * panel_columns);
}

/// outer = R(outer + inner), and the inner accumulator starts again from zero.
HWY_NOINLINE HWY_MAYBE_UNUSED void empty_rows(FloatRule rule, std::int64_t cells, float* HWY_RESTRICT inner, float* HWY_RESTRICT outer) {
  const FloatHalfTag df;
  for (std::int64_t i = 0; i < cells; i += static_cast<std::int64_t>(hn::Lanes(df))) {
    hn::Store(keep_bits(rule, hn::Add(hn::Load(df, outer + i), hn::Load(df, inner + i))), df, outer + i);
    hn::Store(hn::Zero(df), df, inner + i);
  }
}

/// Calls a function that is not inlined in the rounding mode of a rule.
template <class Work>
HWY_INLINE void in_mode_of(FloatRule rule, const Work& work) {
  if (!rule.toward_zero) return work();
  const RoundTowardZero mode;
  work();
}

/// A kernel's group sums of some rows into their partial sums. A kernel that `replaces` has taken the partial sums into its sums.
template <class Psum, class Kernel>
HWY_INLINE void add_group_sums(const RowChunk& t, const Panel& panel, std::int64_t g, std::int64_t first, std::int64_t rows, const typename Kernel::Sum* sums, Psum* psum) {
  if constexpr (sizeof(Psum) == sizeof(float)) {
    if constexpr (Kernel::replaces) return in_mode_of(t.accumulator, [&] { add_rows_by_rule<Join::replaced>(t, panel, g, first, rows, sums, psum); });
    if (t.fused) return in_mode_of(t.accumulator, [&] { add_rows_by_rule<Join::joined>(t, panel, g, first, rows, sums, psum); });
    if (t.accumulator.toward_zero) return in_mode_of(t.accumulator, [&] { add_rows_by_rule<Join::added>(t, panel, g, first, rows, sums, psum); });
  }
  for (std::int64_t r = 0; r < rows; ++r)
    add_row(sums + r * panel_columns, t.factor ? t.factor[g * t.rows + first + r] : 1.0, t.factor ? panel.factor + g * panel_columns : nullptr,
            psum + r * panel_columns);
}

inline void drain(const Drain& to, const float* sums, FixedRegister) { drain_fp32(to, sums); }
inline void drain(const Drain& to, const double* totals, FixedRegister accumulator) { drain_fixed(to, totals, 0, accumulator); }

/// Partial sums of one panel, where they are emptied into others, and where these are drained to.
template <class Psum>
class PanelSums {
 public:
  PanelSums(const RowChunk& t, const Panel& panel, FixedRegister accumulator) : t_(t), panel_(panel), accumulator_(accumulator), cells_(t.rows * panel_columns) {
    thread_local AlignedBuffer<Psum> psum;
    thread_local AlignedBuffer<float> outer;
    psum_ = psum.reserve(static_cast<std::size_t>(cells_));
    std::memset(psum_, 0, static_cast<std::size_t>(cells_) * sizeof(Psum));
    if (!t.groups_per_chunk) return;
    outer_ = outer.reserve(static_cast<std::size_t>(cells_));
    std::memset(outer_, 0, static_cast<std::size_t>(cells_) * sizeof(float));
  }

  [[nodiscard]] Psum* row(std::int64_t r) const { return psum_ + r * panel_columns; }

  /// After group `g` of all rows: empties and drains what is due, and starts again from zero.
  HWY_INLINE void end_group(std::int64_t g) const {
    const std::int64_t interval = g / t_.groups_per_drain, since = g - interval * t_.groups_per_drain + 1;
    const bool last = g + 1 == t_.groups || since == t_.groups_per_drain;
    if constexpr (sizeof(Psum) == sizeof(float))
      if (t_.groups_per_chunk && (last || since % t_.groups_per_chunk == 0)) in_mode_of(t_.outer, [&] { empty_rows(t_.outer, cells_, psum_, outer_); });
    if (!last) return;
    const Drain to{t_.valid_rows, panel_.valid_columns, t_.scale + interval * t_.rows, panel_.scale + interval * panel_columns, interval == 0, panel_.c, panel_.ldc};
    if (outer_) drain_fp32(to, outer_);
    else drain(to, psum_, accumulator_);
    if (g + 1 == t_.groups) return;
    std::memset(psum_, 0, static_cast<std::size_t>(cells_) * sizeof(Psum));
    if (outer_) std::memset(outer_, 0, static_cast<std::size_t>(cells_) * sizeof(float));
  }

 private:
  const RowChunk& t_;
  const Panel& panel_;
  FixedRegister accumulator_;
  std::int64_t cells_;
  Psum* psum_ = nullptr;
  float* outer_ = nullptr;
};

/// What comes next of B, asked for bit by bit while there is work to do meanwhile: the parts are pages, which the hardware's own
/// prefetching does not cross, and all of one at once would be waited for.
class NextPart {
 public:
  NextPart(const float* values, std::int64_t count, std::int64_t shares) : at_(values), last_(values + count), share_((count / 16 + shares - 1) / shares * 16) {}
  HWY_INLINE void fetch() {
    for (const float* end = last_ - at_ < share_ ? last_ : at_ + share_; at_ < end; at_ += 16) __builtin_prefetch(at_, 0, 2);
  }

 private:
  const float* at_;
  const float* last_;
  std::int64_t share_;
};

/// Walks the groups of one panel. `Kernel::begin_group(panel, g)` gets the group's part of B ready; `Kernel::sums(g, first,
/// rows, psum, out)` writes rows x panel_columns group sums of the rows from `first` on, whose partial sums are `psum`. A kernel
/// that `adds` can also add them there itself, to nearest.
template <class Psum, class Kernel>
HWY_NOINLINE void run_panel(const RowChunk& t, const Panel& panel, FixedRegister accumulator, Kernel& kernel) {
  constexpr std::int64_t strip_rows = 32;  // the sums of a strip stay in the first-level cache
  const PanelSums<Psum> psums(t, panel, accumulator);
  if constexpr (Kernel::adds && sizeof(Psum) == sizeof(float)) {
    if (!t.fused && !t.accumulator.toward_zero) {
      for (std::int64_t g = 0; g < t.groups; ++g) {
        kernel.begin_group(panel, g);
        kernel.add_to(g, 0, t.rows, t.factor ? panel.factor + g * panel_columns : nullptr, psums.row(0));
        psums.end_group(g);
      }
      return;
    }
  }
  HWY_ALIGN typename Kernel::Sum sums[strip_rows * panel_columns];
  for (std::int64_t g = 0; g < t.groups; ++g) {
    kernel.begin_group(panel, g);
    for (std::int64_t first = 0; first < t.rows; first += strip_rows) {
      const std::int64_t rows = t.rows - first < strip_rows ? t.rows - first : strip_rows;
      kernel.sums(g, first, rows, psums.row(first), sums);
      add_group_sums<Psum, Kernel>(t, panel, g, first, rows, sums, psums.row(first));
    }
    psums.end_group(g);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#endif
