// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "rtl/cosim/verilated_unit.hpp"

namespace macroscope::rtl {

struct CosimPlan {
  bool all_pairs = true;                 ///< operand pairs through one lane
  std::uint64_t random_vectors = 1000000;
  std::uint64_t seed = 1;
  std::uint64_t stop_after = 16;         ///< mismatches after which the rest is skipped
};

/// The first operation on which RTL and golden differ.
struct Mismatch {
  UnitVectors operation;
  datapath::PsumBits expected;
  datapath::PsumBits actual;
};

struct CosimResult {
  std::uint64_t lane_pairs = 0;      ///< distinct operand pairs, each through a lane twice (psum_i 0 and random)
  std::uint64_t random_vectors = 0;
  std::uint64_t traced_vectors = 0;
  std::uint64_t mismatches = 0;
  std::uint64_t seed = 0;
  std::optional<Mismatch> first;
};

/// Called with the fraction done, 0 to 1.
using Advance = std::function<void(double)>;

/// Compares `unit` with the golden unit_step, bit for bit, on the plan's vectors and on `traced`.
CosimResult cosimulate(VerilatedUnit& unit, const datapath::MacSpec& spec, const CosimPlan& plan, const UnitVectors& traced, const Advance& advance = {});

/// Writes the same vectors with the golden model's results for a testbench elsewhere: a text file for $readmemh whose comments
/// say how a line's bits divide (UnitVectors::append_memory_lines).
CosimResult write_vectors(const std::filesystem::path& file, const datapath::MacSpec& spec, const CosimPlan& plan, const UnitVectors& traced, const Advance& advance = {});

/// What differs, for people: each nonzero lane's operands as sign, exponent and fraction, scales, psum_i, and expected and
/// actual psum_o with their values.
std::string explain(const Mismatch& mismatch);

}  // namespace macroscope::rtl
