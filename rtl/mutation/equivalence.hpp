// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "rtl/package_generator.hpp"

namespace macroscope::rtl {

enum class Equivalence : std::uint8_t {
  proved,     ///< the same psum_o in every cycle, whatever comes in
  refuted,    ///< a sequence of inputs tells them apart, from registers that are all zero
  undecided   ///< not proved within the time limit, or a tool failed
};

/// Holds edited copies of one unit's RTL against the original by proof: yosys makes both an and-inverter graph with its
/// registers, zero at the beginning, and abc's `dsec` compares them by register and signal correspondence (A. Mishchenko et al.,
/// "Scalable and Scalably-Verifiable Sequential Synthesis", ICCAD 2008). compare() may run in several threads.
class EquivalenceCheck {
 public:
  /// Reads the original below `rtl`; files go into `folder`, which must exist. `limit` is for each run of a tool. Throws InputError
  /// when yosys or berkeley-abc is missing or cannot read the original.
  EquivalenceCheck(const datapath::MacSpec& spec, Cuts cuts, const std::filesystem::path& rtl, const std::filesystem::path& folder, std::chrono::seconds limit);

  /// The copy below `rtl`; `name` names its files and must be unlike those of other calls.
  [[nodiscard]] Equivalence compare(const std::filesystem::path& rtl, const std::string& name) const;

 private:
  [[nodiscard]] int write_graph(const std::filesystem::path& rtl, const std::string& name) const;

  const datapath::MacSpec& spec_;
  std::filesystem::path folder_;
  std::chrono::seconds limit_;
};

}  // namespace macroscope::rtl
