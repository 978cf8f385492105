// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace macroscope::datapath::kernels {

/// out[i] = table[codes[i]] for codes below `entries`, which is 16, 32 or 64: tables that fit vector registers.
void translate_small(const std::uint8_t* codes, std::int64_t count, const std::uint8_t* table, int entries, std::uint8_t* out);

/// Entries of the smallest such table for codes of `bits` bits; 0 where there is none.
inline int small_table_entries(int bits) { return bits <= 4 ? 16 : bits <= 6 ? 1 << bits : 0; }

}  // namespace macroscope::datapath::kernels
