// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/datapath/kernels/translate.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "sim/datapath/kernels/translate.hpp"

HWY_BEFORE_NAMESPACE();
namespace macroscope::datapath::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
/// `tables` of 16 entries each; the codes' upper bits choose among them.
template <int tables>
std::int64_t look_up(const std::uint8_t* HWY_RESTRICT codes, std::int64_t count, const std::uint8_t* HWY_RESTRICT table, std::uint8_t* HWY_RESTRICT out) {
  const hn::ScalableTag<std::uint8_t> d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  hn::Vec<decltype(d)> part[tables];
  for (int i = 0; i < tables; ++i) part[i] = hn::LoadDup128(d, table + 16 * i);
  std::int64_t k = 0;
  for (; k + width <= count; k += width) {
    const auto code = hn::LoadU(d, codes + k);
    const auto low = tables == 1 ? code : hn::And(code, hn::Set(d, 15));
    auto value = hn::TableLookupBytes(part[0], low);
    for (int i = 1; i < tables; ++i)  // each later table takes over where the code reaches it
      value = hn::IfThenElse(hn::Lt(code, hn::Set(d, static_cast<std::uint8_t>(16 * i))), value, hn::TableLookupBytes(part[i], low));
    hn::StoreU(value, d, out + k);
  }
  return k;
}
#endif

void translate(const std::uint8_t* codes, std::int64_t count, const std::uint8_t* table, int entries, std::uint8_t* out) {
  std::int64_t k = 0;
#if HWY_TARGET != HWY_SCALAR
  k = entries == 16 ? look_up<1>(codes, count, table, out) : entries == 32 ? look_up<2>(codes, count, table, out) : look_up<4>(codes, count, table, out);
#else
  (void)entries;
#endif
  for (; k < count; ++k) out[k] = table[codes[k]];
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace macroscope::datapath::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace macroscope::datapath::kernels {

HWY_EXPORT(translate);
void translate_small(const std::uint8_t* codes, std::int64_t count, const std::uint8_t* table, int entries, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(translate)(codes, count, table, entries, out);
}

}  // namespace macroscope::datapath::kernels
#endif
