// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "rtl/cosim/cosimulation.hpp"
#include "rtl/mutation/mutation_sites.hpp"

namespace macroscope::rtl {

/// How co-simulation is put to the test.
struct MutationPlan {
  std::size_t mutants = 100;
  std::uint64_t seed = 1;                 ///< draws mutants and vectors
  std::uint64_t random_vectors = 20000;   ///< beside every operand pair through one lane
  int threads = 1;
  std::chrono::seconds tool_limit{300};   ///< for Verilator and the compiler, each
  std::chrono::seconds proof_limit{60};  ///< for each step of a proof of equivalence
};

enum class Fate : std::uint8_t {
  killed,      ///< some vector's psum_o differs
  invalid,     ///< Verilator or the compiler refused it, or was not done in time
  equivalent,  ///< no vector differs, and it is proved that none can
  survived     ///< no vector differs; no proof
};
const char* fate_name(Fate fate);

struct Mutant {
  std::filesystem::path file;  ///< below the rtl folder
  int line = 0;
  MutationKind kind = MutationKind::operation;
  std::string original, mutated;  ///< the edited part
  std::string source_line;        ///< as it was, without indentation
  Fate fate = Fate::survived;
  std::uint64_t vectors = 0;      ///< simulated until the first difference, or all
  std::string remark;             ///< invalid: the tool's complaint; survived: what became of the proof
};

struct MutationResult {
  std::size_t sites = 0;       ///< that there are
  std::vector<Mutant> mutants; ///< in the order of files and lines
  std::uint64_t vectors = 0;   ///< that each survivor has passed

  [[nodiscard]] std::size_t count(Fate fate) const;
  /// Killed ones among those killed or survived; 1 when there are none.
  [[nodiscard]] double kill_ratio() const;
};

/// Draws mutants of the unit's SystemVerilog below `rtl` without repetition and co-simulates each, briefly and until the first
/// difference; survivors are tried for equivalence. Copies and compiled models live in a folder below `scratch`, which is
/// removed. Throws InputError when the unit without mutation is wrong or a tool is missing.
MutationResult mutate(const datapath::MacSpec& spec, Cuts cuts, const std::filesystem::path& rtl, const std::filesystem::path& scratch, const MutationPlan& plan,
                      const std::function<void(double, const std::string&)>& advance = {});

}  // namespace macroscope::rtl
